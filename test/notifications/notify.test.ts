import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Actor } from '../../src/actor.ts';
import { rows, transact } from '../../src/context.ts';
import { toGlobalId } from '../../src/ids.ts';
import type { NotificationKind } from '../../src/notifications/messages.ts';
import { notify } from '../../src/notifications/notify.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { community, invitation, mailsOf, makeReader, makeReaders, tell } from './kit.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ isWorking: false, env: { PUBLIC_URL: 'https://commons.example/' } });
});
afterAll(() => world.stop());
beforeEach(async () => {
  await world.sql('delete from mails');
  await world.sql(`delete from pgboss.job where name = 'send-mails'`);
});

const jobs = () => world.sql(`select 1 from pgboss.job where name = 'send-mails'`);
const recipients = async () => (await mailsOf(world)).map((it) => it.userId).sort();

describe('the outbox', () => {
  it('gets the e-mails with what they tell of, and one hint for all of them', async () => {
    const to = await makeReaders(world, 3);

    await tell(world, 'INVITATION_EXPIRED', { to, about: invitation(to[0] ?? '') });

    expect(await recipients()).toEqual(to.sort());
    expect(await jobs()).toHaveLength(1);
  });

  it('gets nothing when that is rolled back', async () => {
    const to = await makeReaders(world, 3);

    const failing = transact(world.app.begin(Actor.system), async (tx) => {
      await notify(tx, 'INVITATION_EXPIRED', [{ to, about: invitation(to[0] ?? '') }]);
      const [inside] = await rows(tx, sql<{ count: number }>`select count(*)::int from mails`);
      expect(inside?.count).toBe(3);
      throw new Error('on purpose');
    });

    await expect(failing).rejects.toThrow('on purpose');
    expect(await mailsOf(world)).toEqual([]);
    expect(await jobs()).toEqual([]);
  });

  it('is filled by as many statements for thousands as for one', async () => {
    const count = async (to: string[]) => {
      const ctx = world.app.begin(Actor.system);
      const before = await statements();
      await transact(ctx, (tx) => notify(tx, 'COMMENTED', [{ to, about: comment }]));
      return (await statements()) - before;
    };
    const comment = { community, requestId: randomUUID(), message: 'Yes' };
    // Each statement that writes mails fires this once, however many rows it writes.
    await world.sql(`create sequence statements; create function tick() returns trigger
      language plpgsql as $$ begin perform nextval('statements'); return null; end $$;
      create trigger tick after insert on mails for each statement execute function tick()`);
    const statements = async () =>
      Number((await world.sql('select last_value from statements'))[0]?.last_value);
    await count(await makeReaders(world, 1));

    expect(await count(await makeReaders(world, 1))).toBe(1);
    expect(await count(await makeReaders(world, 2_000))).toBe(1);
    expect(await mailsOf(world)).toHaveLength(2_002);
  });
});

describe('whoever is told', () => {
  it('is told once, and not of what they did themselves', async () => {
    const [actor = '', other = ''] = await makeReaders(world, 2);
    const about = invitation(other);

    await tell(world, 'INVITATION_ACCEPTED', { to: [other, actor, other], about }, actor);

    expect(await recipients()).toEqual([other]);
  });

  it('is told of what they did if the caller says so', async () => {
    const [actor = ''] = await makeReaders(world, 1);
    const about = invitation(actor);

    await tell(world, 'INVITATION_ACCEPTED', { to: [actor], about, alsoToActor: true }, actor);

    expect(await recipients()).toEqual([actor]);
  });

  it.each([
    ['wants no e-mails', 'notifies = false'],
    ['muted such ones', `muted_notifications = '{COMMENTED,INVITATION_SUBMITTED}'`],
    ['has no address', 'email = null'],
    ['is suspended', `state = 'SUSPENDED'`],
    ['closed the account', `state = 'DEACTIVATED'`],
  ])('is not told if he or she %s', async (_, change) => {
    const [one = '', other = ''] = await makeReaders(world, 2);
    await world.sql(`update users set ${change} where id = $1`, [one]);

    await tell(world, 'INVITATION_SUBMITTED', { to: [one, other], about: invitation(one) });
    await tell(world, 'INVITATION_SUBMITTED', { to: [one], about: invitation(one) });

    expect(await recipients()).toEqual([other]);
    expect(await jobs()).toHaveLength(1);
  });

  it('is told of what they did not mute', async () => {
    const [one = ''] = await makeReaders(world, 1);
    await world.sql(`update users set muted_notifications = '{COMMENTED}' where id = $1`, [one]);

    await tell(world, 'INVITATION_SUBMITTED', { to: [one], about: invitation(one) });

    expect(await recipients()).toEqual([one]);
  });

  it('is somebody whom we know', async () => {
    await tell(world, 'INVITATION_SUBMITTED', {
      to: [randomUUID()],
      about: invitation(randomUUID()),
    });
    await tell(world, 'INVITATION_SUBMITTED', { to: [], about: invitation(randomUUID()) });

    expect(await mailsOf(world)).toEqual([]);
    expect(await jobs()).toEqual([]);
  });
});

describe('an e-mail', () => {
  const parent = { title: 'Biology', slug: 'biology' };
  const requestId = randomUUID();
  const request = `https://commons.example/requests/${toGlobalId('Request', requestId)}`;

  it.each([
    'INVITATION_SUBMITTED',
    'INVITATION_CANCELLED',
    'INVITATION_ACCEPTED',
    'INVITATION_DECLINED',
    'INVITATION_EXPIRED',
    'MEMBERSHIP_SUBMITTED',
    'MEMBERSHIP_CANCELLED',
    'MEMBERSHIP_ACCEPTED',
    'MEMBERSHIP_DECLINED',
    'MEMBERSHIP_EXPIRED',
    'SUBCOMMUNITY_SUBMITTED',
    'SUBCOMMUNITY_ACCEPTED',
    'SUBCOMMUNITY_DECLINED',
    'SUBCOMMUNITY_CANCELLED',
    'COMMENTED',
  ] as NotificationKind[])('says what happened, where to go and why it came: %s', async (kind) => {
    const ada = await makeReader(world, { fullName: 'Ada Lovelace' });
    const grace = await makeReader(world, { fullName: ' ' });
    const message = 'Look at this.\nIt is good.';
    const about = {
      ...{ community, parent, child: community, requestId, userId: grace.id, message },
      level: 'OWNER' as const,
    };

    await tell(world, kind, { to: [grace.id], about }, ada.id);

    const [{ subject, body } = { subject: '', body: '' }] = await mailsOf(world);
    expect(subject).toContain('“Mycology”');
    expect(body).toContain('“Mycology”');
    expect(`${subject} ${body}`).toMatch(new RegExp(`Ada Lovelace|${grace.username}`));
    expect(body).toContain('\n> Look at this.\n> It is good.\n');
    expect(body).toContain(
      kind === 'MEMBERSHIP_ACCEPTED' ? 'https://commons.example/communities/mycology\n' : request,
    );
    expect(body).toMatch(
      /\n-- \nYou get this e-mail because [^\n]+\.\nChoose which e-mails you get: https:\/\/commons\.example\/settings\/notifications\n$/,
    );
    expect(`${subject}${body}`).not.toMatch(/undefined|null|\[object/);
  });

  it('tells an invitation of a community from its own wish', async () => {
    const [one = ''] = await makeReaders(world, 1);
    const about = { parent, child: community, requestId };

    await tell(world, 'SUBCOMMUNITY_SUBMITTED', { to: [one], about });
    await tell(world, 'SUBCOMMUNITY_SUBMITTED', {
      to: [one],
      about: { ...about, isInvitation: true },
    });

    expect((await mailsOf(world)).map((it) => it.subject)).toEqual([
      '“Mycology” asks to join “Biology”',
      '“Biology” invites “Mycology”',
    ]);
  });

  it('has no quotation where nothing was said', async () => {
    const [one = ''] = await makeReaders(world, 1);

    for (const message of [undefined, null, '', ' \n ']) {
      await tell(world, 'MEMBERSHIP_SUBMITTED', { to: [one], about: invitation(one, { message }) });
    }

    expect((await mailsOf(world)).filter((it) => it.body.includes('>'))).toEqual([]);
  });

  it('is written by the server where nobody did it', async () => {
    const [one = ''] = await makeReaders(world, 1);

    await tell(world, 'MEMBERSHIP_DECLINED', { to: [one], about: invitation(one) });

    expect((await mailsOf(world))[0]?.body).toContain('Collegium declined your request');
  });
});

describe('what people wrote', () => {
  const headers = async (title: string, fullName = 'Ada') => {
    const ada = await makeReader(world, { fullName });
    const about = invitation(ada.id, { community: { title, slug: 'x' } });
    await tell(world, 'INVITATION_SUBMITTED', { to: [ada.id], about, alsoToActor: true }, ada.id);
    return (await mailsOf(world))[0]?.subject;
  };

  it.each([
    ['a line break', 'A\r\nBcc: all@example.org', 'A Bcc: all@example.org'],
    ['a bare line feed', 'A\n\nB', 'A B'],
    ['Unicode’s line breaks', 'A\u2028B\u2029C\u0085D\vE\fF', 'A B C D E F'],
    ['a turned reading direction', 'A\u202egnp.exe\u2066B\u2069', 'Agnp.exeB'],
    ['what is invisible', 'A\u200bB\ufeffC\u00adD', 'ABCD'],
    ['half of a character', 'A\ud83dB', 'A\ufffdB'],
    ['another form of letters', 'Cafe\u0301', 'Café'],
  ])('cannot leave its place in the subject: %s', async (_, title, expected) => {
    expect(await headers(title)).toBe(`Ada invites you to “${expected}”`);
  });

  it('cannot leave it as a name either', async () => {
    expect(await headers('A', 'Eve\r\nSubject: x\r\n\r\nBody')).toBe(
      'Eve Subject: x Body invites you to “A”',
    );
  });

  it('is cut where it is very long, and between letters', async () => {
    const subject = await headers('🍄'.repeat(300), 'n'.repeat(500));

    expect([...(subject ?? '')].length).toBeLessThanOrEqual(200);
    expect(subject).toBe(`${'n'.repeat(59)}… invites you to “${'🍄'.repeat(79)}…”`);
  });

  it('leaves emoji and scripts whole that need joiners', async () => {
    expect(await headers('👩‍🔬 می‌خواهم')).toBe('Ada invites you to “👩‍🔬 می‌خواهم”');
  });

  it('cannot pass for what we write', async () => {
    const [one = ''] = await makeReaders(world, 1);
    const message = 'Hi\n-- \nYou get this\r\u2028https://evil.example\u0000';

    await tell(world, 'MEMBERSHIP_SUBMITTED', { to: [one], about: invitation(one, { message }) });

    const body = (await mailsOf(world))[0]?.body ?? '';
    expect(body).toContain('\n> Hi\n> --\n> You get this\n>\n> https://evil.example\n\n-- \n');
    expect(body.match(/\n-- \n/g)).toHaveLength(1);
  });

  it('is quoted up to a length', async () => {
    const [one = ''] = await makeReaders(world, 1);
    const message = 'long '.repeat(10_000);

    await tell(world, 'MEMBERSHIP_SUBMITTED', { to: [one], about: invitation(one, { message }) });

    expect((await mailsOf(world))[0]?.body.length).toBeLessThan(3_000);
  });
});
