import { type Command, Option } from 'commander';
import { type Cli, leaf, noun, whole } from './leaf.ts';

export const refHelp = 'a username, e-mail address, ORCID iD, id, or idp:subject';
const acts = () => import('./user-acts.ts');
const changes = () => import('./account-acts.ts');

/** Adds what is done with accounts. */
export function addUser(program: Command, cli: Cli): void {
  const { act } = cli;
  const user = noun(program, 'user', 'accounts', 'user show jane@example.org');
  leaf(user, 'create', {
    says: 'make an account',
    example: 'user create jane --email jane@example.org --administrator',
  })
    .argument('<username>', 'unique, ignoring case')
    .option('-e, --email <address>', 'where to reach them')
    .option('-n, --name <name>', 'the whole name')
    .option('-a, --administrator', 'let them do everything')
    .action(act(() => acts().then((it) => it.create)));
  leaf(user, 'list', {
    says: 'list accounts, the youngest first, or those that a query finds',
    example: ['user list --state SUSPENDED', 'user list --query "name:smith*" --json'],
  })
    .option('-q, --query <query>', 'what to look for, in the language of searches')
    .addOption(
      new Option('-s, --state <state>', 'only those in this state').choices([
        'ACTIVE',
        'SUSPENDED',
        'DEACTIVATED',
      ]),
    )
    .option('-l, --limit <n>', 'how many at most', whole(1), 100)
    .action(act(() => acts().then((it) => it.list)));
  leaf(user, 'show', { says: 'all about one account', example: 'user show jane@example.org' })
    .argument('<ref>', refHelp)
    .action(act(() => acts().then((it) => it.show)));
  leaf(user, 'groups', {
    says: 'their roles, and why they have them',
    example: 'user groups jane --communities',
  })
    .argument('<ref>', refHelp)
    .option('-r, --communities', 'also the communities that the roles let them into, and the level')
    .action(act(() => acts().then((it) => it.groups)));
  addStates(user, cli);
  addNameParts(user, cli);
  addAccounts(user, cli);
}

function addStates(user: Command, { act }: Cli): void {
  leaf(user, 'activate', {
    says: 'let an account be used again',
    example: 'user activate jane',
  })
    .argument('<ref>', refHelp)
    .action(act(() => changes().then((it) => it.activate)));
  leaf(user, 'deactivate', {
    says: 'keep an account from being used: its sessions and tokens end',
    example: 'user deactivate jane --reason "left the university"',
  })
    .argument('<ref>', refHelp)
    .option('--reason <text>', 'why, for the audit log')
    .option('--successor <ref>', 'who owns from now on what would have no owner')
    .action(act(() => changes().then((it) => it.deactivate)));
  leaf(user, 'sign-in-link', {
    says: 'make an address that signs them in once, and show it this once',
    example: 'user sign-in-link jane',
  })
    .argument('<ref>', refHelp)
    .action(act(() => changes().then((it) => it.signInLink)));
}

/** Letters as the ancestor has them. */
const parts: [flags: string, says: string][] = [
  ['-g, --given <text>', 'given name'],
  ['-f, --family <text>', 'family name'],
  ['-m, --middle <text>', 'middle names'],
  ['-s, --suffix <text>', 'what comes after it, as "Jr."'],
  ['-r, --family-prefix <text>', 'before the family name and not sorted by, as "van"'],
  ['-x, --family-prefix-fixed <text>', 'before the family name and sorted by, as "De"'],
  ['-u, --spousal <text>', "a spouse's name"],
  ['-p, --parental <text>', "a parent's name"],
  ['-n, --undivided <text>', 'a name that is not to be divided'],
  ['-k, --nickname <text>', 'what they are called'],
];

function addNameParts(user: Command, { act }: Cli): void {
  const command = leaf(user, 'name-parts', {
    says: 'read the parts of a name; with options, say what they are, instead of all said before',
    example: ['user name-parts jane', 'user name-parts jane --given Jane --family Austen'],
  }).argument('<ref>', refHelp);
  for (const [flags, says] of parts) command.option(flags, says);
  command
    .option('--clear', 'forget what was said here: what services say counts again')
    .action(act(() => changes().then((it) => it.nameParts)));
}

function addAccounts(user: Command, { act }: Cli): void {
  leaf(user, 'merge', {
    says: 'put all that one account has into another, for it is the same person',
    example: ['user merge jane-2 jane --dry-run', 'user merge jane-2 jane'],
  })
    .argument('<from>', `the account that is closed: ${refHelp}`)
    .argument('<into>', 'the account that stays')
    .option('--dry-run', 'only say what would come of it')
    .option('--reason <text>', 'why, for the audit log')
    .action(act(() => import('./merge-acts.ts').then((it) => it.merge)));
  leaf(user, 'export', {
    says: 'all data of a person, as JSON',
    example: 'user export jane > jane.json',
  })
    .argument('<ref>', refHelp)
    .action(act(() => import('./data-acts.ts').then((it) => it.exportData)));
  leaf(user, 'erase', {
    says: 'remove all that tells of a person, for good',
    example: 'user erase jane --confirm jane',
  })
    .argument('<ref>', refHelp)
    .option('--confirm <username>', 'the username once more; nothing is done without it')
    .option('--remove-comments', 'also what they wrote in requests')
    .option('--successor <ref>', 'who owns from now on what would have no owner')
    .action(act(() => import('./data-acts.ts').then((it) => it.erase)));
}
