import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import type { Check } from '../search/checks.ts';
import { listServices, type ServiceRow } from '../sync/queries.ts';

/** Minutes after which somebody should have been looked at. */
const patience = 10;

/** Looks at what waits for services, for somebody's word, or could not be sent. */
export async function checkSyncs(ctx: Context): Promise<Check[]> {
  const services = await listServices(ctx);
  return [...services.map(checkService), await checkMails(ctx)];
}

function checkService(it: ServiceRow): Check {
  const minutes = it.oldestDirtySince
    ? Math.floor((Date.now() - it.oldestDirtySince.getTime()) / 60_000)
    : 0;
  const wrong = [
    ...(it.dead > 0 ? [`${it.dead} given up`] : []),
    ...(it.held > 0 ? [`${it.held} held until somebody approves or rejects`] : []),
    ...(it.openUntil ? [`left alone until ${it.openUntil.toISOString()}`] : []),
    ...(minutes >= patience ? [`${it.dirty} wait, the oldest for ${minutes} min`] : []),
  ];
  const name = `sync of ${it.idp}`;
  if (wrong.length === 0) {
    const says = it.dirty > 0 ? `${it.dirty} wait for a look` : 'in step';
    return { name, isFine: true, says };
  }
  const says = [...wrong, ...(it.lastError ? [`last fault: ${it.lastError}`] : [])].join('; ');
  return { name, isFine: false, says, run: 'npx collegium sync status' };
}

async function checkMails(ctx: Context): Promise<Check> {
  const [found] = await rows(
    ctx,
    sql<{ failed: number }>`
      select count(*)::int as failed from mails where state = 'FAILED'`,
  );
  const failed = found?.failed ?? 0;
  return {
    name: 'e-mails',
    isFine: failed === 0,
    says: failed === 0 ? 'none failed' : `${failed} could not be sent`,
    ...(failed > 0 && { run: 'npx collegium config print' }),
  };
}
