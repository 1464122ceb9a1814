import type { Command } from 'commander';
import { type Cli, leaf, noun } from './leaf.ts';

const acts = () => import('./config-acts.ts');

/** Adds what is asked about the configuration. */
export function addConfig(program: Command, { act }: Cli): void {
  const config = noun(program, 'config', 'what the server runs by', 'config check');
  leaf(config, 'print', {
    says: 'the whole configuration as it counts, with *** for secrets',
    example: 'config print --json',
  }).action(act(() => acts().then((it) => it.print)));
  leaf(config, 'check', {
    says: 'all that is wrong with the configuration, at once; ends with 1 if something is',
    example: 'config check',
  }).action(act(() => acts().then((it) => it.check)));
}
