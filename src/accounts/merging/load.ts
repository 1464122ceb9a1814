import { sql } from 'kysely';
import { type Context, rows } from '../../context.ts';
import { type GivenField, givenFields, type Side } from './changes.ts';
import { closed, moved, placeOf, type Reference } from './references.ts';

type Fields = Side['fields'];
type Own = Omit<Side, 'fields' | 'counts'> & { fields: Fields };

/** All of an account that a merge looks at. */
export async function loadSide(ctx: Context, id: string): Promise<Side> {
  const [own] = await rows(
    ctx,
    sql<Own>`
      select u.id, u.username, u.version, u.locked_fields as "lockedFields",
        jsonb_build_object(${sql.join(givenFields.flatMap((it) => [sql.lit(it), textOf(it)]))}) as fields,
        ${list(sql`
          select i.id, i.idp, i.subject, i.gone_at is not null as "isGone"
          from identities i where i.user_id = u.id order by i.id`)} as identities,
        ${list(sql`
          select m.id as "memberId", m.community_id as "communityId", m.level
          from members m where m.user_id = u.id order by m.community_id`)} as places,
        ${list(sql`
          select a.role_id as "roleId", a.source
          from assignments a where a.user_id = u.id order by a.role_id, a.source`)} as roles,
        ${list(sql`
          select r.id as "requestId", r.community_id as "communityId",
            r.kind = 'INVITATION' as "isInvitation", r.level
          from requests r where r.user_id = u.id and r.state = 'SUBMITTED'
            and coalesce(r.expires_at > clock_timestamp(), true) order by r.id`)} as open
      from users u where u.id = ${id}`,
  );
  return { ...(own as Own), counts: await countRows(ctx, id) };
}

const list = (query: ReturnType<typeof sql>) =>
  sql`coalesce((select jsonb_agg(it) from (${query}) it), '[]')`;

const column = (field: GivenField) =>
  sql.ref(`u.${field.replace(/[A-Z]/g, (it) => `_${it.toLowerCase()}`)}`);

/** A field as a text, from which it can be written again. */
const textOf = (field: GivenField) =>
  field === 'nameParts'
    ? sql`nullif(${column(field)}, '{}'::jsonb)::text`
    : sql`${column(field)}::text`;

async function countRows(ctx: Context, id: string): Promise<Side['counts']> {
  const all = [...moved, ...closed].map((reference) => {
    const [table, name] = placeOf(reference);
    const isOpen = table === 'tokens' ? sql` and revoked_at is null` : sql``;
    return sql`
      select ${reference} as reference, count(*)::int as count
      from ${sql.table(table)} where ${sql.ref(name)} = ${id}${isOpen}`;
  });
  const counted = await rows(
    ctx,
    sql<{ reference: Reference; count: number }>`${sql.join(all, sql` union all `)}`,
  );
  return Object.fromEntries(counted.map((it) => [it.reference, it.count]));
}
