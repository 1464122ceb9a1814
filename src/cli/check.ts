import type { Command } from 'commander';
import { type Cli, leaf } from './leaf.ts';

/** Adds the ancestor's checker of group collections. */
export function addCheck(program: Command, { act }: Cli): void {
  leaf(program, 'check-group-memberships', {
    says: 'look whether each role of a group has its place in the group’s community; ends with 1 if not',
    example: ['check-group-memberships', 'check-group-memberships --fix --idp knowledgeCommons'],
  })
    .option('--fix', 'give those the place that they should have')
    .option('-i, --idp <key>', 'only groups of this identity service')
    .action(act(() => import('./check-acts.ts').then((it) => it.check)));
}
