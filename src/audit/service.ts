import type { Context } from '../context.ts';
import type { Kind } from '../ids.ts';
import { AuditEvent } from './event.ts';

/** Writes down who did what to which thing, in the transaction in which it is done. */
export function record(
  tx: Context,
  act: string,
  subject: { kind: Kind; id: string },
  details: Record<string, unknown> = {},
): void {
  const { actor } = tx;
  if (actor.kind === 'ANYONE') throw new Error(`${act} by nobody`);
  tx.em.create(AuditEvent, {
    act,
    actorKind: actor.kind,
    actorId: actor.id,
    via: actor.by?.kind,
    viaId: actor.by?.id,
    ip: tx.caller?.ip,
    subjectType: subject.kind,
    subjectId: subject.id,
    details,
  });
}
