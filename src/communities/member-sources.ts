import { sql } from 'kysely';
import type { Order } from '../cursor.ts';

/** What members are made of: the member `m`, user `u` or role `r` with its group `g`, and community `c`. */
export const memberSources = sql`
  members m join communities c on c.id = m.community_id left join users u on u.id = m.user_id
  left join roles r on r.id = m.role_id left join groups g on g.id = r.group_id`;

/** A role of a group is told from the others of that group by its category. */
export const memberName = sql`coalesce(u.full_name, u.username,
  coalesce(g.name, g.slug) || ' (' || r.category || ')', r.name)`;

/** What everyone may be told: a category would tell what the role may do. */
export const publicName = sql`coalesce(u.full_name, u.username, g.name, g.slug, r.name)`;

export const memberDescription = sql`coalesce(u.affiliation, g.description)`;

/** The order of members `t` that have a name. */
export const byName: Order = { name: 'name', by: sql`lower(t.name)`, type: 'text' };
