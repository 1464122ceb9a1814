import { sql } from 'kysely';
import { demand } from '../actor.ts';
import { type Context, rows } from '../context.ts';
import { fromGlobalId, type Kind } from '../ids.ts';
import { showAll } from '../node.ts';
import { emptyPage, page, pageOf } from '../page.ts';
import type { PageArgs } from '../page-args.ts';

export interface AuditRow {
  id: string;
  act: string;
  actorKind: 'USER' | 'SERVICE' | 'SYSTEM';
  actorId: string | null;
  subjectType: Kind;
  subjectId: string;
  details: Record<string, unknown>;
  at: Date;
}

const columns = sql`
  t.id, t.act, t.actor_kind as "actorKind", t.actor_id as "actorId",
  t.subject_type as "subjectType", t.subject_id as "subjectId", t.details, t.at`;

/** What was done, newest first; to one thing, if its id is given. Administrators only. */
export function listAuditEvents(ctx: Context, args: PageArgs, subjectId?: string) {
  demand(ctx.actor, ctx.actor.has('ADMINISTER'));
  const subject = subjectId === undefined ? undefined : (fromGlobalId(subjectId)?.uuid ?? null);
  const about = subject === undefined ? sql`true` : sql`t.subject_id = ${subject}`;
  return page<AuditRow>(ctx, args, {
    kind: 'AuditEvent',
    columns,
    from: sql`from audit_events t where ${about}`,
    newestFirst: true,
  });
}

/**
 * What was done to one thing, newest first.
 * @param isOpen whether the actor may see it, which only those who know the thing can say.
 */
export async function auditOf(ctx: Context, subjectId: string, args: PageArgs, isOpen: boolean) {
  if (!isOpen) return emptyPage<AuditRow>(args, { kind: 'AuditEvent' });
  return pageOf<AuditRow>(ctx, subjectId, args, 'auditLog', {
    kind: 'AuditEvent',
    columns,
    from: sql`from audit_events t where t.subject_id = parent.id`,
    newestFirst: true,
  });
}

export async function readAuditEvents(ctx: Context, ids: readonly string[]) {
  if (!ctx.actor.has('ADMINISTER')) return new Map();
  const found = await rows(
    ctx,
    sql<AuditRow>`select ${columns} from audit_events t where t.id = any(${ids})`,
  );
  return showAll('AuditEvent', found);
}
