import pg from 'pg';
import type { Site } from '../development.ts';
import { type Check, checkIndexes } from '../search/checks.ts';
import type { Desk } from './desk.ts';
import { checkAccess } from './doctor-access.ts';
import { checkSyncs } from './doctor-syncs.ts';
import { exitCodes } from './failure.ts';
import type { Answer } from './leaf.ts';
import { pendingAt } from './migrate-acts.ts';
import { plain, styled, type Terminal } from './terminal.ts';

export interface DoctorOptions {
  fix?: boolean;
  sample: number;
  network?: boolean;
}

/** Looks at everything that the server needs. */
export async function doctor(desk: Desk, options: DoctorOptions): Promise<Answer> {
  const checks = await examine(desk, options);
  return {
    json: checks,
    text: checks.map((it) => lineOf(desk.terminal, it)).join('\n'),
    exitCode: checks.every((it) => it.isFine) ? exitCodes.fine : exitCodes.failed,
  };
}

function lineOf(terminal: Terminal, { name, isFine, says, run }: Check): string {
  const state = isFine ? styled(terminal, 'good', '  ok ') : styled(terminal, 'bad', 'WRONG');
  return `${state}  ${plain(`${name}: ${says}`)}${run ? `\n       ${run}` : ''}`;
}

/** What comes later can only be looked at where all before it is fine. */
async function examine(desk: Desk, options: DoctorOptions): Promise<Check[]> {
  const basics = await desk.place.atSite(examineSite);
  if (basics.some((it) => !it.isFine && it.name !== 'jobs')) return basics;
  const { fix: isMended = false, sample: most } = options;
  return desk.place.asSystem(
    async (begin) => [
      ...basics,
      ...(await checkAccess(begin(), options)),
      ...(await checkSyncs(begin())),
      ...(await checkIndexes(begin(), { isMended, most })),
    ],
    true,
  );
}

async function examineSite(site: Site): Promise<Check[]> {
  const checks = [await checkDatabase(site)];
  if (checks.every((it) => it.isFine)) checks.push(await checkMigrations(site));
  if (checks.every((it) => it.isFine)) checks.push(await checkJobs(site));
  return checks;
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
  const pending = await pendingAt(databaseUrl);
  if (pending.length === 0) return { name: 'migrations', isFine: true, says: 'all done' };
  const says = `to be done: ${pending.join(', ')}`;
  return { name: 'migrations', isFine: false, says, run: 'npx collegium migrate' };
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
