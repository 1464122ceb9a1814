import type { Command } from 'commander';
import pg from 'pg';
import { entities } from './app.ts';
import { asSystemAt, atSite, say } from './cli-system.ts';
import type { Site } from './development.ts';
import { createLog } from './log.ts';
import { openOrm } from './orm.ts';
import { type Check, checkIndexes } from './search/checks.ts';

interface Options {
  json: boolean;
  fix: boolean;
  sample: number;
}

/** Adds the command that says what is wrong, and what to do about it. */
export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('look at everything that the server needs; ends with 1 if something is wrong')
    .option('--fix', 'have what drifted in the indexes written anew', false)
    .option('--sample <n>', 'how many things of each kind are compared, about', Number, 50_000)
    .option('--json', 'for programs', false)
    .addHelpText('after', '\nExample:\n  $ npx collegium doctor --fix')
    .action((options: Options) =>
      atSite(async (site) => {
        const checks = await examine(site, options);
        if (checks.some((it) => !it.isFine)) process.exitCode = 1;
        say(options.json ? JSON.stringify(checks, null, 2) : checks.map(lineOf).join('\n'));
      }),
    );
}

const lineOf = ({ name, isFine, says, run }: Check) =>
  `${isFine ? '  ok ' : 'WRONG'}  ${name}: ${says}${run ? `\n       ${run}` : ''}`;

/** What comes later can only be looked at where all before it is fine. */
async function examine(site: Site, options: Options): Promise<Check[]> {
  const checks = [await checkDatabase(site)];
  if (checks.every((it) => it.isFine)) checks.push(await checkMigrations(site));
  if (checks.some((it) => !it.isFine)) return checks;
  checks.push(await checkJobs(site));
  const { fix: isMended, sample: most } = options;
  const ofIndexes = await asSystemAt(
    site,
    (begin) => checkIndexes(begin(), { isMended, most }),
    'silent',
  );
  return [...checks, ...ofIndexes];
}

async function checkDatabase({ databaseUrl }: Site): Promise<Check> {
  try {
    const [found] = await query<{ server_version: string }>(databaseUrl, 'show server_version');
    return { name: 'database', isFine: true, says: `answers, PostgreSQL ${found?.server_version}` };
  } catch (error) {
    const says = `cannot be used: ${(error as Error).message || (error as { code: string }).code}`;
    return { name: 'database', isFine: false, says, run: 'echo $DATABASE_URL' };
  }
}

async function checkMigrations({ databaseUrl }: Site): Promise<Check> {
  const orm = await openOrm(entities, databaseUrl, createLog({ logLevel: 'silent' }));
  try {
    const pending = (await orm.migrator.getPending()).map((it) => it.name);
    if (pending.length === 0) return { name: 'migrations', isFine: true, says: 'all done' };
    const says = `to be done: ${pending.join(', ')}`;
    return { name: 'migrations', isFine: false, says, run: 'npx collegium migrate' };
  } finally {
    await orm.close();
  }
}

/** Seconds after which a job should have been taken up. */
const patience = 60;

async function checkJobs({ databaseUrl }: Site): Promise<Check> {
  const [found] = await query<{ waiting: number; oldest: number }>(
    databaseUrl,
    `select count(*)::int as waiting,
       coalesce(extract(epoch from now() - min(start_after)), 0)::int as oldest
     from pgboss.job where state in ('created', 'retry') and start_after <= now()`,
  );
  const { waiting = 0, oldest = 0 } = found ?? {};
  const isFine = oldest < patience;
  return {
    name: 'jobs',
    isFine,
    says: waiting === 0 ? 'none waits' : `${waiting} wait, the oldest for ${oldest} s`,
    ...(!isFine && { run: 'PROCESSES=worker npx collegium serve' }),
  };
}

async function query<Row>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  client.on('error', () => {});
  await client.connect();
  return client
    .query(text)
    .then((it) => it.rows)
    .finally(() => client.end());
}
