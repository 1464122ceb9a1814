import { sql } from 'kysely';
import { demand } from '../actor.ts';
import { type Context, rows } from '../context.ts';
import type { Change, Note, Plan } from './changes.ts';
import { may } from './policy.ts';
import type { Requested, Subject } from './service.ts';
import type { Brake, Outcome, SubjectKind } from './state.ts';

/** What a look came to, as those count it who asked for many. */
export const verdicts = [
  'CHANGED',
  'UNCHANGED',
  'HELD',
  /** The service does not know the subject. */
  'ABSENT',
  /** There is no account here, and the service makes none. */
  'UNKNOWN',
  'FAILED',
  'WAITING',
] as const;
export type Verdict = (typeof verdicts)[number];

/** How it stands with a subject that was to be looked at. */
export interface Standing extends Plan {
  verdict: Verdict;
  /** Why it is held, has failed, or still waits. */
  reason?: string;
}

interface Found {
  place: number;
  isDone: boolean;
  isDead: boolean;
  error: string | null;
  outcome: Outcome | null;
  changes: Change[] | null;
  notes: Note[] | null;
  heldFor: Brake[] | null;
}

/** How it stands with each of those that were asked for, in their order. */
export async function readStandings(
  ctx: Context,
  asked: readonly Requested[],
): Promise<Standing[]> {
  demand(ctx.actor, may(ctx.actor, 'inspect'));
  const wanted = asked.map((it, place) => ({ ...it, place }));
  const found = await rows(
    ctx,
    sql<Found>`
      select it.place, s.synced >= it.requested as "isDone", s.dead_at is not null as "isDead",
        s.error, r.outcome, r.changes, r.notes, r.held_for as "heldFor"
      from jsonb_to_recordset(${JSON.stringify(wanted)}) as it (
        place int, idp text, kind text, "remoteId" text, requested bigint)
      join sync_states s on s.idp = it.idp and s.kind = it.kind and s.remote_id = it."remoteId"
      left join lateral (
        select r.outcome, r.changes, r.notes, r.held_for from sync_runs r
        where r.idp = it.idp and r.kind = it.kind and r.remote_id = it."remoteId"
          and r.outcome not in ('QUEUED', 'RUNNING', 'RETRYING', 'COALESCED')
        order by r.finished_at desc limit 1
      ) r on s.synced >= it.requested
      order by it.place`,
  );
  const byPlace = new Map(found.map((it) => [it.place, it]));
  return asked.map((_, place) => standingOf(byPlace.get(place)));
}

function standingOf(it: Found | undefined): Standing {
  const plan = { changes: it?.changes ?? [], notes: it?.notes ?? [] };
  const reason = it?.error ?? undefined;
  if (it?.isDead) return { verdict: 'FAILED', ...plan, reason };
  if (!it?.isDone) return { verdict: 'WAITING', ...plan, reason };
  if (it.outcome !== 'HELD') return { verdict: verdictOf(plan), ...plan };
  return { verdict: 'HELD', ...plan, reason: (it.heldFor ?? []).join(', ') };
}

/** What a plan comes to when nothing holds it. */
export function verdictOf({ changes, notes }: Plan): Verdict {
  const isGone = changes.some(({ kind }) => kind === 'IDENTITY_GONE' || kind === 'GROUP_DELETED');
  const about = notes.find(({ field }) => field === 'user' || field === 'group')?.message ?? '';
  if (isGone || about.startsWith('is unknown there')) return 'ABSENT';
  if (about.startsWith('is unknown here')) return 'UNKNOWN';
  return changes.length > 0 ? 'CHANGED' : 'UNCHANGED';
}

/** What is known here of a service: everybody with an identity, or its groups that are not gone. */
export async function listSubjects(
  ctx: Context,
  idp: string,
  kind: SubjectKind,
): Promise<Subject[]> {
  demand(ctx.actor, may(ctx.actor, 'inspect'));
  const found = await rows(
    ctx,
    kind === 'USER'
      ? sql<{ remoteId: string }>`
          select subject as "remoteId" from identities where idp = ${idp} order by subject`
      : sql<{ remoteId: string }>`
          select remote_id as "remoteId" from groups
          where idp = ${idp} and deleted_at is null order by remote_id`,
  );
  return found.map(({ remoteId }) => ({ idp, kind, remoteId }));
}

/**
 * The subjects of accounts here, at services that are configured.
 * @returns for each reference its subjects; none where there is no account, or none with an identity.
 */
export async function subjectsOfAccounts(
  ctx: Context,
  refs: readonly string[],
  by: 'email' | 'username',
  idp?: string,
): Promise<Subject[][]> {
  demand(ctx.actor, may(ctx.actor, 'inspect'));
  const idps = idp === undefined ? [...ctx.config.idps.keys()] : [idp];
  const found = await rows(
    ctx,
    sql<{ place: number; idp: string; remoteId: string }>`
      select it.place::int as place, i.idp, i.subject as "remoteId"
      from unnest(${refs}::text[]) with ordinality as it (ref, place)
      join users u on lower(u.${sql.ref(by)}) = lower(it.ref)
      join identities i on i.user_id = u.id
      where i.idp = any(${idps}) order by it.place, i.idp, i.subject`,
  );
  const byPlace = Map.groupBy(found, (it) => it.place - 1);
  return refs.map((_, place) =>
    (byPlace.get(place) ?? []).map(({ idp, remoteId }) => ({ idp, kind: 'USER', remoteId })),
  );
}
