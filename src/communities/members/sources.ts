import { type RawBuilder, sql } from 'kysely';
import type { Order } from '../../cursor.ts';
import type { Sought } from './search.ts';

/** What a member stands for: a person, or a role with its group. */
export interface Source {
  /** Whether a member `m` is of this kind. */
  isOfKind: RawBuilder<boolean>;
  /** The members `m` of this kind, with whom they stand for; conditions may follow. */
  from: RawBuilder<unknown>;
  name: RawBuilder<string>;
  /** What everyone may be told: a category would tell what the role may do. */
  publicName: RawBuilder<string>;
  description: RawBuilder<string | null>;
  avatar: RawBuilder<string | null>;
  /** Null for users. */
  isNotified: RawBuilder<boolean | null>;
  /** Whether they are sought. */
  isAmong(sought: Sought): RawBuilder<boolean>;
  /** Whether everyone may see them. */
  isPublic: RawBuilder<boolean>;
}

/** What a user `u` is called, as the index of users by name has it. */
export const fullName = sql<string>`coalesce(u.full_name, u.username)`;

/** Whether a user `u` who wants to be seen somewhere is: only if they can be seen at all. */
export const isPublicUser = sql<boolean>`(u.state = 'ACTIVE' and u.visibility = 'PUBLIC')`;

/**
 * Two lists and not one: people in the order of their names come out of an index, so that the first
 * of 50,000 are as near as the first of ten.
 */
export const sources: readonly Source[] = [
  {
    isOfKind: sql`m.user_id is not null`,
    from: sql`members m join users u on u.id = m.user_id where m.user_id is not null`,
    name: fullName,
    publicName: fullName,
    description: sql`u.affiliation`,
    avatar: sql`null::text`,
    isNotified: sql`null::boolean`,
    isAmong: ({ isUser }) => isUser(sql`m.user_id`),
    isPublic: isPublicUser,
  },
  {
    isOfKind: sql`m.role_id is not null`,
    // The database knows how few roles there are among members only if it is asked for that.
    from: sql`members m join roles r on r.id = m.role_id left join groups g on g.id = r.group_id
      where m.role_id is not null`,
    // A role of a group is told from the others of that group by its category.
    name: sql`coalesce(coalesce(g.name, g.slug) || ' (' || r.category || ')', r.name)`,
    publicName: sql`coalesce(g.name, g.slug, r.name)`,
    description: sql`g.description`,
    avatar: sql`g.avatar`,
    isNotified: sql`m.is_notified`,
    isAmong: ({ isRole }) => isRole(sql`m.role_id`),
    isPublic: sql`g.visibility is distinct from 'HIDDEN'`,
  },
];

/** The order of members `t` that have a name. */
export const byName: Order = { name: 'name', by: sql`lower(t.name)`, type: 'text' };
