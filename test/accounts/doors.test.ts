import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Actor } from '../../src/actor.ts';
import { createSignInLink } from '../../src/signin/links/sign-in-links.ts';
import { ec, es256, forge, inSeconds, pemOf } from '../credentials/forge.ts';
import {
  askBy,
  bearer,
  makeIdentity,
  signIn,
  startIssuersWorld,
  viewerBy,
} from '../credentials/kit.ts';
import type { World } from '../helpers/world.ts';
import { done, join, makePerson, makePlace, type Person } from './kit.ts';

const issuer = 'https://issuer.test';
const keys = ec();

let world: World;
beforeAll(async () => {
  world = await startIssuersWorld({
    [issuer]: {
      idp: 'knowledgeCommons',
      audience: 'collegium',
      public_key: pemOf(keys.publicKey),
      algorithms: ['ES256'],
    },
  });
});
afterAll(() => world.stop());

const jwtOf = (subject: string, seconds = 0) =>
  forge(
    { alg: 'ES256', typ: 'JWT' },
    { iss: issuer, aud: 'collegium', sub: subject, iat: inSeconds(seconds), exp: inSeconds(600) },
    es256(keys),
  );

/** Everything that can let somebody in. */
async function openDoors(person: Person) {
  await makeIdentity(world, person.uuid, person.username);
  const link = await createSignInLink(world.app.begin(Actor.system), person.username);
  return {
    token: bearer(person.token),
    session: await signIn(world, person.uuid),
    jwt: bearer(jwtOf(person.username)),
    link: new URL(link).searchParams.get('token') ?? '',
  };
}

/** Follows a link and says yes. */
const follow = (token: string) =>
  fetch(`${world.url}/sign-in/link`, {
    method: 'POST',
    headers: { origin: world.app.begin().config.publicUrl, 'sec-fetch-site': 'same-origin' },
    body: new URLSearchParams({ token }),
    redirect: 'manual',
  });

const isIn = async ({ token, session, jwt }: Awaited<ReturnType<typeof openDoors>>) =>
  Promise.all([token, session, jwt].map((it) => viewerBy(world.url, it)));

describe('deactivateUser', () => {
  it('closes every door in the very next request', async () => {
    const jane = await makePerson(world);
    const doors = await openDoors(jane);
    expect(await isIn(doors)).toEqual([jane.username, jane.username, jane.username]);
    await world.sql(
      `insert into sign_ins (id, hash, provider, checks, return_to, user_id, expires_at)
       values (gen_random_uuid(), '\\x01', 'orcid', '{}', '/', $1, now() + interval '1 hour')`,
      [jane.uuid],
    );

    await done(world, world.admin, 'deactivateUser', { userId: jane.id });

    const since = Date.now();
    expect(await isIn(doors)).toEqual([401, null, 401]);
    const { status, headers } = await follow(doors.link);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(headers.getSetCookie().filter((it) => it.startsWith('__Host-sid='))).toEqual([]);
    expect(Date.now() - since).toBeLessThan(1_000);
    const kept = await world.sql(
      `select user_id from links where user_id = $1 union all select user_id from sign_ins where user_id = $1
       union all select user_id from sessions where user_id = $1
       union all select user_id from tokens where user_id = $1 and revoked_at is null`,
      [jane.uuid],
    );
    expect(kept).toEqual([]);
  });

  it('leaves the doors of others open', async () => {
    const [jane, john] = [await makePerson(world), await makePerson(world)];
    const doors = await openDoors(john);

    await done(world, world.admin, 'deactivateUser', { userId: jane.id });

    expect(await isIn(doors)).toEqual([john.username, john.username, john.username]);
    expect((await follow(doors.link)).status).toBe(303);
  });

  it('stops a request that is under way and waits', async () => {
    const [jane, owner] = [await makePerson(world), await makePerson(world)];
    const place = await makePlace(world, [owner]);
    await join(world, place.uuid, jane, 'OWNER');
    const holder = new pg.Client({ connectionString: world.databaseUrl });
    await holder.connect();
    await holder.query('begin');
    await holder.query('select from communities where id = $1 for update', [place.uuid]);
    const renamed = askBy(
      world.url,
      bearer(jane.token),
      `mutation ($id: ID!) { updateCommunity(input: { communityId: $id, title: "Mine" }) {
        userErrors { code } } }`,
      { id: place.id },
    );
    await lockWaits(1);
    // By hand, for closing waits for the community as well.
    await world.sql(`update users set state = 'DEACTIVATED' where id = $1`, [jane.uuid]);
    await holder.query('rollback');
    await holder.end();

    expect((await renamed).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    const [{ title }] = await world.sql('select title from communities where id = $1', [
      place.uuid,
    ]);
    expect(title).not.toBe('Mine');
  });
});

async function lockWaits(count: number) {
  for (const until = Date.now() + 5_000; ; ) {
    const [{ waiting }] = await world.sql(
      `select count(*)::int as waiting from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'`,
    );
    if (waiting >= count) return;
    if (Date.now() > until) throw new Error('nobody waits');
  }
}

describe('activateUser', () => {
  it('lets nothing in that let somebody in before, nor what was made while the account was closed', async () => {
    const jane = await makePerson(world);
    const doors = await openDoors(jane);
    await done(world, world.admin, 'deactivateUser', { userId: jane.id });
    // A sign-in and a request that were under way wrote this after the account was closed.
    const late = await signIn(world, jane.uuid);
    await world.sql('update tokens set revoked_at = null where user_id = $1', [jane.uuid]);
    expect(await viewerBy(world.url, late)).toBeNull();

    await done(world, world.admin, 'activateUser', { userId: jane.id });

    expect(await isIn(doors)).toEqual([401, null, 401]);
    expect(await viewerBy(world.url, late)).toBeNull();
    expect((await follow(doors.link)).status).toBeGreaterThanOrEqual(400);
    const fresh = await signIn(world, jane.uuid);
    expect(await viewerBy(world.url, fresh)).toBe(jane.username);
  });

  it('takes tokens that others sign from then on', async () => {
    const jane = await makePerson(world);
    await openDoors(jane);
    await done(world, world.admin, 'deactivateUser', { userId: jane.id });
    await done(world, world.admin, 'activateUser', { userId: jane.id });
    const jwt = bearer(jwtOf(jane.username));
    expect(await viewerBy(world.url, jwt)).toBe(401);

    // As if a minute had gone by.
    await world.sql(
      `update users set locked_out_at = locked_out_at - interval '1 minute' where id = $1`,
      [jane.uuid],
    );

    expect(await viewerBy(world.url, jwt)).toBe(jane.username);
  });
});
