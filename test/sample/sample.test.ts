import { describe, expect, it } from 'vitest';
import { jane, member, start } from './start.ts';

describe('the WordPress API', () => {
  it('tells a user, by name or number', async () => {
    const { read } = await start();

    const { status, body } = await read(jane);

    expect(status).toBe(200);
    expect(body).toEqual({
      username: 'janeuser',
      email: 'janeuser@example.org',
      name: 'Jane User',
      first_name: 'Jane',
      last_name: 'User',
      institutional_affiliation: 'Michigan State University',
      orcid: '0000-0002-1694-233X',
      preferred_language: 'en',
      time_zone: 'America/Detroit',
      groups: [
        { id: 12345, name: 'Developers', role: 'member' },
        { id: 1000551, name: 'Digital Humanists', role: 'admin' },
      ],
    });
    expect((await read('/wp-json/commons/v1/users/1234')).body).toEqual(body);
    expect((await read('/wp-json/commons/v1/users/5678')).body.username).toBe('aokafor');
  });

  it('does not find a user that there is not', async () => {
    const { read } = await start();

    expect(await read('/wp-json/commons/v1/users/nobody')).toMatchObject({
      status: 404,
      body: { code: 'rest_user_invalid_id', data: { status: 404 } },
    });
  });

  it('tells a group, and a group of nothing if there is none', async () => {
    const { read } = await start();

    expect(await read('/wp-json/commons/v1/groups/1000551')).toEqual({
      status: 200,
      body: {
        id: 1000551,
        name: 'Digital Humanists',
        url: 'https://commons.example/groups/digital-humanists/',
        visibility: 'public',
        description: 'Texts, maps and networks, read by people and machines.',
        avatar: 'https://commons.example/avatars/1000551.png',
        groupblog: 'https://humanists.commons.example/',
        upload_roles: ['member', 'moderator', 'administrator'],
        moderate_roles: ['moderator', 'administrator'],
      },
    });
    expect(await read('/wp-json/commons/v1/groups/1234')).toMatchObject({
      status: 200,
      body: { id: 0, name: null, upload_roles: null },
    });
  });

  it('tells a stranger nothing', async () => {
    const { read } = await start();

    expect(await read(jane, 'wrong')).toMatchObject({ status: 401 });
    expect(await read('/wp-json/commons/v1/groups/12345', 'wrong')).toMatchObject({ status: 401 });
  });
});

describe('the Profiles API', () => {
  it('tells a member, with or without the closing slash', async () => {
    const { service, read } = await start();

    const { body } = await read(member);

    expect(body).toMatchObject({
      username: 'janeuser',
      email: 'janeuser@example.org',
      emails: ['janeuser@example.org'],
      academic_interests: [{ id: 7, text: 'Digital humanities' }],
      memberships: { MLA: true },
      is_superadmin: false,
      meta: { authorized: true },
    });
    expect(body.groups[1]).toEqual({
      id: 1000551,
      group_name: 'Digital Humanists',
      role: 'administrator',
      url: `${service.url}/api/v1/groups/1000551/`,
      status: 'confirmed',
      avatar: 'https://commons.example/avatars/1000551.png',
      inviter_id: 0,
      inviter: null,
    });
    expect((await read('/api/v1/members/janeuser')).body).toEqual(body);
  });

  it('finds people by sub', async () => {
    const { read } = await start({ population: 10 });
    const who = async (sub: string) => (await read(`/api/v1/subs/?sub=${sub}`)).body;

    expect(await who('http://cilogon.org/serverE/users/janeuser')).toMatchObject({
      data: [{ profile: { username: 'janeuser' } }],
      meta: { authorized: true },
      next: null,
    });
    expect((await who('http://cilogon.org/serverE/users/u000007')).data).toHaveLength(1);
    expect((await who('http://cilogon.org/serverE/users/nobody')).data).toEqual([]);
    expect((await read('/api/v1/subs/')).status).toBe(404);
  });

  it('tells a group by id or slug', async () => {
    const { read } = await start();

    const { body } = await read('/api/v1/groups/12345/');

    expect(body).toMatchObject({ results: { id: 12345, slug: 'developers' } });
    expect((await read('/api/v1/groups/developers/')).body).toEqual(body);
  });

  it('says with a code what it does not find', async () => {
    const { read } = await start();

    expect(await read('/api/v1/members/nobody/')).toEqual({
      status: 404,
      body: {
        meta: {
          authorized: true,
          error: { message: 'User not found', status: 'fatal', code: 1005 },
        },
      },
    });
    expect((await read('/api/v1/groups/1234/')).body.meta.error.code).toBe(1007);
  });

  it('shows a stranger less', async () => {
    const { read } = await start();

    const { body } = await read('/api/v1/members/jcarberry/', 'wrong');

    expect(body.meta).toEqual({ authorized: false });
    expect(body).not.toHaveProperty('email');
    expect(body).not.toHaveProperty('emails');
    expect(body.groups).toMatchObject([{ id: 1004290, group_name: '🪐📚✨' }]);
    expect((await read('/api/v1/groups/1000576/', 'wrong')).status).toBe(404);
    expect((await read('/api/v1/groups/1000576/')).status).toBe(200);
  });
});
