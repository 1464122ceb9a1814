import { describe, expect, it } from 'vitest';
import { findGroup } from '../../src/remote/group.ts';
import { errorOf, remoteSays } from './stub.ts';

const wordpress = {
  id: 12345,
  name: 'Developers',
  url: 'https://commons.example/groups/developers/',
  visibility: 'private',
  description: 'They build\r\nthe Commons.\u0007',
  avatar: '',
  groupblog: '',
  upload_roles: ['member', 'moderator', 'administrator'],
  moderate_roles: ['moderator', 'admin', 'administrator'],
};

const ours = {
  id: '12345',
  name: 'Developers',
  url: 'https://commons.example/groups/developers/',
  visibility: 'PRIVATE',
  description: 'They build\nthe Commons.',
  avatar: null,
  uploadRoles: ['member', 'moderator', 'administrator'],
  moderateRoles: ['moderator', 'administrator'],
  problems: [],
};

const nothing = {
  name: null,
  url: null,
  visibility: null,
  description: null,
  avatar: null,
  groupblog: null,
  upload_roles: null,
  moderate_roles: null,
};

async function understood(body: unknown, asked = '12345') {
  const { endpoint } = await remoteSays(body);
  return findGroup(endpoint, asked);
}

async function faultOf(body: unknown, asked?: string) {
  const { fault, message } = await errorOf(understood(body, asked));
  return `${fault}: ${message.replace(/^.* answered unusably: /, '')}`;
}

it('reads WordPress and Profiles', async () => {
  expect(await understood(wordpress)).toStrictEqual(ours);
  expect(
    await understood({ results: { ...wordpress, slug: 'developers' }, meta: { authorized: true } }),
  ).toStrictEqual(ours);
  expect(await understood({ data: { ...wordpress, id: '12345' } })).toStrictEqual(ours);
});

it('tells absent from empty', async () => {
  expect(await understood({ id: 12345 })).toStrictEqual({ id: '12345', problems: [] });
  expect(await understood({ id: 12345, ...nothing, upload_roles: [] })).toStrictEqual({
    id: '12345',
    name: null,
    url: null,
    visibility: null,
    description: null,
    avatar: null,
    uploadRoles: [],
    moderateRoles: null,
    problems: [],
  });
});

it('clears nothing while a part of the service is away', async () => {
  const meta = { authorized: true, error: { code: 1001 } };

  expect(
    await understood({ results: { ...nothing, id: 12345, upload_roles: [] }, meta }),
  ).toStrictEqual({
    id: '12345',
    problems: ['skipped: empty fields: a part of the service is away'],
  });
  expect(await faultOf({ results: { ...nothing, id: 0 }, meta })).toMatch(/^RETRYABLE/);
});

describe('identity', () => {
  it.each([0, '0'])('takes id %j and nulls for no group', async (id) => {
    expect(await understood({ ...nothing, id }, '999')).toBeUndefined();
    expect(await understood({ results: { ...nothing, id } }, '0')).toBeUndefined();
  });

  it.each([
    [{ ...wordpress, id: 1234 }, 'is about another group'],
    [{ ...wordpress, id: '012345' }, 'is about another group'],
    [{ ...wordpress, id: 0 }, 'is about no group'],
    [{ ...wordpress, id: null }, 'is about no group'],
    [{ ...nothing, id: null }, 'is about no group'],
    [{}, 'is about no group'],
    [{ message: 'No such group' }, 'is about no group'],
  ])('refuses what is not the group (%#)', async (body, reason) => {
    expect(await faultOf(body)).toBe(`PERMANENT: ${reason}`);
  });
});

it.each([
  ['url', 'www.example.org', 'is not an http(s) address'],
  ['avatar', 'data:image/png;base64,AA', 'is not an http(s) address'],
  ['visibility', 'secret', 'is not public, private or hidden'],
  ['name', 7, 'is not a text'],
  ['upload_roles', 'member', 'is not a list'],
  ['moderate_roles', ['member', null], 'has an unusable role'],
])('leaves out %s when it is %j, and says why', async (field, value, problem) => {
  const group = await understood({ id: 12345, [field]: value });

  expect(group).toStrictEqual({ id: '12345', problems: [`skipped: ${field}: ${problem}`] });
});

it.each([
  ['name', 'name', 'a'.repeat(251), 'is longer than 250 characters'],
  ['description', 'description', 'a'.repeat(20_001), 'is longer than 20000 characters'],
  ['url', 'url', `https://example.org/${'a'.repeat(2048)}`, 'is longer than 2048 characters'],
  ['upload_roles', 'uploadRoles', Array(101).fill('member'), 'has more than 100 entries'],
] as const)(
  'leaves out a %s that is too long, and nothing else',
  async (field, key, value, problem) => {
    const { [key]: _, ...rest } = ours;

    expect(await understood({ ...wordpress, [field]: value })).toStrictEqual({
      ...rest,
      problems: [`skipped: ${field}: ${problem}`],
    });
  },
);

it('leaves out a list with a role that is too long', async () => {
  const group = await understood({ ...wordpress, upload_roles: ['member', 'a'.repeat(101)] });

  const { uploadRoles: _, ...rest } = ours;
  expect(group).toStrictEqual({
    ...rest,
    problems: [
      'skipped: upload_roles.role: is longer than 100 characters',
      'skipped: upload_roles: has an unusable role',
    ],
  });
});
