import { type Command, Option } from 'commander';
import { type Cli, leaf, noun } from './leaf.ts';

const acts = () => import('./search-acts.ts');
const kinds = ['communities', 'users', 'groups', 'roles'];

/** Adds what is done with the indexes. */
export function addSearch(program: Command, { act }: Cli): void {
  const search = noun(program, 'search', 'what is found by searching', 'search status');
  leaf(search, 'reindex', {
    says: 'build indexes anew, while those before are read; run again, it goes on',
    example: 'search reindex --kind communities',
  })
    .addOption(new Option('-k, --kind <kind>', 'of these things only').choices(kinds))
    .addOption(
      new Option('-e, --engine <engine>', 'of this engine only').choices([
        'postgresql',
        'elasticsearch',
      ]),
    )
    .action(act(() => acts().then((it) => it.reindex)));
  leaf(search, 'status', {
    says: 'how each index is, and what waits to be written into it',
    example: 'search status --json',
  }).action(act(() => acts().then((it) => it.status)));
}
