import { describe, expect, it } from 'vitest';
import { findPerson } from '../../src/remote/person.ts';
import { errorOf, remoteSays } from './stub.ts';

const wordpress = {
  username: 'jane',
  email: 'jane@example.org',
  name: 'Jane User',
  first_name: 'Jane',
  last_name: 'User',
  institutional_affiliation: 'Michigan State University',
  orcid: 'https://orcid.org/0000-0002-1694-233x',
  preferred_language: 'en_US',
  time_zone: 'America/Detroit',
  groups: [
    { id: 12345, name: 'Developers', role: 'member' },
    { id: '67891', name: 'admin', role: 'admin' },
  ],
};

const ours = {
  username: 'jane',
  email: 'jane@example.org',
  name: 'Jane User',
  firstName: 'Jane',
  lastName: 'User',
  affiliation: 'Michigan State University',
  orcid: '0000-0002-1694-233X',
  locale: 'en-US',
  timeZone: 'America/Detroit',
  groups: [
    { groupId: '12345', category: 'member', name: 'Developers' },
    { groupId: '67891', category: 'administrator', name: 'admin' },
  ],
  problems: [],
};

/** What is understood of an answer, or the error. */
async function understood(body: unknown, asked = 'jane') {
  const { endpoint } = await remoteSays(body);
  return findPerson(endpoint, asked);
}

/** A text of so many characters that may be an address too. */
const filled = (length: number) => `${'é'.repeat(length - 12)}@example.org`;

async function faultOf(body: unknown, asked?: string) {
  const { fault, message } = await errorOf(understood(body, asked));
  expect(message).not.toMatch(/@example/);
  return `${fault}: ${message.replace(/^.* answered unusably: /, '')}`;
}

describe('formats', () => {
  it.each([
    ['WordPress', wordpress],
    ['results', { results: wordpress, meta: { authorized: true } }],
    ['data', { data: wordpress, meta: { authorized: true, error: null } }],
    ['subs', { data: [{ sub: 'jane', profile: wordpress, idp_name: 'MSU' }], next: null }],
  ])('reads %s', async (_, body) => {
    expect(await understood(body)).toEqual(ours);
  });

  it('reads Profiles', async () => {
    const groups = [
      {
        id: 12345,
        group_name: 'Developers',
        role: 'administrator',
        url: 'https://hcommons.example/groups/developers/',
        status: 'confirmed',
        avatar: '',
        inviter_id: 0,
        inviter: null,
      },
    ];

    const person = await understood({ ...wordpress, groups, emails: [], is_superadmin: true });

    expect(person?.groups).toStrictEqual([
      {
        groupId: '12345',
        category: 'administrator',
        name: 'Developers',
      },
    ]);
  });

  it('finds nobody in an empty list', async () => {
    expect(await understood({ data: [], meta: { authorized: true } })).toBeUndefined();
  });

  it('takes an empty list for nothing while a part of the service is away', async () => {
    expect(await faultOf({ data: [], meta: { error: { code: 1001 } } })).toMatch(/^RETRYABLE/);
  });

  it.each([
    [{}, 'is about nobody'],
    [{ error: { reason: 'not_found' } }, 'is about nobody'],
    [{ code: 'rest_no_route', message: '…', data: { status: 404 } }, 'is about nobody'],
    [{ ...wordpress, username: null, email: '', name: null }, 'is about nobody'],
    [{ data: [wordpress, wordpress] }, 'is a list'],
    [[wordpress], 'Invalid input'],
    [[], 'Invalid input'],
    [null, 'Invalid input'],
    ['"jane"', 'Invalid input'],
  ])('refuses what is not a person (%#)', async (body, reason) => {
    expect(await faultOf(body)).toMatch(`PERMANENT: ${reason}`);
  });
});

describe('identity', () => {
  it.each([
    ['jane', { id: 7 }],
    ['7', { id: 7 }],
    ['7', { id: '7' }],
    ['7', {}],
    ['JANE@example.org', { id: 7 }],
    ['0000-0002-1694-233x', { id: 7 }],
  ])('takes the answer to %s if it is about them (%#)', async (asked, more) => {
    expect(await understood({ ...wordpress, ...more }, asked)).toMatchObject({ username: 'jane' });
  });

  it.each([
    ['8', { ...wordpress, id: 7 }],
    ['bob', { ...wordpress, id: 7 }],
    ['http://cilogon.org/2', { data: [{ sub: 'http://cilogon.org/1', profile: wordpress }] }],
  ])('refuses an answer to %s that is about somebody else', async (asked, body) => {
    expect(await faultOf(body, asked)).toBe('PERMANENT: is about somebody else');
  });
});

describe('fields', () => {
  it('tells absent from empty', async () => {
    const person = await understood({ username: 'jane', email: null, name: '', orcid: ' \n' });

    expect(person).toStrictEqual({
      username: 'jane',
      email: null,
      name: null,
      orcid: null,
      problems: [],
    });
  });

  it('cleans texts', async () => {
    const person = await understood({
      username: ' jane\u0000 ',
      name: 'Jose\u0301 \u202Eevil\u202C\u2066 \ud800',
      first_name: 'A\r\nB',
      last_name: 'عائشة\u200F',
    });

    expect(person).toMatchObject({
      username: 'jane',
      name: 'José evil \uFFFD',
      firstName: 'A B',
      lastName: 'عائشة\u200F',
    });
  });

  it.each([
    ['email', 'not an address', 'is not an e-mail address'],
    ['email', 'a@b@example.org', 'is not an e-mail address'],
    ['email', 'jane@localhost', 'is not an e-mail address'],
    ['email', ['jane@example.org'], 'is not a text'],
    ['orcid', '0000-0002-1694-2330', 'checksum is wrong'],
    ['orcid', '0000-0002-1694', 'is not an ORCID iD'],
    ['orcid', 2169423, 'is not a text'],
    ['preferred_language', 'English', 'is not a language tag'],
    ['preferred_language', 'en_', 'is not a language tag'],
    ['time_zone', 'Mars/Olympus', 'is not a time zone'],
    ['name', { full: 'Jane' }, 'is not a text'],
    ['username', '', 'is empty'],
  ])('leaves out %s when it is %j, and says why', async (field, value, problem) => {
    const person = await understood({ ...wordpress, [field]: value });

    const { [field]: _, ...rest } = wordpress as Record<string, unknown>;
    const { problems: __, ...expected } = (await understood(rest)) ?? {};
    expect(person).toStrictEqual({ ...expected, problems: [`skipped: ${field}: ${problem}`] });
  });

  it.each([
    ['orcid', '0000-0002-1825-0097'],
    ['orcid', '0000000218250097', '0000-0002-1825-0097'],
    ['orcid', 'orcid.org/0000-0002-1825-0097/', '0000-0002-1825-0097'],
    ['email', 'jörg@münchen.example'],
    ['locale', 'de_CH.UTF-8', 'de-CH'],
    ['locale', 'zh-hant-tw', 'zh-Hant-TW'],
    ['timeZone', 'Asia/Kolkata'],
    ['timeZone', 'Asia/Calcutta'],
    ['timeZone', 'UTC'],
  ] as const)('understands %s %s', async (field, value, expected: string = value) => {
    const theirs = {
      orcid: 'orcid',
      email: 'email',
      locale: 'preferred_language',
      timeZone: 'time_zone',
    };

    expect(await understood({ username: 'jane', [theirs[field]]: value })).toStrictEqual({
      username: 'jane',
      [field]: expected,
      problems: [],
    });
  });

  it.each([
    ['email', 'email', 254],
    ['name', 'name', 250],
    ['first_name', 'firstName', 250],
    ['last_name', 'lastName', 250],
    ['institutional_affiliation', 'affiliation', 500],
  ] as const)('leaves out a %s that is too long, and never cuts it', async (field, key, limit) => {
    const { [key]: _, ...rest } = ours;

    expect(await understood({ ...wordpress, [field]: filled(limit) })).toStrictEqual({
      ...ours,
      [key]: filled(limit),
    });
    expect(await understood({ ...wordpress, [field]: filled(limit + 1) })).toStrictEqual({
      ...rest,
      problems: [`skipped: ${field}: is longer than ${limit} characters`],
    });
  });

  it('refuses somebody whose username is too long', async () => {
    expect(await understood({ ...wordpress, username: filled(255) })).toMatchObject({
      username: filled(255),
    });
    expect(await faultOf({ ...wordpress, username: filled(256) })).toBe(
      'PERMANENT: username is longer than 255 characters',
    );
  });
});

describe('groups', () => {
  const groupsOf = async (groups: unknown, more = {}) => {
    const person = await understood({ ...wordpress, groups, ...more });
    return { ...person, has: person && 'groups' in person };
  };
  const member = { id: 1, role: 'member' };

  it('tells a list without groups from no list', async () => {
    expect(await groupsOf([])).toMatchObject({ groups: [], problems: [] });
    expect(await groupsOf(null)).toMatchObject({ has: false, problems: [] });
    expect(await groupsOf(undefined)).toMatchObject({ has: false, problems: [] });
  });

  it.each([{}, { 1: member }, '', 'none', 0, false, true])(
    'guesses nothing from %j',
    async (groups) => {
      expect(await faultOf({ ...wordpress, groups })).toBe('PERMANENT: groups is not a list');
    },
  );

  it('leaves out more than 5,000', async () => {
    const groups = Array.from({ length: 5001 }, (_, i) => ({ ...member, id: i + 1 }));

    expect((await groupsOf(groups.slice(1))).groups).toHaveLength(5000);
    expect(await groupsOf(groups)).toMatchObject({
      has: false,
      username: 'jane',
      problems: ['skipped: groups: has more than 5000 entries'],
    });
  });

  it.each([{ code: 1001, message: 'Database not accessible', status: 'non-fatal' }, 'something'])(
    'knows nothing of groups while a part of the service is away (%#)',
    async (error) => {
      const meta = { authorized: true, error };

      const person = await groupsOf([], { meta, institutional_affiliation: '' });

      expect(person).toMatchObject({ has: false, username: 'jane' });
      expect(person).not.toHaveProperty('affiliation');
      expect(person.problems).toEqual(['skipped: groups: a part of the service is away']);
    },
  );

  it('leaves out what has no id or no role, and says so', async () => {
    const broken = [null, 0, '0', '', -1, 1.5, 2 ** 60, true, {}].map((id) => ({ ...member, id }));

    const person = await groupsOf([member, { role: 'member' }, ...broken, { id: 2 }, 'x']);

    expect(person.groups).toStrictEqual([{ groupId: '1', category: 'member' }]);
    expect(person.groupsArePartial).toBe(true);
    expect(person.problems).toHaveLength(12);
    expect(person.problems?.slice(-2)).toEqual([
      'skipped: groups[11].role: is missing',
      'skipped: groups[12]: is not an object',
    ]);
  });

  it.each([
    [{ id: 2 }, '.role: is missing'],
    [{ id: 2, role: null }, '.role: is missing'],
    [{ id: 2, role: 7 }, '.role: is not a text'],
    [{ id: 2, role: 'a'.repeat(101) }, '.role: is longer than 100 characters'],
    [{ id: 0, role: 'member' }, '.id: is not an id'],
    [{ id: 2, role: 'member', status: 7 }, '.status: is not a text'],
    [[2], ': is not an object'],
    [null, ': is not an object'],
  ])('says that it does not know all of them after %j', async (entry, problem) => {
    expect(await groupsOf([member, entry])).toMatchObject({
      groups: [{ groupId: '1', category: 'member' }],
      groupsArePartial: true,
      problems: [`skipped: groups[1]${problem}`],
    });
    expect(await groupsOf([entry])).toMatchObject({ has: false, groupsArePartial: true });
  });

  it.each([
    { id: 2, role: 'member', name: 'a'.repeat(251) },
    { id: 2, role: 'member', name: 7 },
    { role: 'member', status: 'invited' },
  ])('knows all of them after %j', async (entry) => {
    const person = await groupsOf([member, entry]);

    expect(person.groups).toHaveLength(entry.id ?? 1);
    expect(person).not.toHaveProperty('groupsArePartial');
  });

  it('does not take a list that it cannot read for an empty one', async () => {
    expect(await groupsOf([{ id: null, role: 'member' }])).toMatchObject({ has: false });
    expect(await groupsOf([1, 2])).toMatchObject({ has: false });
  });

  it('keeps its problems short', async () => {
    expect((await groupsOf(Array.from({ length: 1000 }, () => 7))).problems).toHaveLength(21);
  });

  it('keeps a group without a name, and one with a strange one', async () => {
    const { groups, problems } = await groupsOf([
      { ...member, name: '' },
      { ...member, id: 2, name: 7 },
    ]);

    expect(groups).toStrictEqual([
      { groupId: '1', category: 'member' },
      { groupId: '2', category: 'member' },
    ]);
    expect(problems).toEqual(['skipped: groups[1].name: is not a text']);
  });

  it('counts nobody in who is not, or not yet', async () => {
    const statuses = ['invited', 'pending', 'banned', 'left', 'confirmed', 'Active', null, ''];
    const groups = statuses.map((status, i) => ({ id: i + 1, role: 'member', status }));

    expect((await groupsOf(groups)).groups?.map((it) => it.groupId)).toEqual(['5', '6', '7', '8']);
    expect(await groupsOf(groups.slice(0, 4))).toMatchObject({ groups: [], problems: [] });
  });

  it('collapses what is told twice, and keeps two roles in one group', async () => {
    const { groups } = await groupsOf([
      member,
      { ...member, id: '1' },
      { id: 1, role: 'admin' },
      { id: 1, role: 'administrator' },
    ]);

    expect(groups?.map((it) => it.category)).toEqual(['member', 'administrator']);
  });
});
