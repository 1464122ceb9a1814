import { makeToken } from '../../src/credentials/secret.ts';
import { insert } from '../communities/matrix-scene.ts';
import type { World } from '../helpers/world.ts';
import { type Written, written } from './corpus-communities.ts';
import { groups, guild, type Person, persons } from './corpus-people.ts';

/** Who asks. */
export const actorNames = [
  'anyone',
  'stranger',
  'member',
  'owner',
  'moderator',
  'the-administrator',
] as const;
export type ActorName = (typeof actorNames)[number];

export interface Corpus {
  /** Tokens; nobody has none. */
  tokens: Record<ActorName, string | undefined>;
  /** UUIDs of communities by slug, and of users by username. */
  ids: Map<string, string>;
}

/** Numbers from 0 to below 1 that are the same every time. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let it = Math.imul(state ^ (state >>> 15), state | 1);
    it ^= it + Math.imul(it ^ (it >>> 7), it | 61);
    return ((it ^ (it >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Made-up words, many nearly like others; all begin with `x` or `z`, and so are none of those written by hand. */
export const madeWords = ['za', 'zo', 'zi', 'xe', 'xu', 'zé'].flatMap((begin) =>
  ['mo', 'ra', 'li', 'ten', 'ris', 'dor'].flatMap((middle) =>
    ['', 'n', 'lo', 'øs'].map((end) => begin + middle + end),
  ),
);

const types = ['event', 'organization', 'project', 'topic', undefined] as const;

/** Communities whose words come in company, as those of people do: of six topics, some common to all. */
function made(count: number): Written[] {
  const next = random(20261121);
  const oneOf = <T>(some: readonly T[]) => some[Math.floor(next() * some.length)] as T;
  return Array.from({ length: count }, (_, index) => {
    const own = madeWords.slice(18 * Math.floor(next() * 6)).slice(0, 12);
    // The square makes some words much more frequent than others.
    const word = () =>
      next() < 0.8 ? (own[Math.floor(next() ** 2 * 12)] ?? 'zamo') : oneOf(madeWords);
    const some = (least: number, most: number) =>
      Array.from({ length: least + Math.floor(next() * (most - least + 1)) }, word);
    const text = (least: number, most: number) => some(least, most).join(oneOf([' ', '-', ', ']));
    return {
      slug: `made-${index}`,
      title: text(1, 4),
      description: text(3, 30),
      ...(next() < 0.3 && { page: `<p>${text(5, 40)}</p>` }),
      ...(next() < 0.3 && { organizations: [{ name: text(1, 3) }, { name: text(1, 3) }] }),
      type: oneOf(types),
      ...(next() < 0.1 && { isRestricted: true as const }),
      ...(next() < 0.05 && { isGone: 'DELETED' as const }),
      members: Math.floor(next() ** 3 * 40),
    };
  });
}

export const communities: Written[] = [...written, ...made(60)];

/** People with made-up names, so that communities have many members. */
const crowd: Person[] = Array.from({ length: 42 }, (_, index) => ({
  username: `made-user-${index}`,
  fullName: `${madeWords[index * 3]} ${madeWords[143 - index * 2]}`,
  affiliation: madeWords[index % 7],
}));

/** A UUID (version 7) whose order is that of the instant, and then of the number. */
const idAt = (time: number, number: number) => {
  const at = time.toString(16).padStart(12, '0');
  return `${at.slice(0, 8)}-${at.slice(8)}-7000-8000-${number.toString(16).padStart(12, '0')}`;
};

const created = (it: Written, index: number) =>
  it.created ?? new Date(Date.UTC(2021, 0, 1 + 3 * index, 12)).toISOString();

const deletedAt = '2026-01-01T00:00:00Z';

const row = (it: Written, index: number, ids: Map<string, string>) => ({
  id: ids.get(it.slug),
  slug: it.slug,
  title: it.title,
  description: it.description ?? null,
  page: it.page ?? null,
  curation_policy: it.curationPolicy ?? null,
  website: it.website ?? null,
  type: it.type ?? null,
  organizations: (it.organizations ?? []).map(({ name, ror }) => ({
    name,
    identifiers: ror ? [{ identifier: ror, scheme: 'ror' }] : [],
  })),
  funding: (it.funding ?? []).map(({ funder, award, number }) => ({
    funder: { name: funder, identifiers: [] },
    award: award ? { title: award, number: number ?? null, identifiers: [] } : null,
  })),
  custom_fields: it.customFields ?? {},
  visibility: it.isRestricted ? 'RESTRICTED' : 'PUBLIC',
  deleted_at: it.isGone ? deletedAt : null,
  purge_marked_at: it.isGone === 'MARKED_FOR_PURGE' ? deletedAt : null,
  member_policy: it.memberPolicy ?? 'CLOSED',
  members_visibility: it.membersVisibility ?? 'PUBLIC',
  record_submission_policy: it.submission ?? 'OPEN',
  review_policy: it.review ?? 'CLOSED',
  allows_children: it.allowsChildren ?? false,
  parent_id: it.parent ? ids.get(it.parent) : null,
  created_at: created(it, index),
  updated_at: it.updated ?? created(it, index),
});

/** Writes the corpus into an empty world, behind everybody's back. */
export async function writeCorpus(world: World): Promise<Corpus> {
  const ids = new Map<string, string>();
  let count = 0;
  const newId = (name: string, time = Date.UTC(2020, 0, 1) + count) => {
    const id = idAt(time, ++count);
    ids.set(name, id);
    return id;
  };
  const users = [...persons, ...crowd].map((it) => ({
    id: newId(it.username),
    username: it.username,
    full_name: it.fullName ?? null,
    given_name: it.givenName ?? null,
    family_name: it.familyName ?? null,
    affiliation: it.affiliation ?? null,
    orcid: it.orcid ?? null,
    email: it.email ?? null,
    email_visibility: it.showsEmail ? 'PUBLIC' : 'RESTRICTED',
    visibility: it.isHidden ? 'RESTRICTED' : 'PUBLIC',
    state: it.state ?? 'ACTIVE',
  }));
  const tokens: Corpus['tokens'] = {
    anyone: undefined,
    stranger: undefined,
    member: undefined,
    owner: undefined,
    moderator: undefined,
    'the-administrator': world.admin,
  };
  const tokenRows = (['stranger', 'member', 'owner', 'moderator'] as const).map((it) => {
    const { token, hash } = makeToken();
    tokens[it] = token;
    return {
      id: newId(`${it}'s token`),
      user_id: ids.get(it),
      name: 'test',
      hash: `\\x${hash.toString('hex')}`,
      expires_at: new Date(Date.now() + 3_600_000),
      last_used_at: new Date(),
    };
  });
  const local = { group_id: null, category: null };
  const roles: object[] = [
    { id: newId('role moderators'), name: 'moderators', rights: ['MODERATE'], ...local },
    { id: newId('role sharers'), name: 'Sharers of Ciphers', rights: [], ...local },
  ];
  const assignments: object[] = [
    { role_id: ids.get('role moderators'), user_id: ids.get('moderator'), source: 'LOCAL' },
    { role_id: ids.get('role sharers'), user_id: ids.get('member'), source: 'LOCAL' },
  ];
  const groupRows = groups.map(({ roles: categories, remoteId, ...it }) => {
    const id = newId(`group ${it.slug}`);
    for (const [category, usernames] of Object.entries(categories)) {
      const role = newId(`role ${it.slug} ${category}`);
      roles.push({ id: role, name: null, rights: [], group_id: id, category });
      for (const one of usernames)
        assignments.push({ role_id: role, user_id: ids.get(one), source: it.idp });
    }
    return { id, remote_id: remoteId, description: null, ...it };
  });

  for (const [index, it] of communities.entries()) newId(it.slug, Date.parse(created(it, index)));
  // No row comes before its parent.
  const rows = communities
    .map((it, index) => row(it, index, ids))
    .sort((a, b) => Number(a.parent_id !== null) - Number(b.parent_id !== null));
  const members: object[] = [];
  const join = (slug: string, who: object, level = 'READER', isVisible = false) =>
    members.push({
      id: idAt(Date.UTC(2022, 0, 1), members.length),
      community_id: ids.get(slug),
      user_id: null,
      role_id: null,
      level,
      is_visible: isVisible,
      ...who,
    });
  for (const { slug, members: size = 0 } of communities)
    for (const { username } of crowd.slice(0, size)) join(slug, { user_id: ids.get(username) });
  const user = (name: string) => ({ user_id: ids.get(name) });
  const role = (name: string) => ({ role_id: ids.get(`role ${name}`) });
  for (const [index, name] of guild.entries()) join('atlas', user(name), 'READER', index % 2 === 0);
  join('atlas', user('owner'), 'OWNER', true);
  join('atlas', role('digital-medievalists member'), 'CURATOR', true);
  join('atlas', role('astronomers chair'));
  join('atlas', role('sharers'));
  join('vault', user('member'));
  join('cipher-mine', user('member'));
  join('cipher-role', role('sharers'));
  join('cipher-gone', user('member'));
  for (const it of ['cipher-gone', 'cipher-gone-mine', 'cipher-marked'])
    join(it, user('owner'), 'OWNER');

  const tables = { users, tokens: tokenRows, groups: groupRows, roles, assignments };
  for (const [table, all] of Object.entries({ ...tables, communities: rows, members }))
    await insert(world, table, all as Record<string, unknown>[]);
  return { tokens, ids };
}
