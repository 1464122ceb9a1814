import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, startWorld, type World, webhookToken } from '../helpers/world.ts';
import { asked, bearer, kept, newPerson, notice, path, seed, send } from './sender.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({
    idps: (sample) => ({
      strictCommons: {
        users: {
          remote_endpoint: `${sample.url}/wp-json/commons/v1/users/{placeholder}`,
          token_env_variable_label: 'REMOTE_TOKEN',
        },
        webhook: { token_env_variable_label: 'WEBHOOK_TOKEN' },
      },
    }),
  });
});
afterAll(() => world.stop());

const person = `query ($username: String!) {
  user(username: $username) { fullName affiliation state roles(first: 20) { nodes { name } } }
}`;

const rolesOf = ({ data }: Answer): string[] =>
  data.user.roles.nodes.map((it: { name: string }) => it.name).sort();

describe('the example of the seed', () => {
  it('is accepted with an outcome for each event, and the people follow', async () => {
    const answer = await send(world, {
      body: seed,
      headers: { ...bearer, 'content-type': 'application/json' },
    });

    await world.settled();
    const jane = await world.ask(world.admin, person, { username: 'janeuser' });
    const amara = await world.ask(world.admin, person, { username: 'aokafor' });
    expect(answer).toMatchObject({ status: 202, body: { status: 202 } });
    expect(answer.body.events).toEqual([
      {
        path: 'updates.users[0]',
        kind: 'users',
        id: '1234',
        event: 'updated',
        outcome: 'accepted',
      },
      {
        path: 'updates.users[1]',
        kind: 'users',
        id: '5678',
        event: 'created',
        outcome: 'accepted',
      },
      {
        path: 'updates.groups[0]',
        kind: 'groups',
        id: '1234',
        event: 'deleted',
        outcome: 'unknown',
        reason: 'is not known here',
      },
    ]);
    expect(jane.data.user).toMatchObject({
      fullName: 'Jane User',
      affiliation: 'Michigan State University',
      state: 'ACTIVE',
    });
    expect(rolesOf(jane)).toEqual([
      'knowledgeCommons---developers|12345|member',
      'knowledgeCommons---digital-humanists|1000551|administrator',
    ]);
    expect(amara.data.user.fullName).toBe('Amara Okafor');
    expect(rolesOf(amara)).toEqual(['knowledgeCommons---developers|12345|member']);
  });

  it('is kept as it came, and shown to those who sync', async () => {
    const ofSeed = '{ webhookDeliveries(last: 1) { nodes { idp body events { id outcome } } } }';

    const { data } = await world.ask(world.admin, ofSeed);

    expect(data.webhookDeliveries.nodes).toEqual([
      {
        idp: 'knowledgeCommons',
        body: seed,
        events: [
          { id: '1234', outcome: 'ACCEPTED' },
          { id: '5678', outcome: 'ACCEPTED' },
          { id: '1234', outcome: 'UNKNOWN' },
        ],
      },
    ]);
  });
});

describe('the address', () => {
  it.each([path, `${path}/`])('%s takes notices', async (to) => {
    const id = newPerson(world, to.endsWith('/') ? '101' : '102');

    const { status } = await send(world, { to, body: notice([id]) });

    expect(status).toBe(202);
    expect(await asked(world, id)).toEqual({ [id]: 1 });
  });

  it.each([path, `${path}/`])('%s says on GET that it is active, to anyone', async (to) => {
    const { status, body } = await send(world, { method: 'GET', to, headers: {} });

    expect({ status, body }).toEqual({
      status: 200,
      body: { message: 'Webhook receiver is active', status: 200 },
    });
  });

  it.each(['PUT', 'PATCH', 'DELETE'])('refuses %s, with and without a body', async (method) => {
    const before = await kept(world);

    const bare = await send(world, { method });
    const full = await send(world, { method, to: `${path}/`, body: notice(['1234']) });

    for (const it of [bare, full]) {
      expect(it).toMatchObject({ status: 405, body: { status: 405 } });
      expect(it.headers.get('allow')).toBe('GET, POST');
    }
    expect(await kept(world)).toMatchObject({
      deliveries: before?.deliveries,
      states: before?.states,
    });
  });
});

describe('senders differ:', () => {
  it.each([
    undefined,
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
    'application/vnd.commons+json',
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/octet-stream',
    'multipart/form-data',
    'json',
    '',
    ';;;',
  ])('JSON with the content type %j is accepted', async (type) => {
    const { status, body } = await send(world, {
      body: notice(['1234']),
      headers: { ...bearer, ...(type !== undefined && { 'content-type': type }) },
    });

    expect({ status, outcomes: body.events?.length }).toEqual({ status: 202, outcomes: 1 });
  });

  it.each(['bearer', 'BEARER', 'Bearer '])('the scheme may be written %j', async (scheme) => {
    const headers = { authorization: `${scheme} ${webhookToken}` };

    const { status } = await send(world, { body: notice(['1234']), headers });

    expect(status).toBe(202);
  });

  it('ids may be numbers, and a byte order mark may go before', async () => {
    const id = newPerson(world, '103');

    const { status, body } = await send(world, { body: `\uFEFF${notice([Number(id)])}` });

    expect({ status, events: body.events }).toMatchObject({
      status: 202,
      events: [{ id, outcome: 'accepted' }],
    });
    expect(await asked(world, id)).toEqual({ [id]: 1 });
  });
});

describe('an event', () => {
  it('that is no good does not spoil the ones beside it', async () => {
    const id = newPerson(world, '104');
    const body = JSON.stringify({
      idp: 'knowledgeCommons',
      updates: {
        users: [{ id, event: 'updated' }, { id, event: 'renamed' }, { event: 'updated' }, null],
        associations: { associations: [{ id: '7', event: 'associated' }] },
      },
    });

    const answer = await send(world, { body });

    expect(answer.status).toBe(202);
    expect(answer.body.events).toMatchObject([
      { path: 'updates.users[0]', outcome: 'accepted' },
      {
        path: 'updates.users[1]',
        outcome: 'unsupported',
        reason: 'event is not one of created, updated, deleted',
      },
      { path: 'updates.users[2]', outcome: 'invalid', reason: 'id is missing' },
      { path: 'updates.users[3]', outcome: 'invalid', reason: 'must be an object, not null' },
      { path: 'updates.associations', kind: 'associations', outcome: 'unsupported' },
    ]);
    expect(await asked(world, id, '7')).toEqual({ [id]: 1 });
  });

  it('may be one of 1,000', async () => {
    const ids = Array.from({ length: 1000 }, (_, n) => `many-${n}`);

    const { status, body } = await send(world, { body: notice(ids, 'strictCommons') });

    expect({ status, events: body.events.length }).toEqual({ status: 202, events: 1000 });
  });

  it('may stand in a body of 64 KiB', async () => {
    const id = newPerson(world, '105');
    const body = notice([id]).padEnd(64 * 1024);

    const answer = await send(world, { body });

    expect(answer.status).toBe(202);
    expect(await asked(world, id)).toEqual({ [id]: 1 });
  });

  it('that somebody unknown was deleted is unknown, and makes nobody', async () => {
    const { status, body } = await send(world, {
      body: notice(['nobody'], 'knowledgeCommons', 'deleted'),
    });

    expect({ status, events: body.events }).toMatchObject({
      status: 202,
      events: [{ id: 'nobody', outcome: 'unknown', reason: 'is not known here' }],
    });
    expect(await asked(world, 'nobody')).toEqual({});
  });

  it.each(['created', 'updated'])(
    'that a stranger was %s is unknown where the idp does not provision',
    async (event) => {
      const id = newPerson(world, `stranger-${event}`);

      const { status, body } = await send(world, { body: notice([id], 'strictCommons', event) });

      expect({ status, events: body.events }).toMatchObject({
        status: 202,
        events: [
          { outcome: 'unknown', reason: 'is not known here, and this idp does not provision' },
        ],
      });
      expect(await asked(world, id)).toEqual({});
    },
  );

  it('about somebody known is accepted where the idp does not provision', async () => {
    const id = newPerson(world, 'colleague');
    const colleague = await world.makeUser('pcolleague');
    await world.sql(
      `insert into identities (id, user_id, idp, subject)
        select gen_random_uuid(), id, 'strictCommons', $2 from users where username = $1`,
      [colleague.username, id],
    );

    const { body } = await send(world, { body: notice([id], 'strictCommons') });

    await world.settled();
    const { data } = await world.ask(world.admin, person, { username: colleague.username });
    expect(body.events).toMatchObject([{ id, outcome: 'accepted' }]);
    expect(data.user.fullName).toBe('Person colleague');
  });

  it('about a kind without an endpoint is unknown', async () => {
    const body = JSON.stringify({
      idp: 'strictCommons',
      updates: { groups: [{ id: '12345', event: 'updated' }] },
    });

    const answer = await send(world, { body });

    expect(answer.body.events).toMatchObject([
      { outcome: 'unknown', reason: 'no endpoint for groups is configured' },
    ]);
  });
});
