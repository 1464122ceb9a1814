import type { Command } from 'commander';
import { type Cli, leaf, list, noun, whole } from './leaf.ts';
import { refHelp } from './user.ts';

const acts = () => import('./role-acts.ts');
const rights = 'of ADMINISTER, MODERATE, SYNC; again or with commas for several';

/** Adds what is done with roles. */
export function addRole(program: Command, { act }: Cli): void {
  const role = noun(
    program,
    'role',
    'named sets of people: local, or of a group',
    'role assign administrators jane',
  );
  leaf(role, 'list', { says: 'list roles', example: 'role list --query curators' })
    .option('-q, --query <query>', 'what to look for, in the language of searches')
    .option('--local', 'only local ones')
    .option('-l, --limit <n>', 'how many at most', whole(1), 100)
    .action(act(() => acts().then((it) => it.list)));
  leaf(role, 'show', { says: 'all about one role', example: 'role show administrators' })
    .argument('<role>', 'its name or id')
    .action(act(() => acts().then((it) => it.show)));
  leaf(role, 'users', { says: 'the people of a role', example: 'role users administrators' })
    .argument('<role>', 'its name or id')
    .option('-l, --limit <n>', 'how many at most', whole(1), 100)
    .action(act(() => acts().then((it) => it.users)));
  leaf(role, 'create', {
    says: 'make a local role',
    example: 'role create helpers --title "Help desk" --right MODERATE',
  })
    .argument('<name>', 'unique')
    .option('-t, --title <text>', 'for people')
    .option('-d, --description <text>', 'what it is for')
    .option('--right <right>', `what it lets its people do: ${rights}`, list)
    .action(act(() => acts().then((it) => it.create)));
  leaf(role, 'update', {
    says: 'change a local role',
    example: 'role update helpers --right MODERATE,SYNC',
  })
    .argument('<role>', 'its name or id')
    .option('-n, --name <name>', 'another name')
    .option('-t, --title <text>', 'for people; "" for none')
    .option('-d, --description <text>', 'what it is for; "" for nothing')
    .option(
      '--right <right>',
      `what it lets its people do from now on: ${rights}; "" for nothing`,
      list,
    )
    .action(act(() => acts().then((it) => it.update)));
  leaf(role, 'delete', { says: 'delete a local role', example: 'role delete helpers' })
    .argument('<role>', 'its name or id')
    .action(act(() => acts().then((it) => it.remove)));
  leaf(role, 'assign', {
    says: 'put people into a local role',
    example: 'role assign helpers jane joe@example.org',
  })
    .argument('<role>', 'its name or id')
    .argument('<refs...>', refHelp)
    .action(act(() => acts().then((it) => it.assign)));
  leaf(role, 'unassign', {
    says: 'take people out of a local role',
    example: 'role unassign helpers jane',
  })
    .argument('<role>', 'its name or id')
    .argument('<refs...>', refHelp)
    .action(act(() => acts().then((it) => it.unassign)));
}
