import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { schema } from '../../src/app.ts';
import { newId, prefixes, toGlobalId } from '../../src/ids.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { assign, type Made, makeCommunity, makeGroup, makeUsers, makeUserWith } from './make.ts';

const ofKind = 'query ($id: ID!) { node(id: $id) { __typename id } }';
const several = 'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }';

let world: World;
/** One thing of each kind, all of them about the same user. */
let things: Record<string, string>;
let owner: Made & { token: string };

beforeAll(async () => {
  world = await startWorld();
  const person = await world.makeUser();
  owner = { uuid: person.id, id: toGlobalId('User', person.id), token: person.token };
  // Whoever does not hide can be seen by everybody who is signed in.
  await world.sql(`update users set visibility = 'RESTRICTED' where id = $1`, [owner.uuid]);
  const { group, role } = await makeGroup(world);
  await assign(world, role, [owner]);
  const community = await makeCommunity(world, { visibility: 'RESTRICTED', users: [owner] });
  const identity = newId();
  await world.sql(
    `insert into identities (id, idp, subject, user_id) values ($1, 'myCommons', 'x', $2)`,
    [identity, owner.uuid],
  );
  const [request, comment, entry, mail] = [newId(), newId(), newId(), newId()];
  const [{ id: token }] = await world.sql('select id from tokens where user_id = $1', [owner.uuid]);
  const session = newId();
  await world.sql(
    `insert into sessions (id, user_id, hash, ends_at) values ($1, $2, '\\x01', now() + interval '1 day')`,
    [session, owner.uuid],
  );
  await world.sql(
    'insert into featured_entries (id, community_id, starts_at) values ($1, $2, now())',
    [entry, community.uuid],
  );
  await world.sql(
    `insert into mails (id, user_id, kind, subject, body) values ($1, $2, 'INVITED', 'S', 'B')`,
    [mail, owner.uuid],
  );
  await world.sql(
    `insert into requests (id, kind, community_id, user_id, level)
     values ($1, 'INVITATION', $2, $3, 'READER')`,
    [request, community.uuid, owner.uuid],
  );
  await world.sql(
    `insert into request_events (id, request_id, kind, content) values ($1, $2, 'COMMENT', 'x')`,
    [comment, request],
  );
  await world.post({
    idp: 'knowledgeCommons',
    updates: { users: [{ id: '1234', event: 'created' }] },
  });
  await world.settled();
  const { data } = await world.ask(
    world.admin,
    `{ syncRuns { nodes { id } } syncStates { nodes { id } }
       webhookDeliveries { nodes { id } } auditLog { nodes { id } } }`,
  );
  // Whoever is shown in a restricted community is shown to its people alone.
  const seen = await makeCommunity(world, {
    visibility: 'RESTRICTED',
    users: await makeUsers(world, 1),
  });
  await world.sql('update members set is_visible = true where community_id = $1', [seen.uuid]);
  const shown = await world.ask(
    world.admin,
    'query ($slug: String!) { community(slug: $slug) { publicMembers { nodes { id } } } }',
    { slug: seen.slug },
  );
  things = {
    User: owner.id,
    Identity: toGlobalId('Identity', identity),
    Group: group.id,
    Role: role.id,
    Community: community.id,
    Member: community.members[0]?.id ?? '',
    PublicMember: shown.data.community.publicMembers.nodes[0].id,
    Token: toGlobalId('Token', token),
    Session: toGlobalId('Session', session),
    FeaturedEntry: toGlobalId('FeaturedEntry', entry),
    Mail: toGlobalId('Mail', mail),
    Request: toGlobalId('Request', request),
    RequestEvent: toGlobalId('RequestEvent', comment),
    SyncRun: data.syncRuns.nodes[0].id,
    SyncState: data.syncStates.nodes[0].id,
    WebhookDelivery: data.webhookDeliveries.nodes[0].id,
    AuditEvent: data.auditLog.nodes[0].id,
  };
});
afterAll(() => world.stop());

const read = async (token: string | undefined, id: string) => {
  const { data, errors } = await world.ask(token, ofKind, { id });
  expect(errors).toBeUndefined();
  return data.node;
};

/** The kinds that GraphQL shows. */
const kinds = Object.keys(prefixes).filter((it) => schema.getType(it));

describe('node', () => {
  it('has a thing here of every kind that there is', () => {
    const node = schema.getType('Node');
    const all = schema.getPossibleTypes(node as never).map((it) => it.name);

    expect(all.sort()).toEqual([...kinds].sort());
    expect(Object.keys(things).sort()).toEqual([...kinds].sort());
  });

  it.each(kinds)('finds a %s by its id', async (kind) => {
    const id = things[kind] ?? '';

    expect(await read(world.admin, id)).toEqual({ __typename: kind, id });
  });

  it.each(kinds)('answers the same for a hidden %s as for one that is not there', async (kind) => {
    const stranger = await world.makeUser();
    const id = things[kind] ?? '';
    const nowhere = toGlobalId(kind as never, newId());

    const answers = [
      await world.ask(stranger.token, ofKind, { id }),
      await world.ask(stranger.token, ofKind, { id: nowhere }),
      await world.ask(undefined, ofKind, { id }),
      await world.ask(undefined, ofKind, { id: nowhere }),
    ];

    expect(answers).toEqual(Array(4).fill({ status: 200, data: { node: null } }));
  });

  it.each([
    ...['User', 'Identity', 'Token', 'Session', 'Group', 'Role', 'Community', 'Member', 'Request'],
    'RequestEvent',
  ])('shows people the %s that is theirs', async (kind) => {
    expect(await read(owner.token, things[kind] ?? '')).toMatchObject({ __typename: kind });
  });

  it.each(['SyncRun', 'SyncState', 'WebhookDelivery'])(
    'shows a %s to those who sync',
    async (kind) => {
      const syncer = await makeUserWith(world, 'SYNC');
      const moderator = await makeUserWith(world, 'MODERATE');

      expect(await read(syncer.token, things[kind] ?? '')).toMatchObject({ __typename: kind });
      expect(await read(moderator.token, things[kind] ?? '')).toBeNull();
    },
  );

  it('hides the members of a community that everybody sees from those outside', async () => {
    const { members } = await makeCommunity(world, { users: await makeUsers(world, 1) });
    const stranger = await world.makeUser();
    const id = members[0]?.id ?? '';

    const seen = [await read(world.admin, id), await read(stranger.token, id)];

    expect(seen).toEqual([{ __typename: 'Member', id }, null]);
  });

  it.each(['FeaturedEntry', 'Mail', 'AuditEvent'])(
    'shows a %s to administrators alone',
    async (kind) => {
      const others = [
        owner,
        await makeUserWith(world, 'MODERATE'),
        await makeUserWith(world, 'SYNC'),
      ];

      for (const it of others) expect(await read(it.token, things[kind] ?? '')).toBeNull();
    },
  );

  it('hides a community that is deleted from all but its owners and who looks after everything', async () => {
    const people = [await world.makeUser(), await world.makeUser()];
    const [first, second] = people.map((it) => ({ uuid: it.id, id: toGlobalId('User', it.id) }));
    const community = await makeCommunity(world, { users: [first, second] as Made[] });
    const [itself, place] = [community.id, community.members[1]?.id ?? ''];
    await world.sql(`update members set level = 'OWNER' where id = $1`, [
      community.members[0]?.uuid,
    ]);
    const moderator = await makeUserWith(world, 'MODERATE');
    const stranger = await world.makeUser();

    await world.sql('update communities set deleted_at = now() where id = $1', [community.uuid]);

    const seen = async (token?: string) => [
      (await read(token, itself))?.id,
      (await read(token, place))?.id,
    ];
    expect(await seen(people[0]?.token)).toEqual([itself, place]);
    expect(await seen(people[1]?.token)).toEqual([undefined, undefined]);
    expect(await seen(world.admin)).toEqual([itself, place]);
    expect(await seen(moderator.token)).toEqual([itself, undefined]);
    expect(await seen(stranger.token)).toEqual([undefined, undefined]);
    expect(await seen()).toEqual([undefined, undefined]);
  });

  it.each([
    ['nothing', ''],
    ['a bare UUID', randomUUID()],
    ['a kind that nobody knows', toGlobalId('User', newId()).replace('usr', 'xyz')],
    ['a prefix alone', 'usr_'],
    ['a short id', toGlobalId('User', newId()).slice(0, -1)],
    ['a long id', `${toGlobalId('User', newId())}A`],
    ['no base64', 'usr_!!!!!!!!!!!!!!!!!!!!!!'],
    ['a prefix in capitals', toGlobalId('User', newId()).replace('usr', 'USR')],
    ['another separator', toGlobalId('User', newId()).replace('_', '-')],
    ['blanks around it', ` ${toGlobalId('User', newId())} `],
    ['SQL', "usr_' or 1=1 --"],
    ['a null character', 'usr_\u0000AAAAAAAAAAAAAAAAAAAAA'],
    ['much', 'x'.repeat(10_000)],
  ])('finds nothing by %s', async (_, id) => {
    expect(await read(world.admin, id)).toBeNull();
  });

  it('knows an id in its one spelling alone', async () => {
    const id = owner.id;
    // The last character stands for 2 bits: 15 others would be read as the same.
    const twin = id.slice(0, -1) + String.fromCharCode(id.charCodeAt(id.length - 1) + 1);
    const bytes = (it: string) => Buffer.from(it.slice('usr_'.length), 'base64url');

    const found = await read(world.admin, twin);

    expect(bytes(twin)).toEqual(bytes(id));
    expect(found).toBeNull();
  });

  it('finds nothing by the id of another kind', async () => {
    const disguised = things.User?.replace('usr', 'com') ?? '';

    expect(await read(world.admin, disguised)).toBeNull();
  });
});

describe('nodes', () => {
  it('answers in the order of the ids, with null where there is nothing', async () => {
    const ids = [things.Role, 'nonsense', things.User, things.User, things.Community] as string[];

    const { data } = await world.ask(world.admin, several, { ids });

    expect(data.nodes).toEqual([
      { __typename: 'Role', id: things.Role },
      null,
      { __typename: 'User', id: things.User },
      { __typename: 'User', id: things.User },
      { __typename: 'Community', id: things.Community },
    ]);
  });

  it('answers nothing to nothing', async () => {
    expect((await world.ask(world.admin, several, { ids: [] })).data).toEqual({ nodes: [] });
  });

  it('takes 100 ids', async () => {
    const users = await makeUsers(world, 100);

    const { data } = await world.ask(world.admin, several, { ids: users.map((it) => it.id) });

    expect(data.nodes.map((it: Made) => it.id)).toEqual(users.map((it) => it.id));
  });

  it('refuses 101', async () => {
    const ids = Array.from({ length: 101 }, () => owner.id);

    const { data, errors } = await world.ask(world.admin, several, { ids });

    expect(data).toBeNull();
    expect(errors).toMatchObject([
      { message: 'At most 100 ids at once, not 101.', extensions: { code: 'BAD_USER_INPUT' } },
    ]);
  });
});
