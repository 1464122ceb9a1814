import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/ids.ts';
import { allRows, signIn, viewerBy } from '../credentials/kit.ts';
import { startWorld, type World } from '../helpers/world.ts';
import {
  act,
  auditOf,
  done,
  giveRole,
  join,
  known,
  type Loose,
  makePerson,
  makePlace,
  mergeAs,
  type Person,
  refusals,
} from './kit.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
});
afterAll(() => world.stop());

const two = async () => [await makePerson(world), await makePerson(world)] as const;
const set = (person: Person, columns: Record<string, unknown>) =>
  world.sql(
    `update users set ${Object.keys(columns).map((it, n) => `${it} = $${n + 2}`)} where id = $1`,
    [person.uuid, ...Object.values(columns)],
  );
const userOf = async ({ uuid }: Person) =>
  (await world.sql('select * from users where id = $1', [uuid]))[0];
const kinds = (plan: Loose) => plan.changes.map((it: Loose) => it.kind).sort();
const preview = (from: Person, into: Person, by = world.admin) =>
  act(world, by, 'previewMerge', { fromUserId: from.id, intoUserId: into.id });

describe('mergeUsers', () => {
  it('moves everything that is the one account’s, and closes it', async () => {
    const [from, into] = await two();
    const identity = await known(world, from, 'orcid');
    const { role } = await giveRole(world, from);
    const place = await makePlace(world, [from]);
    const [request, event, mail, run] = [newId(), newId(), newId(), newId()];
    const asked = await makePlace(world, []);
    await world.sql(
      `insert into requests (id, kind, community_id, user_id, created_by_id, level)
       values ($1, 'MEMBERSHIP', $2, $3, $3, 'READER')`,
      [request, asked.uuid, from.uuid],
    );
    await world.sql(
      `insert into request_events (id, request_id, kind, author_id, content) values ($1, $2, 'COMMENT', $3, 'Hi')`,
      [event, request, from.uuid],
    );
    await world.sql(
      `insert into mails (id, user_id, kind, subject, body) values ($1, $2, 'INVITATION_SUBMITTED', 'S', 'B')`,
      [mail, from.uuid],
    );
    await world.sql(
      `insert into sync_runs (id, idp, kind, remote_id, requested, trigger, outcome, user_id)
       values ($1, 'myCommons', 'USER', 'x', 1, 'REQUEST', 'UNCHANGED', $2)`,
      [run, from.uuid],
    );
    const removed = await makePlace(world, []);
    await world.sql('update communities set removed_by_id = $1 where id = $2', [
      from.uuid,
      removed.uuid,
    ]);
    const session = await signIn(world, from.uuid);
    const former = await makePerson(world);
    await mergeAs(world, world.admin, former, from);

    const { merged } = await mergeAs(world, world.admin, from, into);

    expect(kinds(merged)).toEqual([
      ...['DOORS_CLOSED', 'DOORS_CLOSED', 'IDENTITY_MOVED', 'MEMBER_MOVED', 'ROLE_MOVED'],
      ...Array(7).fill('ROWS_MOVED'),
    ]);
    for (const [table, column, id] of [
      ['identities', 'user_id', identity.uuid],
      ['requests', 'user_id', request],
      ['requests', 'created_by_id', request],
      ['request_events', 'author_id', event],
      ['mails', 'user_id', mail],
      ['sync_runs', 'user_id', run],
      ['communities', 'removed_by_id', removed.uuid],
      ['users', 'merged_into_id', former.uuid],
      ['users', 'merged_into_id', from.uuid],
    ]) {
      const [row] = await world.sql(`select ${column} as id from ${table} where id = $1`, [id]);
      expect({ table, column, id: row.id }).toEqual({ table, column, id: into.uuid });
    }
    expect(
      await world.sql('select level from members where community_id = $1 and user_id = $2', [
        place.uuid,
        into.uuid,
      ]),
    ).toEqual([{ level: 'OWNER' }]);
    expect(
      await world.sql('select role_id, source from assignments where user_id = $1', [into.uuid]),
    ).toEqual([{ role_id: role, source: 'myCommons' }]);
    expect(await userOf(from)).toMatchObject({ state: 'DEACTIVATED', username: from.username });
    expect(await viewerBy(world.url, session)).toBeNull();
    expect((await world.ask(from.token, '{ viewer { username } }')).status).toBe(401);
  });

  it('fills what is empty, and takes the address from the account that is closed', async () => {
    const [from, into] = await two();
    const verified = new Date('2026-01-02T03:04:05.678Z');
    await set(from, {
      full_name: 'Jane Doe',
      given_name: 'Jane',
      email: 'jane@example.org',
      email_verified_at: verified,
      orcid: '0000-0002-1825-0097',
      name_parts: { given: 'Jane', suffix: 'Jr.' },
      locale: 'de',
      locked_fields: ['orcid', 'locale'],
    });
    await set(into, { locale: 'fr' });

    await mergeAs(world, world.admin, from, into);

    expect(await userOf(into)).toMatchObject({
      full_name: 'Jane Doe',
      given_name: 'Jane',
      email: 'jane@example.org',
      email_verified_at: verified,
      orcid: '0000-0002-1825-0097',
      name_parts: { given: 'Jane', suffix: 'Jr.' },
      locale: 'fr',
      locked_fields: ['orcid'],
    });
    expect((await userOf(from)).email).toBeNull();
  });

  it('makes no name of two, and vouches for no other address', async () => {
    const [from, into] = await two();
    await set(from, {
      full_name: 'Jane Doe',
      given_name: 'Jane',
      email: 'jane@a.example',
      email_verified_at: new Date(),
    });
    await set(into, { family_name: 'Roe', email: 'jane@b.example' });

    const { merged } = await mergeAs(world, world.admin, from, into);

    expect(kinds(merged)).toEqual(['DOORS_CLOSED', 'FIELD_CLEARED']);
    expect(await userOf(into)).toMatchObject({
      full_name: null,
      family_name: 'Roe',
      email: 'jane@b.example',
      email_verified_at: null,
    });
  });

  it('keeps the higher level, and an invitation rather than the same question', async () => {
    const [from, into] = await two();
    const [higher, lower] = [await makePlace(world, []), await makePlace(world, [])];
    await join(world, higher.uuid, from, 'MANAGER');
    await join(world, higher.uuid, into, 'READER');
    await join(world, lower.uuid, from, 'READER');
    const kept = await join(world, lower.uuid, into, 'CURATOR');
    const place = await makePlace(world, []);
    const ask = async (person: Person, kind: string, community: string, level: string) => {
      const id = newId();
      await world.sql(
        'insert into requests (id, kind, community_id, user_id, level) values ($1, $2, $3, $4, $5)',
        [id, kind, community, person.uuid, level],
      );
      return id;
    };
    const invitation = await ask(from, 'INVITATION', place.uuid, 'CURATOR');
    const question = await ask(into, 'MEMBERSHIP', place.uuid, 'READER');
    const moot = await ask(into, 'INVITATION', higher.uuid, 'CURATOR');
    const more = await ask(into, 'INVITATION', lower.uuid, 'OWNER');

    await mergeAs(world, world.admin, from, into);

    const members = await world.sql(
      'select id, community_id, level from members where user_id = $1',
      [into.uuid],
    );
    expect(new Map(members.map((it) => [it.community_id, it.level]))).toEqual(
      new Map([
        [higher.uuid, 'MANAGER'],
        [lower.uuid, 'CURATOR'],
      ]),
    );
    expect(members.map((it) => it.id)).toContain(kept);
    const states = await world.sql('select id, state, user_id from requests where id = any($1)', [
      [invitation, question, moot, more],
    ]);
    expect(new Map(states.map((it) => [it.id, it.state]))).toEqual(
      new Map([
        [invitation, 'SUBMITTED'],
        [question, 'CANCELLED'],
        [moot, 'CANCELLED'],
        [more, 'SUBMITTED'],
      ]),
    );
    expect(new Set(states.map((it) => it.user_id))).toEqual(new Set([into.uuid]));
  });

  it('is refused as done when it is asked for again', async () => {
    const [from, into] = await two();
    const { previewed } = await mergeAs(world, world.admin, from, into);
    const again = { fromUserId: from.id, intoUserId: into.id, expectedPlan: previewed.key };

    const answer = await act(world, world.admin, 'mergeUsers', again);

    expect(answer.userErrors).toMatchObject([
      { code: 'CONFLICT', message: `The account was merged into ${into.username} already.` },
    ]);
    expect(refusals(await preview(into, from))).toEqual(['CONFLICT intoUserId']);
    expect(refusals(await act(world, world.admin, 'activateUser', { userId: from.id }))).toEqual([
      'CONFLICT userId',
    ]);
  });

  it('does nothing but what was previewed', async () => {
    const [from, into] = await two();
    const ids = { fromUserId: from.id, intoUserId: into.id };
    const { plan } = await done(world, world.admin, 'previewMerge', ids);
    await makePlace(world, [from]);

    const answer = await act(world, world.admin, 'mergeUsers', { ...ids, expectedPlan: plan.key });

    expect(refusals(answer)).toEqual(['CONFLICT expectedPlan']);
    expect((await userOf(from)).state).toBe('ACTIVE');
  });

  it('writes nothing when it previews', async () => {
    const [from, into] = await two();
    await makePlace(world, [from]);
    const token = (await makePerson(world, 'ADMINISTER')).token;
    await world.ask(token, '{ viewer { id } }');
    const before = await allRows(world);

    await done(world, token, 'previewMerge', { fromUserId: from.id, intoUserId: into.id });

    expect(await allRows(world)).toBe(before);
  });

  it('is written down on both sides, with what it takes to undo it', async () => {
    const [from, into] = await two();
    await set(from, { email: `${from.username}@example.org` });
    const identity = await known(world, from, 'orcid');

    await mergeAs(world, world.admin, from, into);

    for (const [person, actName, other] of [
      [from, 'user.merged_into', { into: into.uuid }],
      [into, 'user.merged', { from: from.uuid }],
    ] as const) {
      const event = (await auditOf(world, person)).find((it) => it.act === actName);
      expect(event.details).toMatchObject(other);
      expect(event.details.changes).toContainEqual({
        kind: 'IDENTITY_MOVED',
        identityId: identity.uuid,
        idp: 'orcid',
        subject: identity.subject,
      });
      expect(event.details.changes).toContainEqual({
        kind: 'FIELD_CLEARED',
        field: 'email',
        before: `${from.username}@example.org`,
        after: null,
      });
    }
  });

  it('keeps the username of the closed account, whom only those who moderate see', async () => {
    const [from, into] = await two();
    await mergeAs(world, world.admin, from, into);
    const see = async (token: string) =>
      (
        await world.ask(
          token,
          'query ($n: String!, $id: ID!) { user(username: $n) { state mergedInto { username } } node(id: $id) { id } }',
          { n: from.username, id: from.id },
        )
      ).data;
    const moderator = await makePerson(world, 'MODERATE');

    expect(await see(moderator.token)).toEqual({
      user: { state: 'DEACTIVATED', mergedInto: { username: into.username } },
      node: { id: from.id },
    });
    expect(await see(into.token)).toEqual({ user: null, node: null });
    await expect(world.makeUser(from.username.toUpperCase())).rejects.toThrow();
  });
});

describe('what stands in the way of a merge', () => {
  it('is a service that knows both, as two people', async () => {
    const [from, into] = await two();
    for (const it of [from, into]) await known(world, it, 'knowledgeCommons');

    const { userErrors } = await preview(from, into);

    expect(userErrors).toMatchObject([{ code: 'CONFLICT', path: ['input', 'fromUserId'] }]);
    expect(userErrors[0]?.message).toContain('knowledgeCommons');
  });

  it('is not a service that forgot one of the two: that identity is left behind', async () => {
    for (const forgotten of [0, 1]) {
      const pair = await two();
      const identities = [
        await known(world, pair[0], 'knowledgeCommons'),
        await known(world, pair[1], 'knowledgeCommons'),
      ];
      await world.sql('update identities set gone_at = now() where id = $1', [
        identities[forgotten]?.uuid,
      ]);

      await mergeAs(world, world.admin, ...pair);

      const held = await world.sql('select id, user_id from identities where id = any($1)', [
        identities.map((it) => it.uuid),
      ]);
      expect(new Map(held.map((it) => [it.id, it.user_id]))).toEqual(
        new Map([
          [identities[forgotten]?.uuid, pair[0].uuid],
          [identities[1 - forgotten]?.uuid, pair[1].uuid],
        ]),
      );
    }
  });

  it('is not a service that forgot somebody and knows neither: its identity goes along', async () => {
    const [from, into] = await two();
    const forgotten = await known(world, from, 'knowledgeCommons');
    await world.sql('update identities set gone_at = now() where id = $1', [forgotten.uuid]);

    const { merged } = await mergeAs(world, world.admin, from, into);

    expect(kinds(merged)).toEqual(['DOORS_CLOSED', 'IDENTITY_MOVED']);
  });

  it('is not a place where both only sign in', async () => {
    const [from, into] = await two();
    for (const it of [from, into]) await known(world, it, 'orcid');

    await mergeAs(world, world.admin, from, into);

    const [{ count }] = await world.sql('select count(*)::int from identities where user_id = $1', [
      into.uuid,
    ]);
    expect(count).toBe(2);
  });

  it('is an account that is closed and is to stay, or the same twice', async () => {
    const [from, into] = await two();
    await set(into, { state: 'SUSPENDED' });

    expect(refusals(await preview(from, into))).toEqual(['CONFLICT intoUserId']);
    expect(refusals(await preview(from, from))).toEqual(['CONFLICT intoUserId']);
    expect(refusals(await preview(into, from))).toEqual([]);
  });

  it('is that it is one’s own account', async () => {
    const [admin, other] = [await makePerson(world, 'ADMINISTER'), await makePerson(world)];

    expect(refusals(await preview(admin, other, admin.token))).toEqual(['FORBIDDEN']);
    expect(refusals(await preview(other, admin, admin.token))).toEqual(['FORBIDDEN']);
  });
});
