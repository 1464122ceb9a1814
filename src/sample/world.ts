export interface Membership {
  id: number;
  role: string;
  /** The group's own name unless given. */
  name?: string;
  /** `confirmed` unless given. */
  status?: string;
}

/** Somebody the service knows. A field may be missing or null, and is then so in every answer. */
export type Person = Nullable<{
  /** The number that also finds the person. */
  id: string;
  /** Who the person is at CILogon. */
  sub: string;
  username: string;
  email: string;
  emails: string[];
  name: string;
  first_name: string;
  last_name: string;
  institutional_affiliation: string;
  orcid: string;
  preferred_language: string;
  time_zone: string;
  avatar: string;
  academic_interests: { id: number; text: string }[];
  memberships: Record<string, boolean>;
  is_superadmin: boolean;
  groups: Membership[];
}>;

/** A group the service knows, with the same freedom. */
export type Group = Nullable<{
  id: number;
  slug: string;
  name: string;
  url: string;
  visibility: string;
  description: string;
  avatar: string;
  groupblog: string;
  upload_roles: string[];
  moderate_roles: string[];
}>;

type Nullable<T> = { [K in keyof T]?: T[K] | null };

export const subPrefix = 'http://cilogon.org/serverE/users/';
const site = 'https://commons.example';
/** The number of the first generated group. */
const firstGroup = 2_000_000;
const groupCount = 500;
const givenNames = 'Ada Bruno Chidi Dalia Emre Freya Goro Hana Imani Jonas'.split(' ');
const familyNames = 'Abebe Bianchi Costa Dvořák Eriksen Fofana Gupta Haddad Ito Jansen'.split(' ');

const developers = 12345;
const humanists = 1000551;
const reviewers = 1000576;
const pandas = 1004089;
const planets = 1004290;

/** There is no group 1234: it is the one that the seed's example says has been deleted. */
export const sampleGroups: Group[] = [
  group(developers, 'developers', 'Developers', { description: 'They build the Commons.' }),
  group(humanists, 'digital-humanists', 'Digital Humanists', {
    description: 'Texts, maps and networks, read by people and machines.',
    avatar: `${site}/avatars/${humanists}.png`,
    groupblog: 'https://humanists.commons.example/',
  }),
  group(reviewers, 'peer-review-board', 'Peer Review Board', {
    visibility: 'private',
    upload_roles: ['moderator', 'administrator'],
  }),
  group(pandas, 'panda-studies', 'Panda Studies', { description: 'Bamboo, and who eats it.' }),
  group(planets, `group-${planets}`, '🪐📚✨', { description: 'A name without letters.' }),
];

export const samplePeople: Person[] = [
  person('janeuser', 'Jane User', [member(developers), member(humanists, 'admin')], {
    id: '1234',
    orcid: '0000-0002-1694-233X',
    institutional_affiliation: 'Michigan State University',
    time_zone: 'America/Detroit',
    memberships: { MLA: true, HASTAC: true },
    academic_interests: [{ id: 7, text: 'Digital humanities' }],
  }),
  person('aokafor', 'Amara Okafor', [member(developers)], {
    id: '5678',
    institutional_affiliation: 'University of Lagos',
    time_zone: 'Africa/Lagos',
  }),
  person('jcarberry', 'Josiah Carberry', [member(planets, 'admin'), member(reviewers)], {
    id: '1929',
    orcid: '0000-0002-1825-0097',
    institutional_affiliation: 'Brown University',
    time_zone: 'America/New_York',
    academic_interests: [{ id: 13, text: 'Psychoceramics' }],
  }),
  person('mtanaka', '田中 美咲', [member(pandas, 'admin'), member(humanists, 'moderator')], {
    id: '1002',
    orcid: orcid(1002),
    institutional_affiliation: '京都大学',
    preferred_language: 'ja',
    time_zone: 'Asia/Tokyo',
    first_name: '美咲',
    last_name: '田中',
  }),
  person('sven_lindqvist', 'Sven Lindqvist', [member(developers, 'moderator'), member(pandas)], {
    id: '1003',
    orcid: orcid(1003),
    institutional_affiliation: 'Uppsala universitet',
    preferred_language: 'sv',
    time_zone: 'Europe/Stockholm',
  }),
  person('odubois', 'Odile Dubois', [member(developers, 'admin'), member(reviewers, 'admin')], {
    id: '1004',
    orcid: orcid(1004),
    institutional_affiliation: 'École normale supérieure',
    preferred_language: 'fr',
    time_zone: 'Europe/Paris',
    is_superadmin: true,
  }),
  person('rsilva', 'Renata Silva e Souza', [member(humanists), member(pandas, 'moderator')], {
    id: '1005',
    institutional_affiliation: null,
  }),
  person('pnair', 'Priya Nair', [], { id: '1006', institutional_affiliation: '' }),
];

/** The nth person, counted from 1, of a population without end; always the same for the same n. */
export function generate(n: number): Person {
  const groups = Array.from({ length: 10 }, (_, i) =>
    member(firstGroup + ((n * 7 + i * 41) % groupCount), (n + i) % 20 ? 'member' : 'moderator'),
  );
  const name = `${givenNames[n % 10]} ${familyNames[Math.floor(n / 10) % 10]}`;
  return person(usernameOf(n), name, groups, { id: String(10_000_000 + n), orcid: orcid(n) });
}

export function usernameOf(n: number): string {
  return `u${String(n).padStart(6, '0')}`;
}

/** One of the groups that generated people are in; undefined if the id is not of one. */
export function generateGroup(id: number): Group | undefined {
  const n = id - firstGroup;
  if (!Number.isInteger(n) || n < 0 || n >= groupCount) return undefined;
  return group(id, `working-group-${n}`, `Working Group ${n}`);
}

/** An ORCID iD with a valid checksum, below the numbers that are given to people. */
function orcid(n: number): string {
  const digits = String(n).padStart(15, '0');
  const total = [...digits].reduce((sum, digit) => ((sum + Number(digit)) * 2) % 11, 0);
  const check = (12 - total) % 11;
  return `${digits}${check === 10 ? 'X' : check}`.replace(/(.{4})(?=.)/g, '$1-');
}

function member(id: number, role = 'member'): Membership {
  return { id, role };
}

function person(username: string, name: string, groups: Membership[], more: Person): Person {
  const [first_name = '', ...rest] = name.split(' ');
  return {
    sub: subPrefix + username,
    username,
    email: `${username}@example.org`,
    name,
    first_name,
    last_name: rest.join(' '),
    institutional_affiliation: 'University of Example',
    orcid: '',
    preferred_language: 'en',
    time_zone: 'UTC',
    avatar: '',
    academic_interests: [],
    memberships: {},
    is_superadmin: false,
    groups,
    ...more,
  };
}

function group(id: number, slug: string, name: string, more?: Group): Group {
  return {
    id,
    slug,
    name,
    url: `${site}/groups/${slug}/`,
    visibility: 'public',
    description: '',
    avatar: `${site}/avatars/mystery-group.png`,
    groupblog: '',
    upload_roles: ['member', 'moderator', 'administrator'],
    moderate_roles: ['moderator', 'administrator'],
    ...more,
  };
}
