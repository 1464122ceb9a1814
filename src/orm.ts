import { fileURLToPath } from 'node:url';
import { Migrator } from '@mikro-orm/migrations';
import { defineConfig, MikroORM } from '@mikro-orm/postgresql';
import pg from 'pg';
import type { Logger } from './log.ts';

/** How the ORM is set up, for the server and for its command line alike. */
export const ormOptions = (entities: (new () => object)[], clientUrl: string, poolSize = 10) =>
  defineConfig({
    clientUrl,
    entities,
    extensions: [Migrator],
    pool: { min: 0, max: poolSize },
    driverOptions: { types: datesAsDates() },
    forceUtcTimezone: true,
    // What matters is logged by those who do it; the ORM would add colours to our JSON lines.
    logger: () => {},
    migrations: {
      path: fileURLToPath(new URL('../migrations', import.meta.url)),
      glob: '!(*.d).{js,ts}',
      snapshot: false,
      disableForeignKeys: false,
    },
  });

/** MikroORM keeps dates as texts until it makes entities of them; plain rows want them as dates. */
function datesAsDates(): pg.TypeOverrides {
  const types = new pg.TypeOverrides();
  types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, (text) => new Date(text));
  return types;
}

/** The ORM with what it says in the process's own log. */
export const openOrm = (
  entities: (new () => object)[],
  url: string,
  log: Logger,
  poolSize?: number,
) =>
  MikroORM.init({
    ...ormOptions(entities, url, poolSize),
    colors: false,
    logger: (message) => log.info(message),
  });

/** Any number that only our migrations lock. */
const migrationLock = 0x636f6c6c;

/**
 * Runs what creates or changes tables while no other process does: replicas that start together
 * wait for the first. MikroORM's migrator takes no lock of its own.
 */
export async function underMigrationLock<T>(url: string, work: () => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  // A connection that breaks shows in what is asked of it; without this it would end the process.
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [migrationLock]);
    return await work();
  } finally {
    await client.end();
  }
}
