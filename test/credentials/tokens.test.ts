import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Actor, type Scope, scopes } from '../../src/actor.ts';
import { createToken } from '../../src/credentials/tokens.ts';
import { newId, toGlobalId } from '../../src/ids.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { askBy, bearer, forgetLimits, signIn } from './kit.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
});
afterAll(() => world.stop());
beforeEach(() => forgetLimits(world));

const createMutation = `mutation ($input: CreateTokenInput!) { createToken(input: $input) {
  secret token { id name hint scopes createdAt expiresAt lastUsedAt lastUsedFrom revokedAt isCurrent user { username } }
  userErrors { code path message }
} }`;
const revokeMutation = `mutation ($tokenId: ID!) { revokeToken(input: { tokenId: $tokenId }) {
  token { id revokedAt } userErrors { code path }
} }`;
const updateMutation = `mutation ($tokenId: ID!, $name: String!) {
  updateToken(input: { tokenId: $tokenId, name: $name }) { token { id name } userErrors { code path } }
}`;
const days = (count: number) => Date.now() + count * 86_400_000;

interface Made {
  token: { id: string; scopes: Scope[]; expiresAt: string };
  secret: string;
  userErrors: object[];
}
const create = async (token: string, input: object): Promise<Made> =>
  (await world.ask(token, createMutation, { input: { name: 'laptop', scopes: [], ...input } })).data
    .createToken;
/** A token of somebody with some scopes, as the command line makes it. */
const tokenOf = async (username: string, some: Scope[], forDays = 90) =>
  (
    await createToken(world.app.begin(Actor.system), {
      username,
      name: 'test',
      days: forDays,
      scopes: some,
    })
  ).token;
const eventsOf = async ({ id }: { id: string }) =>
  world.sql(
    `select act, actor_id, via, details from audit_events
     where actor_id = $1 and subject_type = 'Token' order by id`,
    [id],
  );

describe('createToken', () => {
  it('makes a token that is shown once, for a browser as for a program', async () => {
    const user = await world.makeUser();
    const session = await signIn(world, user.id);

    const answer = await askBy(world.url, session, createMutation, {
      input: { name: '  My\nlaptop ', scopes: ['ACCOUNT', 'COMMUNITIES', 'ACCOUNT'], days: 30 },
    });

    const { secret, token } = answer.data.createToken;
    expect(secret).toMatch(/^clg_pat_[0-9A-Za-z]{36}$/);
    expect(token).toEqual({
      id: expect.stringMatching(/^tok_/),
      name: 'My laptop',
      hint: secret.slice(-4),
      scopes: ['COMMUNITIES', 'ACCOUNT'],
      createdAt: expect.any(String),
      expiresAt: expect.any(String),
      lastUsedAt: null,
      lastUsedFrom: null,
      revokedAt: null,
      isCurrent: false,
      user: { username: user.username },
    });
    expect(Math.abs(Date.parse(token.expiresAt) - days(30))).toBeLessThan(60_000);
    const kept = await world.sql('select t::text from tokens t');
    expect(JSON.stringify(kept)).not.toContain(secret.slice(8, -4));
    expect(await eventsOf(user)).toEqual([
      {
        act: 'token.created',
        actor_id: user.id,
        via: 'SESSION',
        details: {
          user: user.id,
          name: 'My laptop',
          scopes: token.scopes,
          expiresAt: token.expiresAt,
        },
      },
    ]);
    expect(JSON.stringify(await world.sql('select e::text from audit_events e'))).not.toContain(
      secret,
    );
  });

  it('says of the token who asks by it, when and from where', async () => {
    const user = await world.makeUser();
    const { secret } = await create(user.token, { scopes: ['COMMUNITIES'] });
    await world.ask(secret, '{ viewer { id } }');

    const { data } = await world.ask(
      secret,
      '{ viewer { tokens(first: 1) { totalCount nodes { isCurrent lastUsedAt lastUsedFrom scopes } } } }',
    );

    expect(data.viewer.tokens).toEqual({
      totalCount: 2,
      nodes: [
        {
          isCurrent: true,
          lastUsedAt: expect.any(String),
          lastUsedFrom: '127.0.0.1',
          scopes: ['COMMUNITIES'],
        },
      ],
    });
  });

  it('gives it three months if nobody says, or until a day', async () => {
    const { token } = await world.makeUser();
    const expiresAt = new Date(days(366) - 60_000).toISOString();

    const usual = await create(token, {}).then((it) => it.token.expiresAt);
    // The token that asks has three months itself.
    const session = await signIn(world, (await world.makeUser()).id);
    const { data } = await askBy(world.url, session, createMutation, {
      input: { name: 'x', scopes: [], expiresAt },
    });

    expect(Math.abs(Date.parse(usual) - days(90))).toBeLessThan(60_000);
    expect(data.createToken.token.expiresAt).toBe(expiresAt);
  });

  it.each<[string, () => object, string[]]>([
    ['no name', () => ({ name: ' ' }), ['name']],
    ['a long name', () => ({ name: 'x'.repeat(101) }), ['name']],
    ['no days', () => ({ days: 0 }), ['days']],
    ['more than a year of days', () => ({ days: 367 }), ['days']],
    ['an end that is over', () => ({ expiresAt: new Date(days(-1)) }), ['expiresAt']],
    ['an end after a year', () => ({ expiresAt: new Date(days(367)) }), ['expiresAt']],
    ['both', () => ({ days: 5, expiresAt: new Date(days(5)) }), ['expiresAt']],
    ['all of it', () => ({ name: '', days: 500 }), ['name', 'days']],
  ])('refuses %s', async (_, input, fields) => {
    const { id } = await world.makeUser();
    const session = await signIn(world, id);

    const { data } = await askBy(world.url, session, createMutation, {
      input: { name: 'x', scopes: [], ...input() },
    });

    expect(data.createToken).toMatchObject({
      token: null,
      secret: null,
      userErrors: fields.map((it) => ({ code: 'INVALID', path: ['input', it] })),
    });
    expect(
      await world.sql('select 1 from tokens where user_id = $1 and name <> $2', [id, 'test']),
    ).toEqual([]);
  });

  it('makes none for nobody, and none for others', async () => {
    const nobody = await world.ask(undefined, createMutation, { input: { name: 'x', scopes: [] } });
    const other = await world.ask(world.admin, createMutation, {
      input: { name: 'x', scopes: [], userId: 'usr_x' },
    });

    expect(nobody.errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
    expect(other.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  it('makes some for others on the command line alone, whoever administers', async () => {
    const { id, username } = await world.makeUser();
    const ctx = world.app.begin(Actor.user(id, ['ADMINISTER'], []));

    await expect(createToken(ctx, { username, name: 'x' })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
  });
});

describe('a token that makes a token', () => {
  it.each<[Scope[], Scope[], boolean]>([
    [['ACCOUNT'], [], true],
    [['ACCOUNT'], ['ACCOUNT'], true],
    [['ACCOUNT'], ['COMMUNITIES'], false],
    [['ACCOUNT', 'SYNC'], ['ACCOUNT', 'SYNC'], true],
    [['ACCOUNT', 'SYNC'], [...scopes], false],
    [[...scopes], [...scopes], true],
  ])('with %j gives %j: %s', async (own, wanted, isGiven) => {
    const { username } = await world.makeUser();

    const made = await create(await tokenOf(username, own), { scopes: wanted });

    if (isGiven) expect(new Set(made.token.scopes)).toEqual(new Set(wanted));
    else {
      expect(made).toMatchObject({
        token: null,
        secret: null,
        userErrors: [{ code: 'INVALID', path: ['input', 'scopes'] }],
      });
    }
  });

  it('gives it no later end than its own', async () => {
    const { username } = await world.makeUser();
    const short = await tokenOf(username, ['ACCOUNT'], 10);
    const own = (await world.ask(short, '{ viewer { tokens(first: 1) { nodes { expiresAt } } } }'))
      .data.viewer.tokens.nodes[0].expiresAt;

    const unsaid = await create(short, {});
    const later = await create(short, { days: 11 });
    const muchLater = await create(short, { expiresAt: new Date(days(11)) });
    const sooner = await create(short, { days: 9 });

    expect(unsaid.token.expiresAt).toBe(own);
    expect(later.userErrors).toMatchObject([{ path: ['input', 'days'] }]);
    expect(muchLater.userErrors).toMatchObject([{ path: ['input', 'expiresAt'] }]);
    expect(sooner.userErrors).toEqual([]);
    // Nor does what it made.
    const grandchild = await create(
      (await create(short, { scopes: ['ACCOUNT'], days: 2 })).secret,
      { days: 3 },
    );
    expect(grandchild.userErrors).toMatchObject([{ path: ['input', 'days'] }]);
  });
});

describe('tokens', () => {
  const fill = (id: string, count: number, change = '') =>
    world.sql(
      `insert into tokens (id, user_id, name, hash, expires_at, revoked_at)
       select gen_random_uuid(), $1, 'x', sha256(gen_random_uuid()::text::bytea),
         now() + interval '1 day' ${change || ', null'} from generate_series(1, $2)`,
      [id, count],
    );

  it('are 50 at most, of those that live; also when two are made at once', async () => {
    const { id, token } = await world.makeUser();
    await fill(id, 60, ', now()');
    await fill(id, 48);

    const made = await Promise.all(Array.from({ length: 5 }, () => create(token, {})));

    expect(made.filter((it) => it.secret)).toHaveLength(1);
    expect(made.filter((it) => !it.secret).map((it) => it.userErrors)).toEqual(
      Array.from({ length: 4 }, () => [
        { code: 'CONFLICT', path: ['input'], message: expect.stringContaining('Revoke one') },
      ]),
    );
    const [{ id: one }] = await world.sql(
      `select id from tokens where user_id = $1 and revoked_at is null and name <> 'test' limit 1`,
      [id],
    );
    await world.sql('update tokens set revoked_at = now() where id = $1', [one]);
    expect((await create(token, {})).secret).toBeTruthy();
  });

  it('are 50 at most, too, when the last of them is being made somewhere else', async () => {
    const { id, token } = await world.makeUser();
    await fill(id, 48);
    const elsewhere = new pg.Client({ connectionString: world.databaseUrl });
    await elsewhere.connect();
    await elsewhere.query('begin');
    await elsewhere.query('select 1 from users where id = $1 for no key update', [id]);
    const made = create(token, {});
    await vi.waitFor(async () => {
      const waiting = await world.sql(
        `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      expect(waiting).toHaveLength(1);
    }, 10_000);
    await elsewhere.query(
      `insert into tokens (id, user_id, name, hash, expires_at)
       values (gen_random_uuid(), $1, 'last', sha256('last'), now() + interval '1 day')`,
      [id],
    );
    await elsewhere.query('commit');
    await elsewhere.end();

    expect((await made).userErrors).toMatchObject([{ code: 'CONFLICT' }]);
  });

  it('are made 20 times an hour, and somebody else’s all the while', async () => {
    const { token } = await world.makeUser();
    const other = await world.makeUser();

    for (let n = 0; n < 20; n++) expect((await create(token, {})).secret).toBeTruthy();
    const { errors } = await world.ask(token, createMutation, { input: { name: 'x', scopes: [] } });

    expect(errors).toMatchObject([
      { extensions: { code: 'RATE_LIMITED', retryAfter: expect.any(Number) } },
    ]);
    expect((await create(other.token, {})).secret).toBeTruthy();
  });
});

describe('revokeToken', () => {
  const revoke = (token: string | undefined, tokenId: string) =>
    world.ask(token, revokeMutation, { tokenId });

  it('ends a token in the very next request, and only once', async () => {
    const user = await world.makeUser();
    const made = await create(user.token, {});
    const before = await world.ask(made.secret, '{ viewer { username } }');

    const first = await revoke(user.token, made.token.id);
    const after = await world.ask(made.secret, '{ viewer { username } }');
    const again = await revoke(user.token, made.token.id);

    expect(before.data.viewer.username).toBe(user.username);
    expect(after.status).toBe(401);
    expect(first.data.revokeToken).toEqual({
      token: { id: made.token.id, revokedAt: expect.any(String) },
      userErrors: [],
    });
    expect(again.data).toEqual(first.data);
    expect((await eventsOf(user)).map((it) => it.act)).toEqual(['token.created', 'token.revoked']);
  });

  it('ends the one that it is asked by', async () => {
    const { token } = await world.makeUser();
    const { data } = await world.ask(token, '{ viewer { tokens { nodes { id isCurrent } } } }');

    await revoke(token, data.viewer.tokens.nodes[0].id);

    expect(data.viewer.tokens.nodes).toMatchObject([{ isCurrent: true }]);
    expect((await world.ask(token, '{ viewer { id } }')).status).toBe(401);
  });

  it('is for its owner and for administrators, who are written down', async () => {
    const [owner, stranger] = [await world.makeUser(), await world.makeUser()];
    const made = await create(owner.token, {});

    const theirs = await revoke(stranger.token, made.token.id);
    const alive = await world.ask(made.secret, '{ viewer { id } }');
    await revoke(world.admin, made.token.id);

    expect(theirs.data.revokeToken).toEqual({
      token: null,
      userErrors: [{ code: 'NOT_FOUND', path: ['input', 'tokenId'] }],
    });
    expect(alive.status).toBe(200);
    expect((await world.ask(made.secret, '{ viewer { id } }')).status).toBe(401);
    const [event] = await world.sql(
      `select u.username, e.details from audit_events e join users u on u.id::text = e.actor_id
       where act = 'token.revoked' order by e.id desc limit 1`,
    );
    expect(event).toMatchObject({ username: 'the-administrator', details: { user: owner.id } });
  });

  it.each([
    ['that nobody has', () => toGlobalId('Token', newId())],
    ['of something else', () => toGlobalId('User', newId())],
    ['that is none', () => 'tok_x'],
  ])('finds nothing by an id %s', async (_, id) => {
    const { data } = await revoke(world.admin, id());

    expect(data.revokeToken.userErrors).toEqual([
      { code: 'NOT_FOUND', path: ['input', 'tokenId'] },
    ]);
  });
});

describe('updateToken', () => {
  it('is for its owner alone', async () => {
    const [owner, stranger] = [await world.makeUser(), await world.makeUser()];
    const { token } = await create(owner.token, {});
    const rename = (by: string, name: string) =>
      world.ask(by, updateMutation, { tokenId: token.id, name });

    const own = await rename(owner.token, 'desktop');
    const same = await rename(owner.token, 'desktop');
    const empty = await rename(owner.token, ' ');
    const theirs = await rename(stranger.token, 'stolen');
    const admin = await rename(world.admin, 'watched');

    expect(own.data.updateToken.token).toEqual({ id: token.id, name: 'desktop' });
    expect(same.data).toEqual(own.data);
    expect(empty.data.updateToken.userErrors).toMatchObject([{ path: ['input', 'name'] }]);
    expect(theirs.data.updateToken.userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
    expect(admin.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    expect((await eventsOf(owner)).map((it) => [it.act, it.details.name])).toEqual([
      ['token.created', 'laptop'],
      ['token.updated', 'desktop'],
    ]);
  });
});

describe('who sees a token', () => {
  it('is its owner and who administers, by every way there is', async () => {
    const [owner, stranger] = [await world.makeUser(), await world.makeUser()];
    const made = await create(owner.token, {});
    const moderator = await tokenOf('the-administrator', ['MODERATE', 'SYNC', 'ACCOUNT']);
    const query = `query ($user: ID!, $token: ID!) {
      user: node(id: $user) { ... on User { tokens { totalCount nodes { id } edges { node { name } } } } }
      node(id: $token) { ... on Token { name user { username } } }
      nodes(ids: [$token]) { id }
    }`;
    const ask = async (token: string | undefined) =>
      (
        await world.ask(token, query, {
          user: toGlobalId('User', owner.id),
          token: made.token.id,
        })
      ).data;
    const seen = (it: {
      user: { tokens: { totalCount: number } } | null;
      node: object | null;
      nodes: object[];
    }) => [it.user?.tokens.totalCount, it.node, it.nodes[0] !== null];

    const whole = [2, { name: 'laptop', user: { username: owner.username } }, true];
    expect(seen(await ask(owner.token))).toEqual(whole);
    expect(seen(await ask(world.admin))).toEqual(whole);
    expect(seen(await ask(stranger.token))).toEqual([0, null, false]);
    expect(seen(await ask(moderator))).toEqual([0, null, false]);
    expect(seen(await ask(undefined))).toEqual([undefined, null, false]);
  });
});

describe('a token that ends soon', () => {
  const header = 'collegium-token-expires';

  it.each([
    [13, true],
    [15, false],
  ])('in %i days: its answers say so, %s', async (inDays, isTold) => {
    const { id, token } = await world.makeUser();
    const [{ expires_at: end }] = await world.sql(
      `update tokens set expires_at = now() + make_interval(days => $2) where user_id = $1 returning expires_at`,
      [id, inDays],
    );

    const { headers } = await askBy(world.url, bearer(token), '{ viewer { id } }');

    expect(headers.get(header)).toBe(isTold ? end.toISOString() : null);
  });

  it('says nothing to browsers, and to nobody', async () => {
    const session = await signIn(world, (await world.makeUser()).id);

    for (const headers of [session, {}]) {
      const answer = await askBy(world.url, headers, '{ viewer { id } }');
      expect(answer.headers.get(header)).toBeNull();
    }
  });
});
