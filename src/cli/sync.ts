import { type Command, Option } from 'commander';
import { type Cli, leaf, noun, positive, whole } from './leaf.ts';

const acts = () => import('./sync-acts.ts');

const dryRun = ['--dry-run', 'only say what would change; nothing is written'] as const;
const rate = [
  '-r, --rate <n>',
  'how many a second at most; never more than the service allows',
  positive,
] as const;
const patience = [
  '--timeout <seconds>',
  'how long it waits while nothing happens',
  positive,
  30,
] as const;
const noWait = ['--no-wait', 'only ask for it: a worker does it'] as const;

const refs = 'ids, ranges as 1-10, lists with commas; - reads them from standard input';

/** Adds what brings people and groups in step with their services. */
export function addSync(program: Command, { act }: Cli): void {
  const sync = noun(
    program,
    'sync',
    'bring our copies in step with the services',
    'sync all --idp knowledgeCommons',
  );
  leaf(sync, 'user', {
    says: 'look at people again',
    example: [
      'sync user 1234 5678 --idp knowledgeCommons',
      'sync user 1-100,205 --dry-run',
      'sync user --by-email jane@example.org',
      'sync user - --rate 5 < ids.txt',
    ],
  })
    .argument('[refs...]', `whom, by what the service calls them: ${refs}`)
    .option('-i, --idp <key>', 'their identity service; needed if there are several')
    .option('-e, --by-email', 'the references are e-mail addresses of accounts here')
    .option('-n, --by-username', 'the references are usernames of accounts here')
    .option(...rate)
    .option(...dryRun)
    .option('--wait', 'wait for the end; it does unless it is told not to', true)
    .option(...noWait)
    .option(...patience)
    .action(act(() => acts().then((it) => it.users)));
  leaf(sync, 'group', {
    says: 'look at groups again',
    example: 'sync group 12345 --idp knowledgeCommons',
  })
    .argument('[refs...]', `which, by what the service calls them: ${refs}`)
    .option('-i, --idp <key>', 'their identity service; needed if there are several')
    .option(...rate)
    .option(...dryRun)
    .option('--wait', 'wait for the end; it does unless it is told not to', true)
    .option(...noWait)
    .option(...patience)
    .action(act(() => acts().then((it) => it.groups)));
  leaf(sync, 'all', {
    says: 'look at everybody and everything that is known here again',
    example: ['sync all', 'sync all --idp knowledgeCommons --kind users --rate 5'],
  })
    .option('-i, --idp <key>', 'only of this identity service')
    .addOption(new Option('-k, --kind <kind>', 'only these').choices(['users', 'groups']))
    .option(...rate)
    .option(...dryRun)
    .option(...patience)
    .action(act(() => acts().then((it) => it.all)));
  leaf(sync, 'ingest', {
    says: 'look at everybody whom a file names; who is new gets an account if the service provisions',
    example: [
      'sync ingest people.jsonl --idp knowledgeCommons --rate 2',
      'sync ingest people.csv --offset 1000 --limit 500 --dry-run',
    ],
  })
    .argument('<file>', 'a person a line: JSON, CSV with a head, or names; - is standard input')
    .addOption(
      new Option('--format <format>', 'what the file is')
        .choices(['auto', 'jsonl', 'usernames', 'csv'])
        .default('auto'),
    )
    .option('-i, --idp <key>', 'their identity service; needed if there are several')
    .option('--limit <n>', 'so many rows at most', whole(1))
    .option('--offset <n>', 'not the first so many rows', whole(0), 0)
    .option(...rate)
    .option(...dryRun)
    .option(...patience)
    .action(act(() => acts().then((it) => it.ingest)));
  leaf(sync, 'status', {
    says: 'what waits for a look, for somebody’s word, or was given up',
    example: 'sync status --json',
  }).action(act(() => import('./sync-status-acts.ts').then((it) => it.status)));
}
