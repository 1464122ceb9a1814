import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toGlobalId } from '../../src/ids.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { invite, mailsOf, makeReader } from './kit.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
});
afterAll(() => world.stop());

const mine = '{ viewer { notifications { enabled muted } } }';
const update = `mutation ($input: UpdateNotificationsInput!) {
  updateNotifications(input: $input) {
    user { notifications { enabled muted } } userErrors { message }
  }
}`;
async function change(token: string | undefined, input: object) {
  const { data, errors } = await world.ask(token, update, { input });
  if (errors) return errors[0]?.extensions.code;
  expect(data.updateNotifications.userErrors).toEqual([]);
  return data.updateNotifications.user.notifications;
}

describe('which e-mails somebody gets', () => {
  it('are all of them, until they say otherwise', async () => {
    const { token } = await makeReader(world);

    const { data } = await world.ask(token, mine);

    expect(data.viewer.notifications).toEqual({ enabled: true, muted: [] });
  });

  it('are changed one by one: what is absent or null stays', async () => {
    const { token } = await makeReader(world);

    expect(await change(token, { enabled: false })).toEqual({ enabled: false, muted: [] });
    expect(
      await change(token, { muted: ['COMMENTED', 'INVITATION_EXPIRED', 'COMMENTED'] }),
    ).toEqual({ enabled: false, muted: ['INVITATION_EXPIRED', 'COMMENTED'] });
    expect(await change(token, { enabled: true, muted: null })).toEqual({
      enabled: true,
      muted: ['INVITATION_EXPIRED', 'COMMENTED'],
    });
    expect(await change(token, { enabled: null, muted: [] })).toEqual({ enabled: true, muted: [] });
    expect(await change(token, {})).toEqual({ enabled: true, muted: [] });
    expect((await world.ask(token, mine)).data.viewer.notifications).toEqual({
      enabled: true,
      muted: [],
    });
  });

  it('are of kinds that there are', async () => {
    const { token } = await makeReader(world);

    expect(await change(token, { muted: ['BIRTHDAY'] })).toBe('BAD_USER_INPUT');
    await world.sql(`update users set muted_notifications = '{BIRTHDAY,COMMENTED}'
      where username = 'the-administrator'`);
    const { data } = await world.ask(world.admin, mine);
    expect(data.viewer.notifications.muted).toEqual(['COMMENTED']);
  });

  it('are in force at once', async () => {
    const [quiet, other] = [await makeReader(world), await makeReader(world)];
    await change(quiet.token, { muted: ['INVITATION_SUBMITTED'] });

    await invite(world, quiet.id, other.id);

    expect((await mailsOf(world)).map((it) => it.userId)).toEqual([other.id]);
  });

  it('are nobody else’s to see, not even an administrator’s', async () => {
    const { id } = await makeReader(world);
    const query =
      'query ($id: ID!) { node(id: $id) { ... on User { id notifications { enabled } } } }';

    const { data } = await world.ask(world.admin, query, { id: toGlobalId('User', id) });

    expect(data.node).toEqual({ id: toGlobalId('User', id), notifications: null });
  });

  it('are changed by those who signed in, and for nobody else', async () => {
    const [one, other] = [await makeReader(world), await makeReader(world)];

    await change(one.token, { enabled: false });

    expect(await change(undefined, { enabled: false })).toBe('UNAUTHENTICATED');
    expect((await world.ask(other.token, mine)).data.viewer.notifications.enabled).toBe(true);
  });
});
