import { entities } from '../app.ts';
import { createLog } from '../log.ts';
import { openOrm } from '../orm.ts';
import type { Desk } from './desk.ts';
import type { Answer } from './leaf.ts';

/** Brings the database up to date, or says what that would do. */
export async function migrate(desk: Desk, options: { dryRun?: boolean }): Promise<Answer> {
  const pending = await desk.place.atSite(({ databaseUrl }) => pendingAt(databaseUrl));
  if (!options.dryRun) await desk.with(async () => {});
  const [state, verb] = options.dryRun ? ['pending', 'To be done'] : ['done', 'Done'];
  const isFresh = pending.length === 0;
  return {
    json: { [state]: pending },
    text: isFresh ? 'The database is up to date.' : `${verb}:\n  ${pending.join('\n  ')}`,
  };
}

/** The migrations that a database has still before it. */
export async function pendingAt(databaseUrl: string): Promise<string[]> {
  const orm = await openOrm(entities, databaseUrl, createLog({ logLevel: 'silent' }));
  try {
    return (await orm.migrator.getPending()).map((it) => it.name);
  } finally {
    await orm.close();
  }
}
