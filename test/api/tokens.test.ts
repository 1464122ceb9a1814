import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeToken } from '../../src/credentials/secret.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { assign, makeCommunity, makeGroup, makeUserWith } from './make.ts';

const viewer = '{ viewer { username } }';

let world: World;
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
});
afterAll(() => world.stop());

/** What is answered to this Authorization header. */
async function askAs(authorization: string | undefined, query = viewer) {
  const response = await fetch(`${world.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(authorization && { authorization }) },
    body: JSON.stringify({ query }),
  });
  return { status: response.status, body: await response.json() };
}

const refusal = {
  status: 401,
  body: {
    errors: [
      {
        message: expect.stringContaining('The token is wrong, revoked or expired.'),
        extensions: { code: 'UNAUTHENTICATED' },
      },
    ],
  },
};

describe('a token', () => {
  it('says who is asking', async () => {
    const { token, username } = await world.makeUser();

    expect(await askAs(`Bearer ${token}`)).toEqual({
      status: 200,
      body: { data: { viewer: { username } } },
    });
  });

  it.each(['bearer', 'BEARER'])('may be announced by %s', async (word) => {
    const { token } = await world.makeUser();

    expect((await askAs(`${word} ${token}`)).status).toBe(200);
  });

  it('is nobody’s where there is none', async () => {
    expect(await askAs(undefined)).toEqual({ status: 200, body: { data: { viewer: null } } });
  });

  it.each([
    ['of nobody', () => `Bearer ${makeToken().token}`],
    ['that is no token', () => 'Bearer secret'],
    ['that is empty', () => 'Bearer '],
    ['that is a word alone', () => 'Bearer'],
    ['of another scheme', () => 'Basic YWRtaW46YWRtaW4='],
    ['twice', () => `Bearer ${makeToken().token} ${makeToken().token}`],
    ['of a webhook sender', () => 'Bearer a-webhook-token-for-tests'],
    ['with a typing error', () => `Bearer ${makeToken().token.replace(/.$/, '!')}`],
    ['that is very long', () => `Bearer clg_pat_${'x'.repeat(8_000)}`],
  ])('%s is refused', async (_, authorization) => {
    expect(await askAs(authorization())).toMatchObject(refusal);
  });

  it.each([
    ['is expired', `update tokens set expires_at = now() where user_id = $1`],
    ['is revoked', `update tokens set revoked_at = now() where user_id = $1`],
    ['is gone', `delete from tokens where user_id = $1`],
    ['is of a suspended user', `update users set state = 'SUSPENDED' where id = $1`],
    [
      'is of a user whose account is closed',
      `update users set state = 'DEACTIVATED' where id = $1`,
    ],
    ['is of nobody any more', `delete from users where id = $1`],
  ])('that %s is refused from the next request on', async (_, statement) => {
    const { id, token } = await world.makeUser();
    const before = await askAs(`Bearer ${token}`);

    await world.sql(statement, [id]);

    expect(before.status).toBe(200);
    expect(await askAs(`Bearer ${token}`)).toMatchObject(refusal);
  });

  it('that is refused is refused for what everybody may ask, too', async () => {
    expect(await askAs('Bearer wrong', '{ communities { totalCount } }')).toMatchObject(refusal);
  });

  it('is kept as a hash alone', async () => {
    const { id, token } = await world.makeUser();

    const kept = JSON.stringify(
      await world.sql('select t::text from tokens t where user_id = $1', [id]),
    );

    expect(kept).not.toContain(token.slice('clg_pat_'.length));
  });

  it('is written down as used, once a minute', async () => {
    const { id, token } = await world.makeUser();
    const lastUse = async () =>
      (await world.sql('select last_used_at from tokens where user_id = $1', [id]))[0].last_used_at;

    const never = await lastUse();
    await askAs(`Bearer ${token}`);
    const once = await lastUse();
    await askAs(`Bearer ${token}`);
    const twice = await lastUse();
    await world.sql(`update tokens set last_used_at = now() - interval '61 s' where user_id = $1`, [
      id,
    ]);
    await askAs(`Bearer ${token}`);
    const later = await lastUse();

    expect(never).toBeNull();
    expect(twice).toEqual(once);
    expect(later.getTime()).toBeGreaterThan(once.getTime());
  });
});

describe('what a token gives', () => {
  it.each([
    ['{ users { totalCount } }', ['MODERATE', 'SYNC']],
    ['{ groups { totalCount } }', ['MODERATE', 'SYNC']],
    ['{ roles { totalCount } }', ['MODERATE', 'SYNC']],
    ['{ syncRuns { totalCount } }', ['SYNC']],
    ['{ syncStates { totalCount } }', ['SYNC']],
    ['{ remoteServices { idp } }', ['SYNC']],
    ['{ webhookDeliveries { totalCount } }', ['SYNC']],
    ['{ auditLog { totalCount } }', []],
  ])('lets ask %s those with %j, and administrators', async (query, rights) => {
    const tokens = {
      ADMINISTER: world.admin,
      MODERATE: (await makeUserWith(world, 'MODERATE')).token,
      SYNC: (await makeUserWith(world, 'SYNC')).token,
    };

    for (const [right, token] of Object.entries(tokens)) {
      const { errors } = await world.ask(token, query);
      const code = rights.includes(right) || right === 'ADMINISTER' ? undefined : 'FORBIDDEN';
      expect([right, errors?.[0].extensions.code]).toEqual([right, code]);
    }
    const stranger = await world.ask((await world.makeUser()).token, query);
    const nobody = await world.ask(undefined, query);
    expect(stranger.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    expect(nobody.errors).toMatchObject([
      { message: 'Sign in first.', extensions: { code: 'UNAUTHENTICATED' } },
    ]);
  });

  it('is no right by a remote group, whatever its role is called', async () => {
    const person = await world.makeUser();
    const { role } = await makeGroup(world);
    await world.sql(`update roles set category = 'administrators' where id = $1`, [role.uuid]);
    await assign(world, role, [{ uuid: person.id, id: '' }]);

    const { errors } = await world.ask(person.token, '{ auditLog { totalCount } }');

    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  });

  it('shows a restricted community to its members by user and by role, at the higher level', async () => {
    const [member, stranger] = [await world.makeUser(), await world.makeUser()];
    const self = { uuid: member.id, id: '' };
    const { role } = await makeGroup(world);
    await assign(world, role, [self]);
    const community = await makeCommunity(world, { visibility: 'RESTRICTED', users: [self] });
    await world.sql(
      `insert into members (id, community_id, role_id, level)
       values (gen_random_uuid(), $1, $2, 'CURATOR')`,
      [community.uuid, role.uuid],
    );
    const query = `{ community(slug: "${community.slug}") { viewerLevel members { totalCount } } }`;

    const answers = [
      (await world.ask(member.token, query)).data,
      (await world.ask(stranger.token, query)).data,
      (await world.ask(undefined, query)).data,
    ];

    expect(answers).toEqual([
      { community: { viewerLevel: 'CURATOR', members: { totalCount: 2 } } },
      { community: null },
      { community: null },
    ]);
  });
});
