import { demand } from '../actor.ts';
import { type Context, transact } from '../context.ts';
import { Refusal } from '../errors.ts';
import type { Idp } from '../idps.ts';
import { RemoteError } from '../remote/http.ts';
import type { RemotePerson } from '../remote/person.ts';
import type { Plan } from './changes.ts';
import { ask, askedIds } from './fetch.ts';
import { loadGroup } from './groups.ts';
import { groupsLeft, placesOf, verify } from './leaving.ts';
import { planGroup } from './plan-group.ts';
import { planPeople } from './plan-people.ts';
import { may } from './policy.ts';
import { idpOf, type Subject } from './service.ts';

/**
 * What a look would do now, by the code that does it. Nothing is written, and no transaction is
 * open while the service is asked.
 * @throws Refusal if the service gives no usable answer.
 */
export async function preview(ctx: Context, subject: Subject): Promise<Plan> {
  demand(ctx.actor, may(ctx.actor, 'sync'));
  const idp = idpOf(ctx, subject);
  const { kind, remoteId } = subject;
  const id = (kind === 'USER' && (await askedIds(ctx, idp, [subject])).get(remoteId)) || remoteId;
  const { person, group } = await ask(idp, kind, id).catch(refuse);
  if (kind === 'USER') return previewPerson(ctx, idp, remoteId, person);
  return transact(ctx, async (tx) =>
    planGroup(await loadGroup(tx, idp.key, remoteId), group, { idp, remoteId }),
  );
}

async function previewPerson(
  ctx: Context,
  idp: Idp,
  subject: string,
  remote: RemotePerson | undefined,
): Promise<Plan> {
  const planWith = (verified = new Map()) =>
    transact({ ...ctx, em: ctx.em.fork() }, async (tx) => {
      const [planned] = await planPeople(tx, idp, [{ subject, remote }], verified);
      const plan = planned?.plan ?? { changes: [], notes: [] };
      return { plan, places: await placesOf(tx, idp, groupsLeft(plan, remote)) };
    });
  const { plan, places } = await planWith();
  if (places.size === 0) return plan;
  const verified = await verify(idp, places);
  for (const it of verified.values()) if (it instanceof RemoteError) refuse(it);
  return (await planWith(new Map(verified))).plan;
}

function refuse(error: unknown): never {
  if (error instanceof RemoteError) throw new Refusal('REMOTE_FAILED', error.message);
  throw error;
}
