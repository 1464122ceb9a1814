import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/ids.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { Kit, type Person, type Place } from '../requests/kit.ts';

let world: World;
let kit: Kit;
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
  kit = new Kit(world);
});
afterAll(() => world.stop());

const refused = (code: string, ...path: string[]) => ({
  request: null,
  userErrors: [expect.objectContaining({ code, path: ['input', ...path] })],
});
const denied = { denied: 'FORBIDDEN' };

/** A community that accepts children, and one that may become one, each with its people. */
async function scene(up: Record<string, unknown> = {}, down: Record<string, unknown> = {}) {
  const [owner, manager, founder, helper] = (await Promise.all(
    Array.from({ length: 4 }, () => kit.person()),
  )) as [Person, Person, Person, Person];
  const parent = await kit.community(
    [
      [owner, 'OWNER'],
      [manager, 'MANAGER'],
    ],
    { allows_children: true, ...up },
  );
  const child = await kit.community(
    [
      [founder, 'OWNER'],
      [helper, 'MANAGER'],
    ],
    down,
  );
  return { owner, manager, founder, helper, parent, child };
}

const request = (by: Person | undefined, parent: Place, child: object, more = {}) =>
  kit.does(by?.token, 'requestSubcommunity', { parentId: parent.id, child, ...more });
const invite = (by: Person | undefined, parent: Place, child: Place, more = {}) =>
  kit.does(by?.token, 'inviteSubcommunity', { parentId: parent.id, childId: child.id, ...more });
const accept = (by: Person, { id }: { id: string }) =>
  kit.does(by.token, 'acceptRequest', { requestId: id });
const parentOf = async ({ uuid }: Place) => {
  const [found] = await world.sql('select parent_id from communities where id = $1', [uuid]);
  return found.parent_id;
};

describe.concurrent('a community that asks to become a child', () => {
  it('does so by its owner, and becomes one when the parent’s people say yes', async () => {
    const { manager, founder, helper, parent, child } = await scene();

    const asked = await request(founder, parent, { id: child.id }, { message: 'Please' });
    const accepted = await accept(manager, asked.request);

    expect(asked.request).toMatchObject({
      kind: 'SUBCOMMUNITY',
      state: 'SUBMITTED',
      title: `Inclusion of subcommunity "${child.title}"`,
      level: null,
      user: null,
      expiresAt: null,
      community: { id: parent.id },
      child: { id: child.id },
      createdBy: { id: founder.id },
      viewerPermissions: ['CANCEL', 'COMMENT'],
    });
    expect(accepted.request.state).toBe('ACCEPTED');
    expect(await parentOf(child)).toBe(parent.uuid);
    expect((await kit.read(helper.token, asked.request.id)).state).toBe('ACCEPTED');
    expect(await kit.history(asked.request.id)).toEqual(['COMMENT', 'ACCEPTED']);
  });

  it('does so by nobody else', async () => {
    const { owner, helper, parent, child } = await scene();

    for (const by of [owner, helper, await kit.person()]) {
      expect(await request(by, parent, { id: child.id })).toEqual(denied);
    }
    expect(await request(undefined, parent, { id: child.id })).toEqual({
      denied: 'UNAUTHENTICATED',
    });
  });

  it('is not let in by its own people, who can take the request back', async () => {
    const { owner, founder, helper, parent, child } = await scene();
    const asked = await request(founder, parent, { id: child.id });

    expect(await accept(founder, asked.request)).toEqual(denied);
    expect(await kit.does(owner.token, 'cancelRequest', { requestId: asked.request.id })).toEqual(
      denied,
    );
    const taken = await kit.does(helper.token, 'cancelRequest', { requestId: asked.request.id });

    expect(taken.request.state).toBe('CANCELLED');
    expect(await parentOf(child)).toBeNull();
  });

  it('may be made for it', async () => {
    const { owner, founder, parent } = await scene();
    const slug = `made-${randomUUID().slice(0, 8)}`;

    const asked = await request(founder, parent, { create: { slug, title: 'Made' } });

    expect(asked.userErrors).toEqual([]);
    expect(asked.request).toMatchObject({
      state: 'SUBMITTED',
      title: 'Inclusion of subcommunity "Made"',
      viewerPermissions: ['CANCEL', 'COMMENT'],
    });
    const [made] = await world.sql(
      `select c.id, c.visibility, c.record_submission_policy, m.user_id, m.level
       from communities c join members m on m.community_id = c.id where c.slug = $1`,
      [slug],
    );
    expect(made).toMatchObject({
      visibility: 'PUBLIC',
      record_submission_policy: 'OPEN',
      user_id: founder.uuid,
      level: 'OWNER',
    });
    await accept(owner, asked.request);
    expect(await parentOf({ uuid: made.id } as Place)).toBe(parent.uuid);
  });

  it('is not made if anything is wrong', async () => {
    const { founder, parent, child } = await scene({ allows_children: false });
    const slug = `unmade-${randomUUID().slice(0, 8)}`;
    const create = { slug, title: 'Unmade' };
    const [{ slug: taken }] = await world.sql('select slug from communities where id = $1', [
      child.uuid,
    ]);

    expect(await request(founder, parent, { create })).toMatchObject(
      refused('CONFLICT', 'parentId'),
    );
    expect(await request(founder, parent, { create: { slug: 'no way', title: '' } })).toMatchObject(
      {
        userErrors: expect.arrayContaining([
          expect.objectContaining({ code: 'INVALID', path: ['input', 'child', 'create', 'slug'] }),
          expect.objectContaining({ code: 'INVALID', path: ['input', 'child', 'create', 'title'] }),
        ]),
      },
    );
    expect(await request(founder, parent, { create: { slug: taken, title: 'x' } })).toMatchObject(
      refused('SLUG_TAKEN', 'child', 'create', 'slug'),
    );
    expect(await world.sql('select from communities where slug = $1', [slug])).toEqual([]);
  });

  it('is one community, there or to be made', async () => {
    const { founder, parent, child } = await scene();

    for (const it of [{}, { id: child.id, create: { slug: 'x', title: 'x' } }]) {
      expect(await request(founder, parent, it)).toEqual({ denied: 'BAD_USER_INPUT' });
    }
  });
});

describe.concurrent('a community that is invited to become a child', () => {
  it.each(['owner', 'manager'] as const)('is so by the parent’s %s', async (who) => {
    const it = await scene();

    const invited = await invite(it[who], it.parent, it.child);
    const accepted = await accept(it.helper, invited.request);

    expect(invited.request).toMatchObject({
      kind: 'SUBCOMMUNITY_INVITATION',
      state: 'SUBMITTED',
      expiresAt: expect.any(String),
      viewerPermissions: ['CANCEL', 'COMMENT'],
    });
    expect(accepted.request.state).toBe('ACCEPTED');
    expect(await parentOf(it.child)).toBe(it.parent.uuid);
  });

  it('is so by nobody else, and accepts by itself', async () => {
    const { owner, manager, founder, parent, child } = await scene();
    const invited = await invite(owner, parent, child);

    expect(await invite(founder, parent, child)).toEqual(denied);
    expect(await invite(undefined, parent, child)).toEqual({ denied: 'UNAUTHENTICATED' });
    expect(await accept(manager, invited.request)).toEqual(denied);
    const { request } = await kit.does(founder.token, 'declineRequest', {
      requestId: invited.request.id,
    });
    expect(request.state).toBe('DECLINED');
  });
});

describe.concurrent('who owns both', () => {
  it.each([
    ['requestSubcommunity', (id: string) => ({ child: { id } })],
    ['inviteSubcommunity', (id: string) => ({ childId: id })],
  ] as const)('does it at once by %s', async (mutation, childIs) => {
    const { founder, parent, child } = await scene();
    await kit.enter(parent, founder, 'OWNER');

    const { request } = await kit.does(founder.token, mutation, {
      parentId: parent.id,
      ...childIs(child.id),
      message: 'Both are mine',
    });

    expect(request).toMatchObject({ state: 'ACCEPTED', isOpen: false });
    expect(await kit.history(request.id)).toEqual(['COMMENT', 'ACCEPTED']);
    expect(await parentOf(child)).toBe(parent.uuid);
  });

  it('does it at once with what is made for it', async () => {
    const { owner, parent } = await scene();
    const slug = `both-${randomUUID().slice(0, 8)}`;

    const { request: done } = await request(owner, parent, { create: { slug, title: 'Both' } });

    expect(done).toMatchObject({ state: 'ACCEPTED', child: { id: expect.any(String) } });
  });

  it('is more than who manages one of them', async () => {
    const { founder, helper, parent, child } = await scene();
    await kit.enter(parent, founder, 'MANAGER');
    await kit.enter(parent, helper, 'OWNER');

    expect((await request(founder, parent, { id: child.id })).request.state).toBe('SUBMITTED');
    const other = await scene();
    await kit.enter(other.parent, other.helper, 'OWNER');
    const invited = await invite(other.helper, other.parent, other.child);
    expect(invited.request.state).toBe('SUBMITTED');
  });
});

describe.concurrent('there is one level of children:', () => {
  const changes: [string, (it: Awaited<ReturnType<typeof scene>>) => Promise<unknown>][] = [
    [
      'a parent that does not accept children',
      ({ parent }) =>
        world.sql('update communities set allows_children = false where id = $1', [parent.uuid]),
    ],
    [
      'a parent that has one itself',
      async ({ parent }) => {
        const above = await kit.community([], { allows_children: true });
        await world.sql(
          'update communities set allows_children = false, parent_id = $2 where id = $1',
          [parent.uuid, above.uuid],
        );
      },
    ],
    [
      'a child that accepts children',
      ({ child }) =>
        world.sql('update communities set allows_children = true where id = $1', [child.uuid]),
    ],
    [
      'a child that has children',
      async ({ child }) => {
        await kit.community([], { parent_id: child.uuid });
      },
    ],
    [
      'a child that has a parent',
      async ({ child }) => {
        const above = await kit.community([], { allows_children: true });
        await world.sql('update communities set parent_id = $2 where id = $1', [
          child.uuid,
          above.uuid,
        ]);
      },
    ],
  ];

  it.each(changes)('%s is refused', async (which, change) => {
    const it = await scene();
    await change(it);
    const isChild = which.startsWith('a child');

    expect(await request(it.founder, it.parent, { id: it.child.id })).toMatchObject(
      refused('CONFLICT', ...(isChild ? ['child', 'id'] : ['parentId'])),
    );
    expect(await invite(it.owner, it.parent, it.child)).toMatchObject(
      refused('CONFLICT', isChild ? 'childId' : 'parentId'),
    );
  });

  it.each(changes)('%s is refused when it is accepted, too', async (_, change) => {
    const it = await scene();
    const asked = await request(it.founder, it.parent, { id: it.child.id });
    await change(it);
    const before = await parentOf(it.child);

    expect(await accept(it.owner, asked.request)).toMatchObject(refused('CONFLICT', 'requestId'));
    expect(await parentOf(it.child)).toBe(before);
    expect((await kit.read(it.owner.token, asked.request.id)).state).toBe('SUBMITTED');
  });

  it('nobody is their own parent', async () => {
    const { owner, parent } = await scene();

    expect(await request(owner, parent, { id: parent.id })).toMatchObject(
      refused('CONFLICT', 'child', 'id'),
    );
    expect(await invite(owner, parent, parent)).toMatchObject(refused('CONFLICT', 'childId'));
  });

  it('a child asks one at a time', async () => {
    const { owner, founder, parent, child } = await scene();
    const other = await kit.community([[owner, 'OWNER']], { allows_children: true });
    await request(founder, parent, { id: child.id });

    expect(await request(founder, other, { id: child.id })).toMatchObject(
      refused('CONFLICT', 'child', 'id'),
    );
    expect(await invite(owner, other, child)).toMatchObject(refused('CONFLICT', 'childId'));
  });
});

describe.concurrent('what is not there', () => {
  it('is neither a parent nor a child', async () => {
    const { owner, founder, parent, child } = await scene();
    const hidden = await kit.community([], { visibility: 'RESTRICTED', allows_children: true });
    const gone = await kit.community([], { deleted_at: new Date(), allows_children: true });
    const nowhere = {
      id: `com_${Buffer.from(newId()).toString('base64url').slice(0, 22)}`,
    } as Place;

    for (const it of [hidden, gone, nowhere]) {
      expect(await request(founder, it, { id: child.id })).toMatchObject(
        refused('NOT_FOUND', 'parentId'),
      );
      expect(await request(founder, parent, { id: it.id })).toMatchObject(
        refused('NOT_FOUND', 'child', 'id'),
      );
      expect(await invite(owner, it, child)).toMatchObject(refused('NOT_FOUND', 'parentId'));
      expect(await invite(owner, parent, it)).toMatchObject(refused('NOT_FOUND', 'childId'));
    }
  });

  it('is no parent once it is deleted, for its owner neither', async () => {
    const { owner, founder, parent, child } = await scene();
    await world.sql('update communities set deleted_at = now() where id = $1', [parent.uuid]);
    await kit.enter(parent, founder, 'OWNER');

    expect((await request(founder, parent, { id: child.id })).userErrors).toMatchObject([
      { code: 'CONFLICT' },
    ]);
    expect((await invite(owner, parent, child)).userErrors).toMatchObject([{ code: 'CONFLICT' }]);
  });
});

it('tells the keepers of both', async () => {
  const { owner, manager, founder, helper, parent, child } = await scene();
  const people = { owner, manager, founder, helper };
  let id = '';
  const ask = () =>
    kit.mails(people, async () => {
      id = (await request(founder, parent, { id: child.id })).request.id;
    });
  const answered = (by: Person, mutation: string, more = {}) =>
    kit.mails(people, () => kit.does(by.token, mutation, { requestId: id, ...more }));
  const all = (kind: string, ...names: string[]) => names.map((it) => `${kind} to ${it}`);

  expect(await ask()).toEqual(
    all('SUBCOMMUNITY_SUBMITTED', 'founder', 'helper', 'manager', 'owner'),
  );
  expect(await answered(helper, 'commentOnRequest', { content: 'Hello' })).toEqual(
    all('COMMENTED', 'founder', 'manager', 'owner'),
  );
  expect(await answered(helper, 'cancelRequest')).toEqual(
    all('SUBCOMMUNITY_CANCELLED', 'founder', 'manager', 'owner'),
  );
  await ask();
  expect(await answered(manager, 'declineRequest')).toEqual(
    all('SUBCOMMUNITY_DECLINED', 'founder', 'helper', 'owner'),
  );
  await ask();
  expect(await answered(owner, 'acceptRequest')).toEqual(
    all('SUBCOMMUNITY_ACCEPTED', 'founder', 'helper', 'manager'),
  );
});
