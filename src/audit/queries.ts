import { type RawBuilder, sql } from 'kysely';
import { type Credential, demand } from '../actor.ts';
import { type Context, rows } from '../context.ts';
import { fromGlobalId, type Kind, uuidOf } from '../ids.ts';
import { showAll } from '../node.ts';
import { emptyPage, page, pageOf } from '../page.ts';
import type { PageArgs } from '../page-args.ts';
import { maySeeAll } from './policy.ts';

export interface AuditRow {
  id: string;
  act: string;
  actorKind: 'USER' | 'SERVICE' | 'SYSTEM';
  actorId: string | null;
  via: Credential['kind'] | null;
  viaId: string | null;
  ip: string | null;
  subjectType: Kind;
  subjectId: string;
  details: Record<string, unknown>;
  at: Date;
}

const columns = sql`
  t.id, t.act, t.actor_kind as "actorKind", t.actor_id as "actorId", t.via,
  t.via_id as "viaId", t.ip,
  t.subject_type as "subjectType", t.subject_id as "subjectId", t.details, t.at`;

/** Which events; all that is given has to fit. */
export interface AuditFilter {
  subjectId?: string | null;
  actorId?: string | null;
  acts?: string[] | null;
  since?: Date | null;
  until?: Date | null;
}

/** What was done, newest first. Administrators only. */
export function listAuditEvents(ctx: Context, args: PageArgs, filter: AuditFilter) {
  demand(ctx.actor, maySeeAll(ctx.actor));
  return page<AuditRow>(ctx, args, {
    kind: 'AuditEvent',
    columns,
    from: sql`from audit_events t where ${sql.join(conditionsOf(filter), sql` and `)}`,
    newestFirst: true,
  });
}

function conditionsOf({ subjectId, actorId, acts, since, until }: AuditFilter) {
  const all: RawBuilder<boolean>[] = [sql`true`];
  if (subjectId != null) all.push(sql`t.subject_id = ${fromGlobalId(subjectId)?.uuid ?? null}`);
  if (actorId != null) all.push(sql`t.actor_id = ${uuidOf('User', actorId) ?? null}`);
  if (acts != null) all.push(sql`t.act = any(${acts.map((it) => it.replaceAll('\0', ''))})`);
  if (since != null) all.push(sql`t.at >= ${since}`);
  if (until != null) all.push(sql`t.at < ${until}`);
  return all;
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
  if (!maySeeAll(ctx.actor)) return new Map();
  const found = await rows(
    ctx,
    sql<AuditRow>`select ${columns} from audit_events t where t.id = any(${ids})`,
  );
  return showAll('AuditEvent', found);
}
