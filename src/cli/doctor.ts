import type { Command } from 'commander';
import { type Cli, leaf, whole } from './leaf.ts';

/** Adds the command that says what is wrong, and what to do about it. */
export function addDoctor(program: Command, { act }: Cli): void {
  leaf(program, 'doctor', {
    says: 'look at everything that the server needs; ends with 1 if something is wrong',
    example: 'doctor --fix',
  })
    .option('--fix', 'have what drifted in the indexes written anew')
    .option('--sample <n>', 'how many things of each kind are compared, about', whole(1), 50_000)
    .option('--network', 'also ask those who sign people in whether they are there')
    .action(act(() => import('./doctor-acts.ts').then((it) => it.doctor)));
}
