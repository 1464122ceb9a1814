import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeToken } from '../../src/credentials/secret.ts';
import { bearer, forgetLimits, startBeside, viewerBy } from '../credentials/kit.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { assign, makeCommunity, makeGroup, makeUserWith } from './make.ts';

const viewer = '{ viewer { username } }';

let world: World;
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
});
afterAll(() => world.stop());
beforeEach(() => forgetLimits(world));

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

describe('wrong tokens', () => {
  it('are braked by address, while right ones from there are taken', async () => {
    const { token } = await world.makeUser();
    const statuses = [];
    for (let n = 0; n < 20; n++) statuses.push((await askAs('Bearer wrong')).status);

    const braked = await askAs(`Bearer ${makeToken().token}`);

    expect(new Set(statuses)).toEqual(new Set([401]));
    expect(braked).toMatchObject({
      status: 429,
      body: { errors: [{ extensions: { code: 'RATE_LIMITED', retryAfter: expect.any(Number) } }] },
    });
    const [{ extensions }] = (braked.body as { errors: { extensions: { retryAfter: number } }[] })
      .errors as [{ extensions: { retryAfter: number } }];
    expect(extensions.retryAfter).toBeGreaterThan(0);
    expect(extensions.retryAfter).toBeLessThanOrEqual(15);
    expect((await askAs(`Bearer ${token}`)).status).toBe(200);
    expect((await askAs(undefined)).status).toBe(200);
    await world.sql(`update rate_limits set at = at - interval '16 s'`);
    expect((await askAs('Bearer wrong')).status).toBe(401);
  });

  it('are not braked by an address that they make up', async () => {
    const ask = (address: string) =>
      fetch(`${world.url}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-forwarded-for': address,
          ...bearer('wrong'),
        },
        body: '{"query":"{ viewer { id } }"}',
      });

    const statuses = [];
    for (let n = 0; n < 21; n++) statuses.push((await ask(`198.51.100.${n}`)).status);

    expect(statuses.at(-1)).toBe(429);
  });
});

describe('a token in an address', () => {
  it('lets nobody in, and is in no log', async () => {
    const lines: string[] = [];
    const log = pino({ level: 'trace' }, { write: (line) => lines.push(line) });
    const { token } = await world.makeUser();
    const { app, url } = await startBeside(world, {}, log);
    const at = (path: string) => `${url}${path}?access_token=${token}&query=%7Bviewer%7Bid%7D%7D`;
    const headers = { 'apollo-require-preflight': 'true', 'content-type': 'application/json' };

    const answers = await Promise.all([
      fetch(at('/graphql'), { headers }).then((it) => it.json()),
      fetch(at('/graphql'), {
        method: 'POST',
        headers,
        body: JSON.stringify({ query: viewer, access_token: token, variables: { token } }),
      }).then((it) => it.json()),
      fetch(at('/nowhere')).then((it) => it.status),
      fetch(at('/graphql%'), { headers }).then((it) => it.status),
      fetch(`${url}/graphql?query=${token}`, { headers }).then((it) => it.status),
    ]);
    const byHeader = await viewerBy(url, bearer(token));
    await app.stop();

    expect(answers).toMatchObject([
      { data: { viewer: null } },
      { data: { viewer: null } },
      404,
      400,
      400,
    ]);
    expect(byHeader).not.toBeNull();
    const answered = lines.filter((it) => it.includes('"answered"'));
    expect(answered.length).toBeGreaterThanOrEqual(5);
    expect(lines.filter((it) => it.includes(token.slice(8)))).toEqual([]);
  });
});
