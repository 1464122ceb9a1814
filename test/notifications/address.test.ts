import { describe, expect, it } from 'vitest';
import { Actor } from '../../src/actor.ts';
import { transact } from '../../src/context.ts';
import { toGlobalId } from '../../src/ids.ts';
import {
  type AccountMessageKind,
  accountMessages,
} from '../../src/notifications/account-messages.ts';
import { mailTo } from '../../src/notifications/mail-to.ts';
import { sendDue } from '../../src/notifications/sending.ts';
import type { World } from '../helpers/world.ts';
import { hurry, invite, mailsOf, makeReader, openPost, outcome, settled } from './kit.ts';

const link = 'https://commons.example/sign-in/register/confirm?token=very-secret';
const about = { link, username: 'ada\r\nBcc: all@evil.example' };

/** Writes to an address, as a feature does, in a transaction of its own. */
const write = (
  { app }: World,
  address: string,
  kind: AccountMessageKind = 'REGISTRATION',
  userId?: string,
) => transact(app.begin(Actor.anyone), (tx) => mailTo(tx, kind, { address, userId }, about));

const kept = ({ sql }: World) => sql('select state, body, address, error from mails order by id');

describe('an e-mail to an address', () => {
  it('needs no account', async () => {
    const { world, server } = await openPost();

    await write(world, 'nobody@readers.example');
    const [mail] = await settled(world);

    expect(mail).toMatchObject({ state: 'SENT', userId: null, kind: 'REGISTRATION' });
    expect(server.received).toMatchObject([
      { to: ['nobody@readers.example'], text: expect.stringContaining(`\n${link}\n`) },
    ]);
  });

  it.each(Object.keys(accountMessages) as AccountMessageKind[])(
    'says what it is about and why it came: %s',
    async (kind) => {
      const { world, server } = await openPost();

      await write(world, 'nobody@readers.example', kind);
      await settled(world);

      const [{ headers, text, to } = { headers: new Map(), text: '', to: [] }] = server.received;
      expect(to).toEqual(['nobody@readers.example']);
      expect(headers.get('subject')).toMatch(/^(Confirm|Your?) .*[a-z]$/);
      expect([...headers.keys()]).not.toContain('bcc');
      expect(text).toMatch(/^Hello,\n\n.*\n\n-- \nYou get this e-mail because [^\n]+\.\n$/s);
      expect(text).not.toMatch(/undefined|null|\[object|settings\/notifications|\nBcc/);
      expect(text.includes(link)).toBe(/REGISTRATION|CONFIRMATION/.test(kind));
      expect(text.includes('“ada Bcc: all@evil.example”')).toBe(kind !== 'REGISTRATION');
    },
  );

  it('goes there, and not to the address of the account that it is about', async () => {
    const { world, server } = await openPost();
    const { id } = await makeReader(world);

    await write(world, 'new@readers.example', 'ADDRESS_CONFIRMATION', id);
    await settled(world);

    expect(server.received.map((it) => it.to)).toEqual([['new@readers.example']]);
  });

  it.each([
    ['wants no e-mails', 'notifies = false'],
    ['muted it, if that could be', `muted_notifications = '{ADDRESS_CHANGED}'`],
    ['is suspended', `state = 'SUSPENDED'`],
  ])('goes to whom it warns though he or she %s', async (_, change) => {
    const { world, server } = await openPost();
    const { id, address } = await makeReader(world);
    await world.sql(`update users set ${change} where id = $1`, [id]);

    await write(world, address, 'ADDRESS_CHANGED', id);
    await settled(world);

    expect(server.received).toHaveLength(1);
  });

  it('cannot be muted', async () => {
    const { world } = await openPost({ isWorking: false });
    const { token } = await makeReader(world);

    const { errors } = await world.ask(
      token,
      'mutation { updateNotifications(input: { muted: [ADDRESS_CHANGED] }) { userErrors { code } } }',
    );

    expect(errors?.[0]?.message).toContain('NotificationKind');
  });

  it('is not kept if what it tells of is not', async () => {
    const { world } = await openPost({ isWorking: false });

    const failed = transact(world.app.begin(), async (tx) => {
      await mailTo(tx, 'REGISTRATION', { address: 'a@readers.example' }, { link });
      throw new Error('no');
    });

    await expect(failed).rejects.toThrow('no');
    expect(await mailsOf(world)).toEqual([]);
    expect(await world.sql(`select 1 from pgboss.job where name = 'send-mails'`)).toEqual([]);
  });
});

describe('what it says', () => {
  it('is kept while it waits, and nothing of it once it is sent', async () => {
    const { world, server } = await openPost();
    server.manners.set('a@readers.example', { rcpt: [450, 'later'] });

    await write(world, 'a@readers.example');
    await outcome(world, ['QUEUED'], 1);
    const waiting = await kept(world);
    server.manners.clear();
    await hurry(world);
    await settled(world);

    expect(waiting).toMatchObject([{ address: 'a@readers.example' }]);
    expect(waiting[0].body).toContain('very-secret');
    expect(await kept(world)).toEqual([{ state: 'SENT', body: '', address: '', error: null }]);
  });

  it.each([
    ['nobody has the address', '550 no such user', 'FAILED', {}],
    ['no e-mails are sent', 'No e-mails are sent', 'SKIPPED', { SMTP_URL: 'none' }],
  ])('is not kept either if %s', async (_, error, state, env) => {
    const { world, server } = await openPost({ env });
    server.manners.set('a@readers.example', { rcpt: [550, 'no such user'] });

    await write(world, 'a@readers.example');
    await settled(world);

    expect(await kept(world)).toEqual([
      { state, body: '', address: '', error: expect.stringContaining(error) },
    ]);
  });

  it('is not sent when it holds no longer', async () => {
    const { world, server } = await openPost({ isWorking: false });
    await write(world, 'early@readers.example');
    await write(world, 'late@readers.example');
    await world.sql(`update mails set created_at = now() - make_interval(mins =>
      case when address like 'late%' then 61 else 59 end)`);

    await sendDue(world.app.begin(Actor.system));

    expect(server.received.map((it) => it.to[0])).toEqual(['early@readers.example']);
    expect(await kept(world)).toEqual([
      { state: 'SENT', body: '', address: '', error: null },
      { state: 'SKIPPED', body: '', address: '', error: 'What it says holds no longer.' },
    ]);
  });

  it('holds for ever if it is no account’s matter', async () => {
    const { world, server } = await openPost({ isWorking: false });
    const { id } = await makeReader(world);
    await invite(world, id);
    await world.sql(`update mails set created_at = now() - interval '1 year'`);

    await sendDue(world.app.begin(Actor.system));

    expect(server.received).toHaveLength(1);
    expect((await mailsOf(world))[0]?.body).not.toBe('');
  });
});

describe('administrators', () => {
  const list = '{ mails { nodes { kind state user { username } } } }';

  it('see that it was sent, and of whom it told, but neither where to nor what', async () => {
    const { world } = await openPost();
    const { id, username } = await makeReader(world);
    await write(world, 'a@readers.example');
    await write(world, 'b@readers.example', 'ADDRESS_CONFIRMATION', id);
    await settled(world);

    const { data } = await world.ask(world.admin, list);
    const fields = await world.ask(world.admin, '{ __type(name: "Mail") { fields { name } } }');

    expect(data.mails.nodes).toEqual([
      { kind: 'ADDRESS_CONFIRMATION', state: 'SENT', user: { username } },
      { kind: 'REGISTRATION', state: 'SENT', user: null },
    ]);
    const names = fields.data.__type.fields.map((it: { name: string }) => it.name);
    expect(names.sort()).toEqual(
      ['attempts', 'createdAt', 'dueAt', 'error', 'id', 'kind', 'sentAt', 'state', 'user'].sort(),
    );
  });

  it('cannot have it sent again: nobody knows any more what it said', async () => {
    const { world, server } = await openPost();
    server.manners.set('a@readers.example', { rcpt: [550, 'no'] });
    await write(world, 'a@readers.example');
    const [mail] = await outcome(world, ['FAILED']);

    const { data } = await world.ask(
      world.admin,
      'mutation ($input: RetryMailInput!) { retryMail(input: $input) { userErrors { code message } } }',
      { input: { mailId: toGlobalId('Mail', mail?.id ?? '') } },
    );

    expect(data.retryMail.userErrors).toEqual([
      {
        code: 'CONFLICT',
        message: 'What it said was not kept. Whoever asked for it can ask again.',
      },
    ]);
    expect(await mailsOf(world)).toMatchObject([{ state: 'FAILED' }]);
  });
});
