import type { Command } from 'commander';
import { type Cli, leaf, noun, whole } from './leaf.ts';

const acts = () => import('./group-acts.ts');

/** Adds what is asked about groups; they are changed at their services. */
export function addGroup(program: Command, { act }: Cli): void {
  const group = noun(
    program,
    'group',
    'groups of identity services',
    'group list --idp knowledgeCommons',
  );
  leaf(group, 'list', { says: 'list groups', example: 'group list --idp knowledgeCommons' })
    .option('-q, --query <query>', 'what to look for, in the language of searches')
    .option('-i, --idp <key>', 'only of this identity service')
    .option('-l, --limit <n>', 'how many at most', whole(1), 100)
    .action(act(() => acts().then((it) => it.list)));
  leaf(group, 'show', {
    says: 'all about one group: its roles, and its community',
    example: ['group show knowledgeCommons:12345', 'group show 12345 --idp knowledgeCommons'],
  })
    .argument('<group>', 'its id here, idp:id, or its id there with --idp')
    .option('-i, --idp <key>', 'its identity service')
    .action(act(() => acts().then((it) => it.show)));
}
