import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Actor } from '../../src/actor.ts';
import { signToken } from '../../src/credentials/signing.ts';
import { createToken } from '../../src/credentials/tokens.ts';
import { forget } from '../../src/credentials/upkeep.ts';
import { newId, toGlobalId } from '../../src/ids.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { ed, pemOf } from './forge.ts';
import { askBy, bearer, forgetLimits, makeIdentity, signIn, viewerBy } from './kit.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({
    isWorking: false,
    env: { SIGNING_KEY: pemOf(ed().privateKey), SESSION_IDLE_HOURS: '8', SESSION_DAYS: '7' },
  });
});
afterAll(() => world.stop());
beforeEach(() => forgetLimits(world));

const sessionsQuery = `{ viewer { sessions { totalCount nodes {
  id createdAt lastSeenAt endsAt ip userAgent isCurrent user { username } identity { idp subject }
} } } }`;
const endMutation = `mutation ($sessionId: ID!) { endSession(input: { sessionId: $sessionId }) {
  sessionId userErrors { code path }
} }`;
const othersMutation = `mutation ($input: EndOtherSessionsInput!) { endOtherSessions(input: $input) {
  user { username } endedCount revokedCount userErrors { code path }
} }`;

type By = Record<string, string>;
const sessionsBy = async (by: By) =>
  (await askBy(world.url, by, sessionsQuery)).data.viewer.sessions.nodes;
const currentOf = async (by: By): Promise<string> =>
  (await sessionsBy(by)).find((it: { isCurrent: boolean }) => it.isCurrent).id;
const end = (by: By, sessionId: string) => askBy(world.url, by, endMutation, { sessionId });
const endOthers = (by: By, input: object = {}) => askBy(world.url, by, othersMutation, { input });
const viewers = (all: By[]) => Promise.all(all.map((it) => viewerBy(world.url, it)));
const uuidOfCookie = async (id: string) =>
  (await world.sql('select id from sessions where user_id = $1 order by id desc', [id]))[0].id;

describe('sessions', () => {
  it('are told with when, where and by which identity they began', async () => {
    const { id, username } = await world.makeUser();
    const identity = await makeIdentity(world, id, username);
    await signIn(world, id);
    const by = await signIn(world, id, identity);

    const nodes = await sessionsBy(by);

    const told = {
      id: expect.stringMatching(/^ses_/),
      createdAt: expect.any(String),
      lastSeenAt: expect.any(String),
      endsAt: expect.any(String),
      ip: '192.0.2.1',
      userAgent: 'Mozilla/5.0',
      user: { username },
    };
    expect(nodes).toEqual([
      { ...told, isCurrent: true, identity: { idp: 'knowledgeCommons', subject: username } },
      { ...told, isCurrent: false, identity: null },
    ]);
    const life = Date.parse(nodes[0].endsAt) - Date.now();
    expect(Math.abs(life - 7 * 86_400_000)).toBeLessThan(60_000);
  });

  it.each([
    ['was not used for eight hours', `last_seen_at = now() - interval '8 hours 1 second'`],
    ['has ended', 'ends_at = now()'],
  ])('that %s let nobody in, and are not there', async (_, change) => {
    const { id } = await world.makeUser();
    const by = await signIn(world, id);
    const other = await signIn(world, id);
    await world.sql(`update sessions set ${change} where id = $1`, [await uuidOfCookie(id)]);

    expect(await viewerBy(world.url, other)).toBeNull();
    expect(await sessionsBy(by)).toHaveLength(1);
    const gone = toGlobalId('Session', await uuidOfCookie(id));
    const { data } = await askBy(world.url, by, `{ node(id: "${gone}") { id } }`);
    expect(data.node).toBeNull();
    expect((await end(by, gone)).data.endSession.userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
  });

  it('are seen by their owner and by who administers, by every way there is', async () => {
    const [owner, stranger] = [await world.makeUser(), await world.makeUser()];
    await signIn(world, owner.id);
    const [user, session] = [
      toGlobalId('User', owner.id),
      toGlobalId('Session', await uuidOfCookie(owner.id)),
    ];
    const moderator = await createToken(world.app.begin(Actor.system), {
      username: 'the-administrator',
      name: 'x',
      scopes: ['MODERATE', 'SYNC', 'ACCOUNT'],
    });
    const query = `{
      user: node(id: "${user}") { ... on User { sessions { totalCount nodes { ip } } } }
      node(id: "${session}") { ... on Session { ip } }
    }`;
    const seenBy = async (token: string | undefined) => {
      const { user, node } = (await world.ask(token, query)).data;
      return [user?.sessions.totalCount, node];
    };

    expect(await seenBy(owner.token)).toEqual([1, { ip: '192.0.2.1' }]);
    expect(await seenBy(world.admin)).toEqual([1, { ip: '192.0.2.1' }]);
    expect(await seenBy(stranger.token)).toEqual([0, null]);
    expect(await seenBy(moderator.token)).toEqual([0, null]);
    expect(await seenBy(undefined)).toEqual([undefined, null]);
  });
});

describe('endSession', () => {
  it('ends one in the very next request, and it alone', async () => {
    const { id, username } = await world.makeUser();
    const [one, two] = [await signIn(world, id), await signIn(world, id)];
    const ended = await currentOf(one);

    const { data } = await end(two, ended);

    expect(data.endSession).toEqual({ sessionId: ended, userErrors: [] });
    expect(await viewers([one, two])).toEqual([null, username]);
    expect((await end(two, ended)).data.endSession).toEqual({
      sessionId: null,
      userErrors: [{ code: 'NOT_FOUND', path: ['input', 'sessionId'] }],
    });
    expect(
      await world.sql(
        `select act, via, ip, details from audit_events where actor_id = $1 and act like 'session.%'`,
        [id],
      ),
    ).toEqual([{ act: 'session.ended', via: 'SESSION', ip: '127.0.0.1', details: { user: id } }]);
  });

  it('ends the one that it is asked by', async () => {
    const by = await signIn(world, (await world.makeUser()).id);

    await end(by, await currentOf(by));

    expect(await viewerBy(world.url, by)).toBeNull();
  });

  it('is for its owner and for administrators', async () => {
    const [owner, stranger] = [await world.makeUser(), await world.makeUser()];
    const by = await signIn(world, owner.id);
    const id = await currentOf(by);

    const theirs = await end(bearer(stranger.token), id);
    const before = await viewerBy(world.url, by);
    const admins = await end(bearer(world.admin), id);

    expect(theirs.data.endSession.userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
    expect(before).toBe(owner.username);
    expect(admins.data.endSession.userErrors).toEqual([]);
    expect(await viewerBy(world.url, by)).toBeNull();
  });
});

describe('endOtherSessions', () => {
  it('signs one out everywhere else; tokens go on', async () => {
    const [user, other] = [await world.makeUser(), await world.makeUser()];
    const all = [await signIn(world, user.id), await signIn(world, user.id)];
    const [by, theirs] = [await signIn(world, user.id), await signIn(world, other.id)];

    const { data } = await endOthers(by);

    expect(data.endOtherSessions).toEqual({
      user: { username: user.username },
      endedCount: 2,
      revokedCount: 0,
      userErrors: [],
    });
    expect(await viewers([...all, by, bearer(user.token), theirs])).toEqual([
      null,
      null,
      user.username,
      user.username,
      other.username,
    ]);
    expect(
      await world.sql(
        `select details from audit_events where act = 'user.signed_out' and subject_id = $1`,
        [user.id],
      ),
    ).toEqual([{ details: { sessions: 2, tokens: 0 } }]);
  });

  it('with tokens, ends all else that lets one in', async () => {
    const user = await world.makeUser();
    const jwt = await signToken(world.app.begin(Actor.system), { username: user.username });
    const [other, by] = [await signIn(world, user.id), await signIn(world, user.id)];
    const ways = [other, bearer(user.token), bearer(jwt), by];
    const before = await viewers(ways);

    const { data } = await endOthers(by, { withTokens: true });

    expect(data.endOtherSessions).toMatchObject({ endedCount: 1, revokedCount: 1 });
    expect(before).toEqual(ways.map(() => user.username));
    expect(await viewers(ways)).toEqual([null, 401, 401, user.username]);
  });

  it('with tokens, leaves the one that it is asked by', async () => {
    const user = await world.makeUser();
    const { token: other } = await createToken(world.app.begin(Actor.system), {
      username: user.username,
      name: 'x',
    });
    const session = await signIn(world, user.id);

    await endOthers(bearer(user.token), { withTokens: true });

    expect(await viewers([bearer(user.token), bearer(other), session])).toEqual([
      user.username,
      401,
      null,
    ]);
  });

  it('leaves no token that is made at the same time', async () => {
    const user = await world.makeUser();
    const by = await signIn(world, user.id);
    const make = 'mutation { createToken(input: { name: "x", scopes: [] }) { secret } }';

    const [made] = await Promise.all([
      Promise.all(Array.from({ length: 8 }, () => askBy(world.url, bearer(user.token), make))),
      endOthers(by, { withTokens: true }),
    ]);

    const secrets = made.flatMap((it) => it.data?.createToken?.secret ?? []);
    expect(await viewers(secrets.map(bearer))).toEqual(secrets.map(() => 401));
  });

  it('of others is for administrators, and ends all of them', async () => {
    const [user, stranger] = [await world.makeUser(), await world.makeUser()];
    const userId = toGlobalId('User', user.id);
    const by = await signIn(world, user.id);

    const theirs = await endOthers(bearer(stranger.token), { userId });
    const nobodys = await endOthers({}, { userId });
    const before = await viewerBy(world.url, by);
    const own = await endOthers(bearer(user.token), { userId });
    const again = await signIn(world, user.id);
    const admins = await endOthers(bearer(world.admin), { userId, withTokens: true });

    expect(theirs.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    expect(nobodys.errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
    expect(before).toBe(user.username);
    expect(own.data.endOtherSessions).toMatchObject({ endedCount: 1 });
    expect(admins.data.endOtherSessions).toMatchObject({ endedCount: 1, revokedCount: 1 });
    expect(await viewers([by, again, bearer(user.token), bearer(world.admin)])).toEqual([
      null,
      null,
      401,
      'the-administrator',
    ]);
  });

  it('finds nobody who is not there, or hides', async () => {
    const [user, hidden] = [await world.makeUser(), await world.makeUser()];
    await world.sql(`update users set visibility = 'RESTRICTED' where id = $1`, [hidden.id]);

    for (const userId of [toGlobalId('User', newId()), toGlobalId('User', hidden.id), 'x']) {
      const { data } = await endOthers(bearer(user.token), { userId });
      expect(data.endOtherSessions.userErrors).toEqual([
        { code: 'NOT_FOUND', path: ['input', 'userId'] },
      ]);
    }
  });
});

describe('upkeep', () => {
  it('forgets sessions that have ended and tokens that have long been dead', async () => {
    const user = await world.makeUser();
    const alive = await signIn(world, user.id);
    for (const change of ['ends_at = now()', `last_seen_at = now() - interval '9 hours'`]) {
      await signIn(world, user.id);
      await world.sql(`update sessions set ${change} where id = $1`, [await uuidOfCookie(user.id)]);
    }
    const { retentionDays } = world.app.begin().config;
    const insert = (revoked: string, expires: string) =>
      world.sql(
        `insert into tokens (id, user_id, name, hash, revoked_at, expires_at)
         values (gen_random_uuid(), $1, 'dead', sha256(gen_random_uuid()::text::bytea), ${revoked}, ${expires})`,
        [user.id],
      );
    const ago = (days: number) => `now() - make_interval(days => ${days})`;
    await insert('null', ago(retentionDays + 1));
    await insert(ago(retentionDays + 1), 'now() + make_interval(days => 9)');
    await insert(ago(retentionDays - 1), ago(retentionDays - 1));

    await forget(world.app.begin(Actor.system));

    expect(await sessionsBy(alive)).toHaveLength(1);
    expect(await world.sql('select 1 from sessions where user_id = $1', [user.id])).toHaveLength(1);
    expect(
      await world.sql('select name from tokens where user_id = $1 order by id', [user.id]),
    ).toEqual(expect.arrayContaining([{ name: 'test' }, { name: 'dead' }]));
    expect(await world.sql('select 1 from tokens where user_id = $1', [user.id])).toHaveLength(2);
  });
});
