import { describe, expect, it } from 'vitest';
import { Actor } from '../../src/actor.ts';
import { toGlobalId } from '../../src/ids.ts';
import { retain } from '../../src/notifications/outbox.ts';
import type { World } from '../helpers/world.ts';
import { invite, mailsOf, makeReader, makeReaders, openPost, outcome, settled } from './kit.ts';

const list = `query ($state: MailState, $first: Int, $after: String) {
  mails(state: $state, first: $first, after: $after) {
    totalCount pageInfo { endCursor }
    nodes { id kind state attempts error createdAt dueAt sentAt user { username } }
  }
}`;
const retry = `mutation ($input: RetryMailInput!) {
  retryMail(input: $input) { mail { id state attempts error } userErrors { code message path } }
}`;
const retryMail = async (world: World, mailId: string, token = world.admin) => {
  const { data, errors } = await world.ask(token, retry, { input: { mailId } });
  return errors ? errors[0]?.extensions.code : data.retryMail;
};

describe('the outbox', () => {
  it('is listed for administrators: who, what and how it went, newest first', async () => {
    const { world, server } = await openPost();
    const [good, bad] = [await makeReader(world), await makeReader(world)];
    server.manners.set(bad.address, { rcpt: [550, 'no such user'] });
    await invite(world, good.id);
    await invite(world, bad.id);
    await settled(world);

    const { data } = await world.ask(world.admin, list);
    const failed = await world.ask(world.admin, list, { state: 'FAILED' });
    const page = await world.ask(world.admin, list, { first: 1 });
    const { endCursor } = page.data.mails.pageInfo;
    const next = await world.ask(world.admin, list, { first: 1, after: endCursor });

    const usernames = ({ mails }: { mails: { nodes: { user: { username: string } }[] } }) =>
      mails.nodes.map((it) => it.user.username);
    expect(usernames(data)).toEqual([bad.username, good.username]);
    expect(data.mails.totalCount).toBe(2);
    expect(data.mails.nodes).toMatchObject([
      { kind: 'INVITATION_SUBMITTED', state: 'FAILED', attempts: 1, dueAt: null, sentAt: null },
      { kind: 'INVITATION_SUBMITTED', state: 'SENT', attempts: 1, dueAt: null, error: null },
    ]);
    expect(data.mails.nodes[0].error).toBe('550 no such user');
    expect(data.mails.nodes[1].sentAt).not.toBeNull();
    expect(usernames(failed.data)).toEqual([bad.username]);
    expect([usernames(page.data), usernames(next.data)]).toEqual([[bad.username], [good.username]]);
    const node = 'query ($id: ID!) { node(id: $id) { ... on Mail { state } } }';
    const { id } = data.mails.nodes[0];
    expect((await world.ask(world.admin, node, { id })).data.node).toEqual({ state: 'FAILED' });
    expect((await world.ask(good.token, node, { id })).data.node).toBeNull();
  });

  it('is not for others', async () => {
    const { world } = await openPost({ isWorking: false });
    const { token, id } = await makeReader(world);
    await invite(world, id);
    const mailId = toGlobalId('Mail', (await mailsOf(world))[0]?.id ?? '');

    expect((await world.ask(token, list)).errors?.[0]?.extensions.code).toBe('FORBIDDEN');
    expect((await world.ask(undefined, list)).errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
    expect(await retryMail(world, mailId, token)).toBe('FORBIDDEN');
  });
});

describe('an e-mail that failed', () => {
  it('is sent after all when somebody says so', async () => {
    const { world, server } = await openPost();
    const one = await makeReader(world);
    server.manners.set(one.address, { rcpt: [550, 'no such user'] });
    await invite(world, one.id);
    const [mail] = await outcome(world, ['FAILED']);
    const mailId = toGlobalId('Mail', mail?.id ?? '');
    server.manners.clear();

    const answer = await retryMail(world, mailId);

    expect(answer.userErrors).toEqual([]);
    expect(answer.mail).toMatchObject({ id: mailId, error: null });
    expect(await settled(world)).toMatchObject([{ state: 'SENT', attempts: 1 }]);
    expect(server.received).toHaveLength(1);
    expect(await world.sql(`select 1 from audit_events where act = 'mail.retried'`)).toHaveLength(
      1,
    );
    expect(await retryMail(world, mailId)).toMatchObject({
      mail: null,
      userErrors: [
        { code: 'CONFLICT', message: 'The e-mail was sent.', path: ['input', 'mailId'] },
      ],
    });
  });

  it('is none if nobody wrote it, or if it is on its way', async () => {
    const { world } = await openPost({ isWorking: false });
    const one = await makeReader(world);
    await invite(world, one.id);
    const mailId = toGlobalId('Mail', (await mailsOf(world))[0]?.id ?? '');

    expect((await retryMail(world, mailId)).userErrors).toMatchObject([{ code: 'CONFLICT' }]);
    for (const other of [toGlobalId('Mail', one.id), toGlobalId('User', one.id), 'x']) {
      expect((await retryMail(world, other)).userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
    }
  });
});

describe('old e-mails', () => {
  it('are removed when their time is over, and those that wait are not', async () => {
    const { world } = await openPost({ isWorking: false, env: { RETENTION_DAYS: '30' } });
    const [old = '', young = '', waiting = ''] = await makeReaders(world, 3);
    await invite(world, old, young, waiting);
    await world.sql(`update mails set state = 'SENT' where user_id <> $1`, [waiting]);
    await world.sql(
      `update mails set updated_at = now() - interval '31 days' where user_id <> $1`,
      [young],
    );
    await world.sql(`update mails set updated_at = now() - interval '29 days' where user_id = $1`, [
      young,
    ]);

    await retain(world.app.begin(Actor.system));

    expect((await mailsOf(world)).map((it) => it.userId).sort()).toEqual([young, waiting].sort());
  });
});
