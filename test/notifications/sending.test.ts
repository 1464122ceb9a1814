import { describe, expect, it, onTestFinished } from 'vitest';
import { Actor } from '../../src/actor.ts';
import { openApp } from '../../src/app.ts';
import { createLog } from '../../src/log.ts';
import { claim, settle } from '../../src/notifications/outbox.ts';
import { sendDue } from '../../src/notifications/sending.ts';
import { until } from '../sync/kit.ts';
import {
  community,
  hurry,
  invitation,
  invite,
  mailsOf,
  makeReader,
  makeReaders,
  openPost,
  outcome,
  settled,
  tell,
} from './kit.ts';
import { startMailServer } from './mail-server.ts';

describe('an e-mail', () => {
  it('comes to the mail server as it was written', async () => {
    const { world, server } = await openPost({
      env: {
        MAIL_FROM: 'Käfer Commons <post@commons.example>',
        PUBLIC_URL: 'https://commons.example',
      },
    });
    const grace = await makeReader(world, { fullName: 'Grace' });
    const title = 'Ökologie 🍄 und “Pilze”';

    await tell(world, 'INVITATION_SUBMITTED', {
      to: [grace.id],
      about: invitation(grace.id, {
        community: { title, slug: 'x' },
        message: 'Grüße\n.\nBis bald',
      }),
    });
    const [mail] = await settled(world);

    expect(mail).toMatchObject({ state: 'SENT', attempts: 1, error: null });
    const [received] = server.received;
    expect(received).toMatchObject({ from: 'post@commons.example', to: [grace.address] });
    expect(Object.fromEntries(received?.headers ?? [])).toMatchObject({
      from: 'Käfer Commons <post@commons.example>',
      to: grace.address,
      subject: `Collegium invites you to “${title}”`,
      'auto-submitted': 'auto-generated',
      'message-id': `<${mail?.id}@commons.example>`,
      'content-type': 'text/plain; charset=utf-8',
    });
    expect(received?.text.trimEnd()).toBe(mail?.body.trimEnd());
    expect(received?.text).toContain('\n> Grüße\n> .\n> Bis bald\n');
    expect(received?.raw).toMatch(/^[\x20-\x7e\r\n]*$/);
  });

  it('has no header that somebody wrote into a name or a title', async () => {
    const { world, server } = await openPost();
    const eve = await makeReader(world, { fullName: 'Eve\r\nBcc: all@example.org\r\n\r\nBody' });
    const about = invitation(eve.id, {
      community: { title: 'A\r\nX-Evil: 1\r\n\r\n<script>', slug: 'a\r\nX-Evil: 2' },
    });

    await tell(world, 'MEMBERSHIP_ACCEPTED', { to: [eve.id], about, alsoToActor: true }, eve.id);
    await tell(world, 'MEMBERSHIP_SUBMITTED', { to: [eve.id], about, alsoToActor: true }, eve.id);
    await settled(world);

    expect(server.received).toHaveLength(2);
    for (const { to, headers } of server.received) {
      expect(to).toEqual([eve.address]);
      expect([...headers.keys()].sort()).toEqual(
        [
          ...['auto-submitted', 'content-transfer-encoding', 'content-type', 'date', 'from'],
          ...['message-id', 'mime-version', 'subject', 'to'],
        ].sort(),
      );
    }
  });

  it('goes to the address that the user has when it is sent', async () => {
    const { world, server } = await openPost({ isWorking: false });
    const [one, two] = [await makeReader(world), await makeReader(world)];
    await invite(world, one.id, two.id);
    await world.sql(`update users set email = 'new@readers.example' where id = $1`, [one.id]);

    await sendDue(world.app.begin(Actor.system));

    expect(server.received.flatMap((it) => it.to).sort()).toEqual(
      ['new@readers.example', two.address].sort(),
    );
  });

  it.each([
    ['wants none', 'notifies = false'],
    ['muted it', `muted_notifications = '{INVITATION_SUBMITTED}'`],
    ['lost the address', 'email = null'],
    ['was suspended', `state = 'SUSPENDED'`],
  ])('is skipped if the user %s meanwhile', async (_, change) => {
    const { world, server } = await openPost({ isWorking: false });
    const [one, two] = [await makeReader(world), await makeReader(world)];
    await invite(world, one.id, two.id);
    await world.sql(`update users set ${change} where id = $1`, [one.id]);

    await sendDue(world.app.begin(Actor.system));

    const mails = await mailsOf(world);
    expect(mails.find((it) => it.userId === one.id)?.state).toBe('SKIPPED');
    expect(server.received.flatMap((it) => it.to)).toEqual([two.address]);
  });

  it.each([
    'a@b.example, c@d.example',
    'a@b.example>\r\nRCPT TO:<c@d.example',
    'Somebody <a@b.example>',
    'a@b@c.example',
    'nobody',
    'a b@c.example',
  ])('goes to one address or to none: %j', async (address) => {
    const { world, server } = await openPost();
    const [one, two] = [await makeReader(world, { address }), await makeReader(world)];

    await invite(world, one.id, two.id);
    const mails = await settled(world);

    expect(mails.find((it) => it.userId === one.id)).toMatchObject({
      state: 'FAILED',
      error: 'The address is none.',
    });
    expect(server.received.flatMap((it) => it.to)).toEqual([two.address]);
  });
});

describe('a mail server', () => {
  it('that refuses a recipient for good is asked once, and the others get theirs', async () => {
    const { world, server } = await openPost();
    const [bad, good] = [
      await makeReader(world, { address: 'a.b+c@intranet' }),
      await makeReader(world),
    ];
    const text = `5.1.1 <${bad.address.toUpperCase()}> no such user ${bad.address} (root@relay.example)`;
    server.manners.set(bad.address, { rcpt: [550, text] });

    await invite(world, bad.id, good.id);
    const mails = await settled(world);

    expect(mails.find((it) => it.userId === bad.id)).toMatchObject({
      state: 'FAILED',
      attempts: 1,
      error: '550 5.1.1 <[e-mail]> no such user [e-mail] [e-mail]',
    });
    expect(mails.find((it) => it.userId === good.id)?.state).toBe('SENT');
    expect(server.received.flatMap((it) => it.to)).toEqual([good.address]);
  });

  it('that refuses a message for good is asked once', async () => {
    const { world, server } = await openPost();
    const bad = await makeReader(world);
    server.manners.set(bad.address, { data: [554, '5.7.1 spam'] });

    await invite(world, bad.id);

    expect(await settled(world)).toMatchObject([
      { state: 'FAILED', attempts: 1, error: '554 5.7.1 spam' },
    ]);
  });

  it.each([
    ['puts a recipient off', { rcpt: [451, '4.7.1 greylisted'] }, '451 4.7.1 greylisted'],
    ['puts a message off', { data: [452, '4.2.2 mailbox full'] }, '452 4.2.2 mailbox full'],
    ['hangs up at a recipient', { drop: 'RCPT' }, /^E\w+: /],
    ['hangs up at a message', { drop: 'DATA' }, /^E\w+: /],
    ['goes away', { rcpt: [421, '4.3.2 shutting down'] }, '421 4.3.2 shutting down'],
  ] as const)(
    'that %s is asked again later, and the others get theirs',
    async (_, manners, error) => {
      const { world, server } = await openPost();
      const [bad, ...good] = [
        await makeReader(world),
        await makeReader(world),
        await makeReader(world),
      ];
      server.manners.set(bad.address, manners as object);

      await invite(world, ...[bad, ...good].map((it) => it.id));
      const ofBad = async () => (await mailsOf(world)).find((it) => it.userId === bad.id);
      await until(async () => (await ofBad())?.error && server.received.length === good.length);

      const mail = await ofBad();
      expect(mail).toMatchObject({ state: 'QUEUED', attempts: 1 });
      expect(mail?.error).toMatch(error);
      expect(mail?.dueIn).toBeGreaterThan(10);
      expect(mail?.dueIn).toBeLessThan(46);
      server.manners.delete(bad.address);
      await hurry(world);
      await settled(world);
      expect(await ofBad()).toMatchObject({ state: 'SENT', attempts: 2, error: null });
      expect(server.received.map((it) => it.to[0]).sort()).toEqual(
        [bad, ...good].map((it) => it.address).sort(),
      );
    },
  );

  it('that is down is left alone after a few attempts, and gets everything when it is back', async () => {
    const down = await startMailServer();
    await down.stop();
    const { world } = await openPost({ isWorking: false }, down);
    await invite(world, ...(await makeReaders(world, 10)));

    await sendDue(world.app.begin(Actor.system));

    const tried = (await mailsOf(world)).filter((it) => it.attempts > 0);
    expect(tried).toHaveLength(3);
    for (const it of tried) expect(it).toMatchObject({ state: 'QUEUED', attempts: 1 });
    expect(tried[0]?.error).toContain('ECONNREFUSED');
    const back = await startMailServer(undefined, down.port);
    onTestFinished(() => back.stop());
    await world.sql('update mails set due_at = now()');
    await sendDue(world.app.begin(Actor.system));
    expect((await mailsOf(world)).filter((it) => it.state !== 'SENT')).toEqual([]);
    expect(back.received).toHaveLength(10);
    expect(new Set(back.received.map((it) => it.to[0])).size).toBe(10);
  });

  it('that is never back is given up after about a day', async () => {
    const down = await startMailServer();
    await down.stop();
    const { world } = await openPost({ isWorking: false }, down);
    await invite(world, ...(await makeReaders(world, 1)));
    let seconds = 0;

    for (;;) {
      await sendDue(world.app.begin(Actor.system));
      const [mail] = await mailsOf(world);
      if (mail?.state !== 'QUEUED') break;
      seconds += mail.dueIn;
      await world.sql('update mails set due_at = now()');
    }

    expect(await mailsOf(world)).toMatchObject([{ state: 'FAILED', attempts: 30 }]);
    expect(seconds / 3_600).toBeGreaterThan(16);
    expect(seconds / 3_600).toBeLessThan(32);
  });

  it('is spoken to over one connection for many e-mails', async () => {
    const { world, server } = await openPost({ isWorking: false });
    await invite(world, ...(await makeReaders(world, 50)));

    await sendDue(world.app.begin(Actor.system));

    expect(server.received).toHaveLength(50);
    expect(server.connections).toBe(1);
    await until(() => server.received.length === 50);
  });
});

describe('a password', () => {
  const withPassword = (password: string, port: number, host: string, query: string) =>
    `smtp://collegium:${password}@${host}:${port}${query}`;
  const untrusted = '?tls.rejectUnauthorized=false';

  it.each([
    ['STARTTLS', false, 'smtp'],
    ['TLS from the first byte', true, 'smtps'],
  ])('goes over %s', async (_, secure, scheme) => {
    const server = await startMailServer({ secure, authOptional: false });
    const url = `${withPassword('r%69ght', server.port, '127.0.0.1', untrusted)}`;
    const { world } = await openPost({ env: { SMTP_URL: url.replace('smtp', scheme) } }, server);

    await invite(world, ...(await makeReaders(world, 1)));

    expect(await settled(world)).toMatchObject([{ state: 'SENT' }]);
    expect(server.received).toMatchObject([{ isEncrypted: true, user: 'collegium' }]);
  });

  it('is kept from a server that cannot prove who it is', async () => {
    const server = await startMailServer({ authOptional: false });
    const url = withPassword('right', server.port, '127.0.0.1', '');
    const { world } = await openPost({ env: { SMTP_URL: url } }, server);

    await invite(world, ...(await makeReaders(world, 1)));
    const [mail] = await outcome(world, ['QUEUED'], 1);

    await until(async () => (await mailsOf(world))[0]?.error);
    expect(mail?.state).toBe('QUEUED');
    expect((await mailsOf(world))[0]?.error).toMatch(/certificate/);
    expect(server.logins).toEqual([]);
  });

  it.each([
    ['is kept from a wire that anybody can read', '', 'QUEUED', 0],
    ['goes over such a wire if the operator says so', '?requireTLS=false', 'SENT', 1],
  ])('%s', async (_, query, state, logins) => {
    const server = await startMailServer({
      authOptional: false,
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
    });
    // Loopback as well, but not by a name that says so.
    const url = withPassword('right', server.port, '[::ffff:127.0.0.1]', query);
    const { world } = await openPost({ env: { SMTP_URL: url } }, server);

    await invite(world, ...(await makeReaders(world, 1)));
    const [mail] = await until(async () => {
      const mails = await mailsOf(world);
      return mails.some((it) => it.error ?? it.state === 'SENT') ? mails : false;
    });

    expect(mail?.state).toBe(state);
    expect(server.logins).toHaveLength(logins);
  });

  it('that is wrong is somebody’s to mend, and no e-mail is given up for it', async () => {
    const server = await startMailServer({ authOptional: false });
    const url = withPassword('wrong', server.port, '127.0.0.1', untrusted);
    const { world } = await openPost({ env: { SMTP_URL: url } }, server);

    await invite(world, ...(await makeReaders(world, 1)));
    await until(async () => (await mailsOf(world))[0]?.error);

    expect(await mailsOf(world)).toMatchObject([
      { state: 'QUEUED', attempts: 1, error: '535 5.7.8 Wrong password' },
    ]);
    expect(JSON.stringify(await mailsOf(world))).not.toContain('wrong@');
  });
});

describe('workers', () => {
  it('send each e-mail once, two of them at once', async () => {
    const { world, server } = await openPost({ isWorking: false });
    const other = await openApp(
      world.app.begin().config,
      world.databaseUrl,
      createLog({ logLevel: 'silent' }),
    );
    onTestFinished(() => other.stop());
    await invite(world, ...(await makeReaders(world, 200)));

    await Promise.all([world.app, other].map((it) => sendDue(it.begin(Actor.system))));

    expect((await settled(world)).filter((it) => it.state !== 'SENT')).toEqual([]);
    expect(server.connections).toBe(2);
    expect(server.received).toHaveLength(200);
    expect(new Set(server.received.map((it) => it.to[0])).size).toBe(200);
  });

  it('drain an outbox of a thousand in seconds', async () => {
    const { world, server } = await openPost();
    const begun = performance.now();

    await invite(world, ...(await makeReaders(world, 1_000)));
    const mails = await settled(world);

    expect(mails.filter((it) => it.state !== 'SENT')).toEqual([]);
    expect(server.received).toHaveLength(1_000);
    // Two or three on an idle machine.
    expect(performance.now() - begun).toBeLessThan(30_000);
  }, 60_000);

  it('find what no job tells of', async () => {
    const { world, server } = await openPost({ isWorking: false });
    await invite(world, ...(await makeReaders(world, 1)));
    await world.sql(`delete from pgboss.job where name = 'send-mails'`);

    await world.app.work();

    await settled(world);
    expect(server.received).toHaveLength(1);
  });

  it('end what they have in hand when they are stopped, and leave the rest to others', async () => {
    const letGo = Promise.withResolvers<void>();
    const { world, server } = await openPost();
    const slow = await makeReader(world);
    server.manners.set(slow.address, { hold: letGo.promise });
    await invite(world, slow.id);
    await until(() => server.received.length === 1);
    await invite(world, ...(await makeReaders(world, 5)));

    const stopped = world.app.stop();
    setImmediate(letGo.resolve);
    await stopped;

    const mails = await mailsOf(world);
    expect(mails.find((it) => it.userId === slow.id)?.state).toBe('SENT');
    expect(mails.filter((it) => it.state === 'QUEUED' && it.attempts === 0)).toHaveLength(5);
    expect(server.received).toHaveLength(1);
    const waiting = `select 1 from pgboss.job where name = 'send-mails' and state = 'created'`;
    expect((await world.sql(waiting)).length).toBeGreaterThan(0);
  });

  it('give up an e-mail from which no process ever came back', async () => {
    const { world, server } = await openPost({ isWorking: false });
    await invite(world, ...(await makeReaders(world, 2)));
    await world.sql('update mails set attempts = 30 where id = (select id from mails limit 1)');

    await sendDue(world.app.begin(Actor.system));

    expect((await mailsOf(world)).map((it) => it.error).sort()).toEqual(
      ['The process did not survive it.', null].sort(),
    );
    expect(server.received).toHaveLength(1);
  });

  it('leave what is no longer theirs to those who took it over', async () => {
    const letGo = Promise.withResolvers<void>();
    const { world, server } = await openPost({ isWorking: false });
    const one = await makeReader(world);
    server.manners.set(one.address, { hold: letGo.promise });
    await invite(world, one.id);
    const slow = sendDue(world.app.begin(Actor.system));
    await until(() => server.received.length === 1);

    // The lease is over, and somebody else sends it.
    server.manners.delete(one.address);
    await world.sql('update mails set due_at = now()');
    await sendDue(world.app.begin(Actor.system));
    const [sent] = await world.sql('select sent_at from mails');
    letGo.resolve();
    await slow;

    expect(await world.sql('select sent_at from mails')).toEqual([sent]);
    expect(await mailsOf(world)).toMatchObject([{ state: 'SENT', attempts: 2 }]);
    const ids = server.received.map((it) => it.headers.get('message-id'));
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
  });

  it('say nothing of an e-mail that somebody else has in hand by now', async () => {
    const { world } = await openPost({ isWorking: false });
    await invite(world, ...(await makeReaders(world, 1)));
    const ctx = world.app.begin(Actor.system);
    const late = await claim(ctx);
    await world.sql('update mails set due_at = now()');
    const current = await claim(ctx);

    if (late) await settle(ctx, late, { state: 'FAILED', error: 'too late' });
    const between = await mailsOf(world);
    if (current) await settle(ctx, current, { state: 'SENT' });

    expect(between).toMatchObject([{ state: 'QUEUED', attempts: 2, error: null }]);
    expect(await mailsOf(world)).toMatchObject([{ state: 'SENT', attempts: 2, error: null }]);
  });

  it('write down neither addresses nor what is in an e-mail', async () => {
    const lines: string[] = [];
    const { world, server } = await openPost({ isWorking: false });
    const one = await makeReader(world, { fullName: 'Ada Lovelace' });
    server.manners.set(one.address, { rcpt: [550, `no ${one.address} here`] });
    const note = (...said: unknown[]) => void lines.push(JSON.stringify(said));
    const log = Object.assign(createLog({ logLevel: 'silent' }), {
      ...{ trace: note, debug: note, info: note, warn: note, error: note },
    });
    await tell(world, 'COMMENTED', {
      to: [one.id],
      about: { community, requestId: one.id, message: 'secret words' },
    });

    await sendDue({ ...world.app.begin(Actor.system), log });

    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain((await mailsOf(world))[0]?.id);
    expect(lines[0]).not.toMatch(/Ada|secret|Mycology/);
    expect(lines[0]).not.toContain(one.address);
  });
});
