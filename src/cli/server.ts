import type { Command } from 'commander';
import { type Cli, leaf } from './leaf.ts';

/** Adds what runs the server and makes its tables. */
export function addServer(program: Command, { act }: Cli): void {
  program
    .command('serve')
    .description('run the server: web, worker, or both, as PROCESSES says')
    .addHelpText('after', '\nExample:\n  $ PROCESSES=worker npx collegium serve')
    .action(async () => (await import('../serve.ts')).serve());
  leaf(program, 'migrate', {
    says: 'create or update the tables and queues, while no other process does',
    example: 'migrate --dry-run',
  })
    .option('--dry-run', 'only say what is to be done')
    .action(act(() => import('./migrate-acts.ts').then((it) => it.migrate)));
}
