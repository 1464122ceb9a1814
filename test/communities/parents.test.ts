import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../helpers/world.ts';
import {
  type Answer,
  auditOf,
  change,
  done,
  type Founded,
  found,
  newSlug,
  nobody,
  refusals,
  see,
} from './kit.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
});
afterAll(() => world.stop());

const fields = 'id version allowsChildren parent { id } theme { brand isEnabled style }';
const update = ({ id }: { id: string }, input: object, token = world.admin): Promise<Answer> =>
  change(world, token, 'updateCommunity', { communityId: id, ...input }, fields);

const parent = async (input: object = {}) => {
  const made = await found(world, input);
  await done(world, world.admin, 'updateCommunity', { communityId: made.id, allowsChildren: true });
  return made;
};
const childOf = async (it: Founded, input: object = {}) => {
  const made = await found(world, input);
  await done(world, world.admin, 'updateCommunity', { communityId: made.id, parentId: it.id });
  return made;
};

describe.concurrent('what only administrators change', () => {
  it.each([
    ['a theme', { theme: { brand: 'Moss' } }],
    ['an empty theme', { theme: {} }],
    ['that others may become its children', { allowsChildren: true }],
    ['its parent', { parentId: nobody() }],
  ])('is %s, when it is founded and later', async (_, input) => {
    const { id, owner, version } = await found(world);
    const slug = newSlug();

    const founded = await change(world, owner.token, 'createCommunity', {
      slug,
      title: '',
      ...input,
    });
    const changed = await update({ id }, { title: 'x', ...input }, owner.token);

    expect([founded.denied, changed.denied]).toEqual(['FORBIDDEN', 'FORBIDDEN']);
    expect(await see(world, world.admin, slug)).toBeNull();
    expect(version).toBe(1);
  });

  it('may be sent back as it is by an owner', async () => {
    const above = await parent();
    const theme = { brand: 'Moss', isEnabled: false, style: { primaryColor: '#00508c' } };
    const community = await childOf(above);
    await update(community, { theme });

    const same = { theme, allowsChildren: false, parentId: above.id };
    const answer = await update(community, { ...same, title: 'Fern' }, community.owner.token);
    const nothing = await update(community, same, community.owner.token);

    expect(answer).toMatchObject({ userErrors: [], community: { version: 4, theme } });
    expect(nothing.community.version).toBe(4);
  });

  it('may be left away by a founder in as many words', async () => {
    const input = { theme: null, allowsChildren: false, parentId: null };

    expect(await found(world, input)).toMatchObject({ version: 1 });
  });

  it.each<[string, object]>([
    ['takes a theme away', { theme: null }],
    ['changes a colour', { theme: { brand: 'Moss', style: { primaryColor: '#000' } } }],
    ['parts it from its parent', { parentId: null }],
    ['gives it another parent', { parentId: nobody() }],
  ])('is not for an owner who %s', async (_, input) => {
    const community = await childOf(await parent());
    await update(community, { theme: { brand: 'Moss' } });

    expect((await update(community, input, community.owner.token)).denied).toBe('FORBIDDEN');
  });

  it('is replaced whole, cleared with null, and left alone where it is absent', async () => {
    const community = await found(world);
    await update(community, { theme: { brand: 'Moss', style: { primaryColor: '#000' } } });

    const kept = await update(community, { title: 'Fern' });
    const other = await update(community, { theme: { isEnabled: false } });
    const none = await update(community, { theme: null });

    expect(kept.community.theme).toMatchObject({ brand: 'Moss' });
    expect(other.community.theme).toEqual({ brand: null, isEnabled: false, style: {} });
    expect(none.community.theme).toBeNull();
  });
});

describe.concurrent('a parent', () => {
  it('is set, changed and taken away by administrators', async () => {
    const [one, other] = [await parent(), await parent()];
    const community = await found(world);

    const set = await update(community, { parentId: one.id });
    const changed = await update(community, { parentId: other.id });
    const away = await update(community, { parentId: null });

    expect(set.community.parent).toEqual({ id: one.id });
    expect(changed.community.parent).toEqual({ id: other.id });
    expect(away.community).toMatchObject({ parent: null, version: 4 });
    expect(await auditOf(world, community)).toEqual([
      'community.created',
      ...Array(3).fill('community.updated'),
    ]);
  });

  it('that its owner cannot see stays when a form is sent back without it', async () => {
    const above = await parent({ access: { visibility: 'RESTRICTED' } });
    const child = await childOf(above);

    const { parent: shown } = await see(world, child.owner.token, child.slug, 'parent { id }');
    const sent = await update(child, { parentId: shown, title: 'Fern' }, child.owner.token);

    expect(sent).toMatchObject({ community: { version: 3, parent: null }, userErrors: [] });
    const now = await see(world, above.owner.token, child.slug, 'parent { id }');
    expect(now.parent).toEqual({ id: above.id });
  });

  it('is given at birth by administrators', async () => {
    const { id } = await parent();
    const slug = newSlug();

    const input = { slug, title: 'x', parentId: id };
    const made = await done(world, world.admin, 'createCommunity', input, 'parent { id }');

    expect(made.parent).toEqual({ id });
  });

  it.each<[string, (it: Founded) => Promise<object>, string]>([
    ['that never was', async () => ({ parentId: nobody() }), 'NOT_FOUND parentId'],
    ['by the id of something else', async () => ({ parentId: 'usr_x' }), 'NOT_FOUND parentId'],
    [
      'that is itself',
      async ({ id }) => ({ parentId: id, allowsChildren: true }),
      'CONFLICT parentId',
    ],
    [
      'that allows no children',
      async () => ({ parentId: (await found(world)).id }),
      'CONFLICT parentId',
    ],
    [
      'while it allows children itself',
      async () => ({ parentId: (await parent()).id, allowsChildren: true }),
      'CONFLICT parentId',
    ],
    [
      'that has one',
      async () => {
        const child = await childOf(await parent());
        return { parentId: child.id };
      },
      'CONFLICT parentId',
    ],
    [
      'that is deleted',
      async () => {
        const gone = await parent();
        await done(world, world.admin, 'deleteCommunity', { communityId: gone.id });
        return { parentId: gone.id };
      },
      'CONFLICT parentId',
    ],
  ])('is refused %s', async (_, input, refusal) => {
    const community = await found(world);

    const answer = await update(community, await input(community));

    expect(refusals(answer)).toEqual([refusal]);
    expect(await see(world, world.admin, community.slug, fields)).toMatchObject({
      version: 1,
      parent: null,
    });
  });

  it('goes on allowing children while it has some, deleted ones among them', async () => {
    const above = await parent();
    const child = await childOf(above);
    await done(world, world.admin, 'deleteCommunity', { communityId: child.id });

    const refused = await update(above, { allowsChildren: false });
    await world.sql('update communities set parent_id = null where id = $1', [child.uuid]);
    const right = await update(above, { allowsChildren: false });

    expect(refusals(refused)).toEqual(['CONFLICT allowsChildren']);
    expect(right.community.allowsChildren).toBe(false);
  });

  it('is no thing for a child to become', async () => {
    const child = await childOf(await parent());

    const refused = await update(child, { allowsChildren: true });
    const freed = await update(child, { allowsChildren: true, parentId: null });

    expect(refusals(refused)).toEqual(['CONFLICT allowsChildren']);
    expect(freed.community).toMatchObject({ allowsChildren: true, parent: null });
  });

  it('shows those of its children that are there for whoever asks', async () => {
    const above = await parent();
    const open = await childOf(above);
    const hidden = await childOf(above, { access: { visibility: 'RESTRICTED' } });
    const gone = await childOf(above);
    await done(world, world.admin, 'deleteCommunity', { communityId: gone.id });

    const children = async (token?: string) => {
      const { children } = await see(
        world,
        token,
        above.slug,
        'children { totalCount nodes { id } }',
      );
      expect(children.totalCount).toBe(children.nodes.length);
      return children.nodes.map((it: { id: string }) => it.id);
    };

    expect(await children()).toEqual([open.id]);
    expect(await children(hidden.owner.token)).toEqual([open.id, hidden.id]);
    expect(await children(world.admin)).toEqual([open.id, hidden.id]);
    expect(await see(world, world.admin, above.slug, fields)).toMatchObject({ parent: null });
  });

  it('that nobody may see is not told by its children', async () => {
    const above = await parent({ access: { visibility: 'RESTRICTED' } });
    const child = await childOf(above);
    const query = `query ($parentId: ID) { communities(filter: { parentId: $parentId }) {
      totalCount nodes { id } } }`;

    const list = async (token: string | undefined, parentId: string) =>
      (await world.ask(token, query, { parentId })).data.communities;

    expect(await list(undefined, above.id)).toEqual(await list(undefined, nobody()));
    expect(await list(above.owner.token, above.id)).toEqual({
      totalCount: 1,
      nodes: [{ id: child.id }],
    });
    expect((await see(world, undefined, child.slug, 'parent { id }')).parent).toBeNull();
    expect((await see(world, above.owner.token, child.slug, 'parent { id }')).parent).toEqual({
      id: above.id,
    });
  });

  it('never waits for its child while that waits for it', async () => {
    const pairs = await Promise.all(
      Array.from(Array(10), async () => [await parent(), await parent()] as const),
    );

    const answers = await Promise.all(
      pairs.flatMap(([a, b]) => [
        update(a, { parentId: b.id, allowsChildren: false }),
        update(b, { parentId: a.id, allowsChildren: false }),
      ]),
    );

    pairs.forEach((_, n) => {
      const both = answers.slice(2 * n, 2 * n + 2).map((it) => refusals(it)[0] ?? 'DONE');
      expect(both.sort()).toEqual(['CONFLICT parentId', 'DONE']);
    });
  });

  it('is founded under while it is renamed', async () => {
    const above = await parent();

    const answers = await Promise.all(
      Array.from(Array(10), (_, n) => [
        change(world, world.admin, 'createCommunity', {
          slug: newSlug(),
          title: 'x',
          parentId: above.id,
        }),
        change(world, above.owner.token, 'renameCommunity', {
          communityId: above.id,
          slug: `${above.slug}-${n}`,
        }),
      ]).flat(),
    );

    expect(answers.flatMap(refusals)).toEqual([]);
  });
});
