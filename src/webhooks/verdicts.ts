import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import type { Idp } from '../idps.ts';
import type { Request } from '../sync/service.ts';
import type { DeliveredEvent } from './delivery.ts';
import type { EntityKind, Notice, ValidEvent } from './payload.ts';

/** Who says what. */
export interface Told {
  idp: Idp;
  notice: Notice;
}

const subjectKind = { users: 'USER', groups: 'GROUP' } as const satisfies Record<
  EntityKind,
  string
>;

/** Which of the named people and groups are here, or may be in a moment: a look at them is under way. */
export async function loadKnown(tx: Context, messages: Told[]): Promise<Set<string>> {
  const named = messages.flatMap(({ idp, notice }) =>
    notice.events
      .filter(isValid)
      .map(({ kind, id }) => ({ idp: idp.key, kind, id, subject: subjectKind[kind] })),
  );
  const found = await rows(
    tx,
    sql<{ idp: string; kind: string; id: string }>`
      with it as materialized (
        select * from jsonb_to_recordset(${JSON.stringify(named)}) as it (
          idp text, kind text, id text, subject text)
      )
      select it.idp, it.kind, it.id from it
      join identities i on i.idp = it.idp and i.subject = it.id where it.kind = 'users'
      union all
      select it.idp, it.kind, it.id from it
      join groups g on g.idp = it.idp and g.remote_id = it.id where it.kind = 'groups'
      union all
      select it.idp, it.kind, it.id from it
      join sync_states s on s.idp = it.idp and s.kind = it.subject and s.remote_id = it.id
      where s.requested > s.synced`,
  );
  return new Set(found.map((it) => JSON.stringify([it.idp, it.kind, it.id])));
}

const isValid = (event: Notice['events'][number]): event is ValidEvent => event.verdict === 'valid';

/** What becomes of each event of a message. */
export function judge(message: Told, known: Set<string>, isRepeated: boolean): DeliveredEvent[] {
  return message.notice.events.map((it) => {
    const { path, kind, id = null, event = null } = it;
    const delivered = { path, kind, id, event };
    if (!isValid(it)) {
      const outcome = it.verdict === 'invalid' ? 'INVALID' : 'UNSUPPORTED';
      return { ...delivered, outcome, reason: it.problem };
    }
    const reason = whyUnknown(message.idp, it, known);
    if (reason) return { ...delivered, outcome: 'UNKNOWN', reason };
    return { ...delivered, outcome: isRepeated ? 'DUPLICATE' : 'ACCEPTED' };
  });
}

/** People are made only where the idp provisions; groups, of which nothing follows alone, always. */
function whyUnknown(
  idp: Idp,
  { kind, id, event }: ValidEvent,
  known: Set<string>,
): string | undefined {
  if (!idp[kind]) return `no endpoint for ${kind} is configured`;
  if (known.has(JSON.stringify([idp.key, kind, id]))) return undefined;
  if (event === 'deleted') return 'is not known here';
  if (kind === 'users' && !idp.provision)
    return 'is not known here, and this idp does not provision';
  return undefined;
}

/** The looks that the events of a message ask for. */
export const requestsOf = (idp: Idp, events: DeliveredEvent[]): Request[] =>
  events
    // An equal body without an id may tell of a second change: looking again is cheap, missing it is not.
    .filter((it) => it.outcome === 'ACCEPTED' || it.outcome === 'DUPLICATE')
    .map((it) => ({
      idp: idp.key,
      kind: subjectKind[it.kind as EntityKind],
      remoteId: it.id ?? '',
      deletionAnnounced: it.event === 'deleted',
    }));
