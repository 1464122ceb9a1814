import { sql } from 'kysely';
import { type Context, rows, transact } from '../context.ts';
import { queueRun, waitFor } from './service.ts';

/** Milliseconds that somebody who signs in waits for what their service says of them. */
const patienceMs = 800;
/** Seconds for which what was learnt at one sign-in is good enough for the next. */
const freshSeconds = 30;

/**
 * Looks again at somebody who signs in. Whoever their service keeps waiting goes on with what is
 * known, and the look is taken all the same; services that know no people are not asked.
 */
export async function syncAtSignIn(
  ctx: Context,
  { idp, subject }: { idp: string; subject: string },
): Promise<void> {
  if (!ctx.config.idps.get(idp)?.users) return;
  const since = performance.now();
  const runId = await transact(ctx, async (tx) => {
    const [fresh] = await rows(
      tx,
      sql`
        select 1 from sync_states where idp = ${idp} and kind = 'USER' and remote_id = ${subject}
          and fetched_at > now() - make_interval(secs => ${freshSeconds})`,
    );
    return fresh ? undefined : queueRun(tx, { idp, kind: 'USER', remoteId: subject }, 'SIGN_IN');
  });
  if (runId) await waitFor(ctx, runId, patienceMs - (performance.now() - since));
}
