import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../helpers/world.ts';
import { asked, newPerson, notice, send, signed } from './sender.ts';

let world: World;
let operator: string;
let stranger: string;
/** An operator may sync and nothing else. */
beforeAll(async () => {
  world = await startWorld();
  const user = await world.makeUser('operator');
  await world.sql(
    `with made as (
      insert into roles (id, name, rights) values (gen_random_uuid(), 'operators', '{SYNC}') returning id)
    insert into assignments (user_id, role_id, source)
      select u.id, made.id, 'LOCAL' from users u, made where u.username = $1`,
    [user.username],
  );
  operator = user.token;
  stranger = (await world.makeUser()).token;
});
afterAll(() => world.stop());

const redeliverWebhook = `mutation ($deliveryId: ID!) {
  redeliverWebhook(input: { deliveryId: $deliveryId }) {
    delivery { id idp body messageId receipts events { id outcome reason } redeliveryOf { id } }
    userErrors { code message path }
  }
}`;

const deliveries = `query ($first: Int, $after: String, $idp: String) {
  webhookDeliveries(first: $first, after: $after, idp: $idp) {
    totalCount
    pageInfo { hasNextPage endCursor }
    nodes { id idp messageId body receipts receivedAt events { path kind id event outcome reason } }
  }
}`;

const oneDelivery = 'query ($id: ID!) { node(id: $id) { id ... on WebhookDelivery { body } } }';

/** Takes a notice in and answers its delivery's id in GraphQL. */
async function delivered(body: string, headers?: object): Promise<string> {
  await send(world, { body, ...(headers && { headers }) });
  const { data } = await world.ask(world.admin, deliveries, { first: 1 });
  expect(data.webhookDeliveries.nodes[0].body).toBe(body);
  return data.webhookDeliveries.nodes[0].id;
}

const redeliver = async (token: string | undefined, deliveryId: string) => {
  const { data, errors } = await world.ask(token, redeliverWebhook, { deliveryId });
  return { ...data?.redeliverWebhook, errors };
};

describe('redeliverWebhook', () => {
  it('looks again, and keeps a delivery of its own beside the first', async () => {
    const id = newPerson(world, '401');
    const first = await delivered(notice([id]), signed(notice([id]), 'msg_401'));
    await world.settled();
    world.sample.world.people.patch(id, { name: 'Changed Since' });

    const { delivery, userErrors } = await redeliver(operator, first);

    await world.settled();
    const { data } = await world.ask(world.admin, '{ user(username: "p401") { fullName } }');
    expect(userErrors).toEqual([]);
    expect(delivery).toMatchObject({
      idp: 'knowledgeCommons',
      body: notice([id]),
      messageId: null,
      receipts: 1,
      events: [{ id, outcome: 'ACCEPTED' }],
      redeliveryOf: { id: first },
    });
    expect(delivery.id).not.toBe(first);
    expect(data.user.fullName).toBe('Changed Since');
  });

  it('says whose doing it was, in the run and in the audit log', async () => {
    const id = newPerson(world, '402');
    const first = await delivered(notice([id]));
    await world.settled();

    const { delivery } = await redeliver(operator, first);

    await world.settled();
    const { data } = await world.ask(
      world.admin,
      `query ($id: ID!) {
        syncRuns(first: 1, remoteId: "402") { nodes { trigger } }
        auditLog(first: 1, subjectId: $id) { nodes { act actorKind actorId } }
        user(username: "operator") { id }
      }`,
      { id: delivery.id },
    );
    expect(data.syncRuns.nodes).toEqual([{ trigger: 'REDELIVERY' }]);
    expect(data.auditLog.nodes).toEqual([
      { act: 'webhook.redelivered', actorKind: 'USER', actorId: data.user.id },
    ]);
  });

  it('judges each event anew', async () => {
    const body = notice(['403'], 'knowledgeCommons', 'deleted');
    const first = await delivered(body);
    newPerson(world, '403');
    await send(world, { body: notice(['403']) });
    await world.settled();

    const { delivery } = await redeliver(operator, first);

    expect(delivery.events).toEqual([{ id: '403', outcome: 'ACCEPTED', reason: null }]);
  });

  it('can be done of what was redelivered, and is never taken for a duplicate', async () => {
    const id = newPerson(world, '404');
    const first = await delivered(notice([id]));
    const second = await redeliver(operator, first);

    const third = await redeliver(operator, second.delivery.id);

    expect(third.delivery).toMatchObject({
      receipts: 1,
      events: [{ outcome: 'ACCEPTED' }],
      redeliveryOf: { id: second.delivery.id },
    });
    expect(await asked(world, id)).toEqual({ [id]: 3 });
  });

  it('leaves it to the sender to send the same once more', async () => {
    const id = newPerson(world, '405');
    const first = await delivered(notice([id]));
    await redeliver(operator, first);

    const { body } = await send(world, { body: notice([id]) });

    const rows = await world.sql(
      `select redelivery_of_id is not null as "isAgain", receipts from webhook_deliveries
        where body = $1 order by received_at`,
      [notice([id])],
    );
    expect(body.events).toMatchObject([{ outcome: 'duplicate' }]);
    expect(rows).toEqual([
      { isAgain: false, receipts: 2 },
      { isAgain: true, receipts: 1 },
    ]);
  });

  it('refuses one whose body was removed', async () => {
    const id = newPerson(world, '406');
    const first = await delivered(notice([id]));
    await world.settled();
    await world.sql('update webhook_deliveries set body = null where body = $1', [notice([id])]);

    const { delivery, userErrors } = await redeliver(operator, first);

    expect(delivery).toBeNull();
    expect(userErrors).toMatchObject([{ code: 'CONFLICT', path: ['input', 'deliveryId'] }]);
    expect(await asked(world, id)).toEqual({ [id]: 1 });
  });

  it('refuses one of a service that is no longer configured', async () => {
    await world.sql(
      "insert into webhook_senders (id, idp) values (gen_random_uuid(), 'formerCommons')",
    );
    const first = await delivered(notice(['407']));
    await world.sql(
      `update webhook_deliveries set body = replace(body, 'knowledgeCommons', 'formerCommons'),
        sender_id = (select id from webhook_senders where idp = 'formerCommons') where body = $1`,
      [notice(['407'])],
    );

    const { delivery, userErrors } = await redeliver(operator, first);

    expect(delivery).toBeNull();
    expect(userErrors).toMatchObject([{ code: 'CONFLICT', path: ['input', 'deliveryId'] }]);
  });

  it.each([
    ['a text', 'nothing'],
    ['another thing', 'usr_AZ2d8n2ccY-SX8N4-xgqGA'],
    ['nothing', ''],
  ])('finds no delivery by the id of %s', async (_, deliveryId) => {
    const { delivery, userErrors } = await redeliver(operator, deliveryId);

    expect(delivery).toBeNull();
    expect(userErrors).toMatchObject([{ code: 'NOT_FOUND', path: ['input', 'deliveryId'] }]);
  });

  it.each([
    ['nobody', 'UNAUTHENTICATED', () => undefined],
    ['a stranger', 'FORBIDDEN', () => stranger],
  ])('is refused to %s: %s', async (_, code, token) => {
    const id = newPerson(world, `408-${code}`);
    const first = await delivered(notice([id]));

    const { errors } = await redeliver(token(), first);

    expect(errors).toMatchObject([{ extensions: { code } }]);
    expect(await asked(world, id)).toEqual({ [id]: 1 });
  });
});

describe('webhookDeliveries', () => {
  it('lists what came in, newest first, in pages', async () => {
    const bodies = ['411', '412', '413'].map((id) => notice([newPerson(world, id)]));
    for (const body of bodies) await send(world, { body });

    const one = await world.ask(operator, deliveries, { first: 2 });
    const { endCursor: after } = one.data.webhookDeliveries.pageInfo;
    const two = await world.ask(operator, deliveries, { first: 1, after });

    const nodes = [...one.data.webhookDeliveries.nodes, ...two.data.webhookDeliveries.nodes];
    expect(nodes.map((it) => it.body)).toEqual(bodies.toReversed());
    expect(one.data.webhookDeliveries.pageInfo.hasNextPage).toBe(true);
    expect(nodes[0].events).toEqual([
      {
        path: 'updates.users[0]',
        kind: 'users',
        id: '413',
        event: 'updated',
        outcome: 'ACCEPTED',
        reason: null,
      },
    ]);
  });

  it('tells how often one came, and by which id', async () => {
    const body = notice([newPerson(world, '414')]);
    for (let n = 0; n < 3; n++) await send(world, { body, headers: signed(body, 'msg_414') });

    const { data } = await world.ask(operator, deliveries, { first: 1 });

    expect(data.webhookDeliveries.nodes).toMatchObject([{ messageId: 'msg_414', receipts: 3 }]);
  });

  it('can be of one service, or of one that there is not', async () => {
    await send(world, { body: notice(['p415'], 'myCommons') });
    await send(world, { body: notice(['p415']) });

    const of = async (idp: string) =>
      (await world.ask(operator, deliveries, { first: 100, idp })).data.webhookDeliveries;

    const { nodes, totalCount } = await of('myCommons');
    expect(nodes.map((it: { idp: string }) => it.idp)).toEqual(['myCommons']);
    expect(totalCount).toBe(1);
    expect((await of('nobodysCommons')).nodes).toEqual([]);
  });

  it.each([
    ['nobody', 'UNAUTHENTICATED', () => undefined],
    ['a stranger', 'FORBIDDEN', () => stranger],
  ])('is refused to %s: %s', async (_, code, token) => {
    const { errors } = await world.ask(token(), deliveries);

    expect(errors).toMatchObject([{ extensions: { code } }]);
  });

  it('is not there for strangers by its id either', async () => {
    const id = await delivered(notice([newPerson(world, '416')]));

    const [theirs, ours] = await Promise.all(
      [stranger, operator].map((token) => world.ask(token, oneDelivery, { id })),
    );

    expect(theirs?.data).toEqual({ node: null });
    expect(ours?.data).toEqual({ node: { id, body: notice(['416']) } });
  });
});
