import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import type { Change } from './changes.ts';
import type { PlannedPerson } from './meeting.ts';
import type { RoleKey } from './plan-roles.ts';

/** A person who owns a community: by themselves (no role), or by a role that a source gave them. */
interface Way {
  communityId: string;
  userId: string;
  roleId: string | null;
  source: string | null;
}

const wayText = ({ userId, roleId, source }: Omit<Way, 'communityId'>) =>
  `${userId} ${roleId ?? ''} ${source ?? ''}`;

const keysOf = (changes: Change[], kind: string) =>
  changes.filter((it) => it.kind === kind) as (Change & RoleKey)[];
const isSuspended = ({ plan }: PlannedPerson) =>
  plan.changes.some((it) => it.kind === 'USER_SUSPENDED');
/** Who somebody is while a batch is planned: a new account has no id yet. */
const selfOf = ({ person, subject }: PlannedPerson) => person.user?.id ?? subject;

/**
 * Knows which communities would have nobody to own them when the people of a batch lose roles or
 * accounts, one after the other. A deleted community needs no owner.
 */
export class Owners {
  private constructor(
    private readonly idp: string,
    /** The communities that somebody beside the batch owns. */
    private readonly secure: Set<string>,
    /** How the people of the batch own communities. */
    private readonly ways: Map<string, Set<string>>,
    /** The communities that a role owns. */
    private readonly owned: Map<string, string[]>,
  ) {}

  /** Keeps the communities in question to itself till the commit: nobody becomes an owner or ceases to be one. */
  static async open(tx: Context, idp: string, planned: PlannedPerson[]): Promise<Owners> {
    const ids = await lockPlaces(tx, idp, planned);
    if (ids.length === 0) return new Owners(idp, new Set(), new Map(), new Map());
    const mine = planned.flatMap((it) => it.person.user?.id ?? []);
    const all = sql`
      select m.community_id as "communityId", u.id as "userId", a.role_id as "roleId", a.source
      from members m left join assignments a on a.role_id = m.role_id
      join users u on u.id = coalesce(m.user_id, a.user_id)
      where m.community_id = any(${ids}) and m.level = 'OWNER' and u.state = 'ACTIVE'`;
    const secure = await rows(
      tx,
      sql<{ id: string }>`
        select it as id from unnest(${ids}::uuid[]) as it where exists (
          select from (${all}) w where w."communityId" = it and w."userId" <> all(${mine}::uuid[]))`,
    );
    const found = await rows(
      tx,
      sql<Way>`select * from (${all}) w where w."userId" = any(${mine}::uuid[])`,
    );
    const placed = await rows(
      tx,
      sql<{ roleId: string; communityId: string }>`
        select role_id as "roleId", community_id as "communityId" from members
        where community_id = any(${ids}) and level = 'OWNER' and role_id is not null`,
    );
    const ways = Map.groupBy(found, (it) => it.communityId);
    const owned = Map.groupBy(placed, (it) => it.roleId);
    return new Owners(
      idp,
      new Set(secure.map((it) => it.id)),
      new Map([...ways].map(([id, some]) => [id, new Set(some.map(wayText))])),
      new Map([...owned].map(([id, some]) => [id, some.map((it) => it.communityId)])),
    );
  }

  /**
   * Whether a plan would take its last owner from a community, after those that were counted. An
   * account that its service closed is closed at once, whatever it owns: an administrator can give
   * the community another owner, but nobody could take back what is done with the account until then.
   */
  wouldMiss(look: PlannedPerson): boolean {
    if (isSuspended(look)) return false;
    const gained = this.gains(look);
    return [...this.ways].some(([id, ways]) => {
      if (this.secure.has(id)) return false;
      const left = [...ways].filter((it) => !this.isLost(look, it));
      return left.length < ways.size && left.length === 0 && !gained.some((it) => it.id === id);
    });
  }

  /** Takes a plan for done. */
  count(look: PlannedPerson): void {
    for (const ways of this.ways.values()) {
      for (const it of ways) if (this.isLost(look, it)) ways.delete(it);
    }
    for (const { id, way } of this.gains(look)) {
      this.ways.set(id, (this.ways.get(id) ?? new Set()).add(way));
    }
  }

  private isLost(look: PlannedPerson, way: string): boolean {
    const userId = selfOf(look);
    if (isSuspended(look)) return way.startsWith(`${userId} `);
    return keysOf(look.plan.changes, 'ROLE_UNASSIGNED').some((key) => {
      const roleId = look.roleIds.get(key) ?? null;
      return way === wayText({ userId, roleId, source: this.idp });
    });
  }

  private gains(look: PlannedPerson): { id: string; way: string }[] {
    const userId = selfOf(look);
    const added = keysOf(look.plan.changes, 'MEMBER_ADDED').filter((it) => it.level === 'OWNER');
    return keysOf(look.plan.changes, 'ROLE_ASSIGNED').flatMap((key) => {
      const roleId = look.roleIds.get(key) ?? `${key.group}|${key.category}`;
      const isSame = (it: RoleKey) => it.group === key.group && it.category === key.category;
      const ids = [
        ...(this.owned.get(roleId) ?? []),
        ...added.filter(isSame).map((it) => it.communityId as string),
      ];
      return ids.map((id) => ({ id, way: wayText({ userId, roleId, source: this.idp }) }));
    });
  }
}

/**
 * Locks the live communities where somebody of the batch loses a place, by a role or with the
 * account; and before them, as everywhere, the groups of which roles are lost and made.
 */
async function lockPlaces(tx: Context, idp: string, planned: PlannedPerson[]): Promise<string[]> {
  const suspended = planned.filter(isSuspended).flatMap((it) => it.person.user?.id ?? []);
  const lost = planned.flatMap(({ plan, roleIds }) =>
    keysOf(plan.changes, 'ROLE_UNASSIGNED').flatMap((it) => roleIds.get(it) ?? []),
  );
  if (suspended.length + lost.length === 0) return [];
  const concerned = sql`
    select m.community_id from members m
    where m.role_id = any(${lost}::uuid[]) or m.user_id = any(${suspended}::uuid[]) or m.role_id in (
      select a.role_id from assignments a where a.user_id = any(${suspended}::uuid[]))`;
  const there = await rows(tx, sql`${concerned} limit 1`);
  if (there.length === 0) return [];
  const groups = planned.flatMap(({ plan }) =>
    plan.changes.filter((it) => it.kind.startsWith('ROLE_')).flatMap((it) => it.group ?? []),
  );
  await rows(
    tx,
    sql`
      select g.id from groups g
      where g.idp = ${idp} and g.remote_id = any(${groups}) and g.deleted_at is null
      order by g.id for share`,
  );
  const locked = await rows(
    tx,
    sql<{ id: string }>`
      select c.id from communities c where c.deleted_at is null and c.id in (${concerned})
      order by c.id for update`,
  );
  return locked.map((it) => it.id);
}
