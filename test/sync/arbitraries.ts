import fc from 'fast-check';
import type { Idp } from '../../src/idps.ts';
import { type Level, levels } from '../../src/level.ts';
import type { RemoteGroup } from '../../src/remote/group.ts';
import type { RemoteMembership, RemotePerson } from '../../src/remote/person.ts';
import type { Told } from '../../src/sync/plan-people.ts';

export const ours = 'knowledgeCommons';
export const others = 'myCommons';

/** What is here before a sync. Numbers point into the lists, and go round when they are too high. */
export interface LocalWorld {
  users: LocalUser[];
  groups: LocalGroup[];
  /** The rights of each local role. */
  localRoles: string[][];
  assignments: { user: number; role: number; source: string }[];
  communities: LocalCommunity[];
}

interface LocalUser {
  username: string;
  email: string | null;
  fullName: string | null;
  givenName: string | null;
  familyName: string | null;
  affiliation: string | null;
  orcid: string | null;
  locale: string | null;
  timeZone: string | null;
  lockedFields: string[];
  state: string;
  /** Whether each service knows them, or said that it does no longer. */
  ours: 'known' | 'gone' | 'none';
  others: 'known' | 'gone' | 'none';
}

interface LocalGroup {
  idp: string;
  remoteId: string;
  name: string | null;
  slug: string;
  url: string | null;
  avatar: string | null;
  description: string | null;
  visibility: string | null;
  uploadCategories: string[] | null;
  moderateCategories: string[] | null;
  isDeleted: boolean;
  categories: string[];
}

interface LocalCommunity {
  group: number | null;
  isDeleted: boolean;
  userMembers: { user: number; level: Level }[];
  /** `isOwn`: the role is of the group that the community is linked to. */
  roleMembers: { role: number; isOwn: boolean; level: Level; mapping: 'same' | 'none' | Level }[];
}

/** Few enough to collide; PostgreSQL and JavaScript do not agree on the lower case of some. */
const names = [
  ...Array.from({ length: 40 }, (_, n) => `name${n}`),
  ...['Name1', 'NAME2', 'naMe3', 'name1-2', 'name2-2', 'NAME4-2', 'new1', 'NEW2', 'new2-2'],
  ...[
    'Ægir',
    'ægir',
    'ΝΙΚΟΣ',
    'νικος',
    'νικοσ',
    'İpek',
    'ipek',
    'straße',
    'STRASSE',
    '美咲',
    '👩🏽‍🔬',
  ],
];
/** The lower case of the test's cluster: character by character, and one for one. */
export const folded = (text: string | null | undefined) =>
  text && Array.from(text, (it) => (it === 'İ' ? 'i' : it.toLowerCase())).join('');

const name = fc.constantFrom(...names);
const email = name.map((it) => `${it}@example.org`);
const word = fc.oneof(
  fc.constantFrom('Ada', 'Bruno', "O'Hara", 'a"b\\c{d}', '𝔘𝔫𝔦', '1', 'null', '田中'),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }).map((it) => it.trim() || 'x'),
);
const orcid = fc.constantFrom('0000-0002-1825-0097', '0000-0002-1694-233X');
const locale = fc.constantFrom('en', 'sv', 'ja');
const timeZone = fc.constantFrom('UTC', 'Asia/Tokyo', 'Europe/Paris');
const orNull = <T>(it: fc.Arbitrary<T>) => fc.option(it, { nil: null });
/** As many as fit, not the few that fast-check likes to begin with. */
const many = <T>(it: fc.Arbitrary<T>, maxLength: number) =>
  fc.array(it, { maxLength, size: 'max' });

export const groupIds = ['1', '2', '3', '12', '123', 'g/4?'];
const categories = ['member', 'moderator', 'administrator', 'Größe|1'];
const someCategories = fc.subarray(categories);
const mostCategories = fc.subarray(categories, { minLength: 2 });
const level = fc.constantFrom(...levels);
/** A community with owners enough is spared what a sync must look out for. */
const seldomOwner: fc.Arbitrary<Level> = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.constantFrom('READER' as const, 'CURATOR' as const, 'MANAGER' as const),
  },
  { weight: 1, arbitrary: fc.constant('OWNER' as const) },
);
const fields = [
  ...['username', 'email', 'fullName', 'givenName', 'familyName', 'affiliation', 'orcid'],
  ...['locale', 'timeZone'],
];
const standing = fc.constantFrom('known', 'known', 'known', 'gone', 'none') as fc.Arbitrary<
  LocalUser['ours']
>;

const user: fc.Arbitrary<LocalUser> = fc.record({
  username: name,
  email: orNull(email),
  fullName: orNull(word),
  givenName: orNull(word),
  familyName: orNull(word),
  affiliation: orNull(word),
  orcid: orNull(orcid),
  locale: orNull(locale),
  timeZone: orNull(timeZone),
  lockedFields: fc.oneof(fc.constant<string[]>([]), fc.subarray(fields)),
  state: fc.constantFrom('ACTIVE', 'ACTIVE', 'SUSPENDED', 'DEACTIVATED'),
  ours: standing,
  others: standing,
});

const users = many(user, 40).map((list) => {
  const taken = new Set<string>();
  const isFree = (text: string) => !taken.has(text) && taken.add(text);
  return list
    .filter((it) => isFree(`name ${folded(it.username)}`))
    .map((it) => ({ ...it, email: it.email && isFree(`${folded(it.email)}`) ? it.email : null }));
});

const groups: fc.Arbitrary<LocalGroup[]> = fc.uniqueArray(
  fc.record({
    idp: fc.constantFrom(ours, ours, others),
    remoteId: fc.constantFrom(...groupIds),
    name: orNull(word),
    slug: fc.constantFrom('developers', 'group-1', 'old'),
    url: orNull(fc.constantFrom('https://a.example/', 'https://b.example/')),
    avatar: orNull(fc.constantFrom('https://a.example/1.png')),
    description: orNull(word),
    visibility: orNull(fc.constantFrom('PUBLIC', 'PRIVATE', 'HIDDEN')),
    uploadCategories: orNull(someCategories),
    moderateCategories: orNull(someCategories),
    isDeleted: fc.constantFrom(false, false, false, true),
    categories: mostCategories,
  }),
  { selector: (it) => `${it.idp} ${it.remoteId}`, maxLength: 9, size: 'max' },
);

export const localWorld: fc.Arbitrary<LocalWorld> = fc.record({
  users,
  groups,
  localRoles: fc.array(fc.constantFrom([], ['ADMINISTER'], ['MODERATE', 'SYNC']), { maxLength: 3 }),
  assignments: many(
    fc.record({
      user: fc.nat(39),
      role: fc.nat(39),
      source: fc.constantFrom(ours, ours, ours, others, 'LOCAL'),
    }),
    150,
  ),
  communities: many(
    fc.record({
      group: orNull(fc.nat(8)),
      isDeleted: fc.constantFrom(false, false, false, true),
      userMembers: many(fc.record({ user: fc.nat(39), level: seldomOwner }), 12),
      roleMembers: many(
        fc.record({
          role: fc.nat(39),
          isOwn: fc.constantFrom(true, true, true, false),
          level,
          mapping: fc.oneof(
            { weight: 4, arbitrary: fc.constant('same' as const) },
            { weight: 1, arbitrary: fc.constant('none' as const) },
            { weight: 1, arbitrary: level },
          ),
        }),
        20,
      ),
    }),
    5,
  ),
});

const membership: fc.Arbitrary<RemoteMembership> = fc.record(
  {
    groupId: fc.constantFrom(...groupIds, '77', '78'),
    category: fc.constantFrom(...categories, 'guest'),
    name: word,
  },
  { requiredKeys: ['groupId', 'category'] },
);

/** What `findPerson` may answer: each field absent, empty or told; groups absent, none or some. */
export const remotePerson: fc.Arbitrary<RemotePerson> = fc.record(
  {
    username: name,
    email: orNull(email),
    name: orNull(word),
    firstName: orNull(word),
    lastName: orNull(word),
    affiliation: orNull(word),
    orcid: orNull(orcid),
    locale: orNull(locale),
    timeZone: orNull(timeZone),
    groups: fc.uniqueArray(membership, {
      selector: (it) => `${it.groupId}|${it.category}`,
      maxLength: 5,
    }),
    problems: fc.constantFrom([], ['skipped: orcid: is not an ORCID iD']),
  },
  { requiredKeys: ['problems'] },
);

const maybe = <T>(it: fc.Arbitrary<T>, freq = 5) => fc.option(it, { nil: undefined, freq });

/** Answers about the people here (by their place) and about newcomers, each subject once, in any order. */
export const answers: fc.Arbitrary<Told[]> = fc.uniqueArray(
  fc.record({
    subject: fc.oneof(
      { weight: 4, arbitrary: fc.nat(39).map((n) => `name${n}`) },
      { weight: 1, arbitrary: fc.nat(9).map((n) => `new${n}`) },
    ),
    remote: maybe(remotePerson),
  }),
  { selector: (it) => it.subject, maxLength: 45, size: 'max' },
);

/** The same, where nobody wants a name that another could have and all say the same of a group. */
export const harmoniousAnswers: fc.Arbitrary<Told[]> = answers.map((told) =>
  told.map(({ subject, remote }) => ({
    subject,
    remote: remote && {
      ...remote,
      username: `own-${subject}`,
      email: `own-${subject}@example.org`,
      ...(remote.groups && {
        groups: remote.groups.map((it) => ({ ...it, name: `Group ${it.groupId}` })),
      }),
    },
  })),
);

/** What `findGroup` may answer. */
export const remoteGroup = (id: string): fc.Arbitrary<RemoteGroup> =>
  fc.record(
    {
      id: fc.constant(id),
      name: orNull(word),
      url: orNull(fc.constantFrom('https://a.example/', 'https://c.example/')),
      description: orNull(word),
      visibility: orNull(fc.constantFrom('PUBLIC', 'PRIVATE', 'HIDDEN')),
      avatar: orNull(fc.constantFrom('https://c.example/1.png')),
      slug: orNull(fc.constantFrom('developers', 'any')),
      uploadRoles: orNull(someCategories),
      moderateRoles: orNull(someCategories),
      problems: fc.constant<string[]>([]),
    },
    { requiredKeys: ['id', 'problems'] },
  );

/** What a service said about a group; nothing if it does not know it. */
export interface GroupTold {
  id: string;
  remote?: RemoteGroup;
}

/** Answers about groups, known ones and a strange one, in any order and possibly again. */
export const groupAnswers: fc.Arbitrary<GroupTold[]> = many(
  fc
    .constantFrom(...groupIds, '77')
    .chain((id) => fc.record({ id: fc.constant(id), remote: maybe(remoteGroup(id), 2) })),
  6,
);

export type Rules = Pick<Idp, 'provision' | 'levels' | 'onGroupDeleted'>;

const levelBelow = (category: string, top: string, level: Level): Level => {
  if (category === top) return 'OWNER';
  return level === 'OWNER' ? 'READER' : level;
};

/** How a service may be configured, as far as plans look at it. */
export const rules: fc.Arbitrary<Rules> = fc.record({
  provision: fc.constantFrom(true, true, true, false),
  levels: fc.option(
    fc
      .tuple(
        fc.constantFrom(...categories),
        ...categories.map((category) => fc.tuple(fc.constant(category), level)),
      )
      // Most services have one category of owners.
      .map(
        ([top, ...rest]) => new Map(rest.map(([it, level]) => [it, levelBelow(it, top, level)])),
      ),
    { nil: undefined },
  ),
  onGroupDeleted: fc.constantFrom('divorce' as const, 'delete' as const),
});
