import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/ids.ts';
import { signIn } from '../credentials/kit.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { act, auditOf, done, giveRole, known, makePerson, makePlace, refusals } from './kit.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
});
afterAll(() => world.stop());

describe('exportUser', () => {
  it('tells all that is kept of a person, and no secret', async () => {
    const jane = await makePerson(world);
    await world.sql(
      `update users set email = 'jane@export.example', full_name = 'Jane Doe', locale = 'de' where id = $1`,
      [jane.uuid],
    );
    const identity = await known(world, jane, 'orcid');
    await giveRole(world, jane);
    const place = await makePlace(world, [jane], 'CURATOR');
    await world.sql(
      `insert into requests (id, kind, community_id, user_id, created_by_id, level)
       values ($1, 'MEMBERSHIP', $2, $3, $3, 'READER')`,
      [newId(), place.uuid, jane.uuid],
    );
    await world.sql(
      `insert into request_events (id, request_id, kind, author_id, content)
       select $1, id, 'COMMENT', user_id, 'Please' from requests where user_id = $2`,
      [newId(), jane.uuid],
    );
    await world.sql(
      `insert into mails (id, user_id, kind, subject, body)
       values ($1, $2, 'INVITATION_SUBMITTED', 'Welcome', 'Secret text')`,
      [newId(), jane.uuid],
    );
    await signIn(world, jane.uuid);

    const { document } = await done(world, jane.token, 'exportUser', { userId: jane.id });

    expect(document).toMatchObject({
      version: 1,
      user: {
        id: jane.id,
        username: jane.username,
        email: 'jane@export.example',
        fullName: 'Jane Doe',
        preferences: { locale: 'de', notifies: true },
      },
      identities: { total: 1, items: [{ id: identity.id, idp: 'orcid' }] },
      roles: { total: 1, items: [{ group: 'G', category: 'member', source: 'myCommons' }] },
      memberships: { total: 1, items: [{ community: { slug: place.slug }, level: 'CURATOR' }] },
      requests: { total: 1, items: [{ kind: 'MEMBERSHIP', isByThem: true, isAboutThem: true }] },
      comments: { total: 1, items: [{ content: 'Please' }] },
      sessions: { total: 1, items: [{ ip: '192.0.2.1', userAgent: 'Mozilla/5.0' }] },
      tokens: { total: 1, items: [{ name: 'test' }] },
      syncRuns: { total: 0, items: [] },
      mails: { total: 1, items: [{ subject: 'Welcome' }] },
    });
    expect(document.auditEvents.items.map((it: { act: string }) => it.act)).toContain(
      'user.created',
    );
    const [{ hashes }] = await world.sql(
      `select array(select encode(hash, 'hex') from tokens union select encode(hash, 'hex') from sessions) as hashes`,
    );
    const text = JSON.stringify(document);
    for (const secret of [jane.token, ...hashes]) expect(text).not.toContain(secret);
    expect((await auditOf(world, jane)).map((it) => it.act)).toContain('user.exported');
  });

  it('tells of no other', async () => {
    const [jane, john] = [await makePerson(world), await makePerson(world)];
    await known(world, john, 'orcid', 'subject-of-john');
    await makePlace(world, [john]);

    const { document } = await done(world, world.admin, 'exportUser', { userId: jane.id });

    expect(JSON.stringify(document)).not.toContain(john.username);
    expect(JSON.stringify(document)).not.toContain('subject-of-john');
    expect(document.memberships.total).toBe(0);
  });

  it('says what it cut, and goes on from there', async () => {
    const jane = await makePerson(world);
    await world.sql(
      `insert into identities (id, idp, subject, user_id)
       select gen_random_uuid(), 'orcid', 'cut-' || n, $1 from generate_series(1, 2500) n`,
      [jane.uuid],
    );
    const { document } = await done(world, jane.token, 'exportUser', { userId: jane.id });
    expect(document.identities).toMatchObject({ total: 2500, next: expect.any(String) });
    const subjects = new Set(
      document.identities.items.map((it: { subject: string }) => it.subject),
    );
    let { next } = document.identities;
    for (let pages = 1; next; pages++) {
      expect(pages).toBeLessThan(4);
      const more = await done(world, jane.token, 'exportUser', {
        userId: jane.id,
        section: 'IDENTITIES',
        after: next,
      });
      expect(Object.keys(more.document)).toEqual(['version', 'exportedAt', 'user', 'identities']);
      for (const it of more.document.identities.items) subjects.add(it.subject);
      next = more.document.identities.next;
    }

    expect(subjects.size).toBe(2500);
  });

  it('asks of which part it is to go on', async () => {
    const jane = await makePerson(world);

    expect(
      refusals(await act(world, jane.token, 'exportUser', { userId: jane.id, after: 'x' })),
    ).toEqual(['INVALID after']);
    const odd = { userId: jane.id, section: 'TOKENS', after: '\0' };
    expect(refusals(await act(world, jane.token, 'exportUser', odd))).toEqual(['INVALID after']);
  });
});
