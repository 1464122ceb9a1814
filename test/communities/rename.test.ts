import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../helpers/world.ts';
import {
  auditOf,
  change,
  done,
  type Founded,
  found,
  member,
  newSlug,
  nobody,
  refusals,
  see,
  settings,
} from './kit.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
});
afterAll(() => world.stop());

const rename = ({ id, owner }: Founded, slug: string, token = owner.token, more: object = {}) =>
  change(world, token, 'renameCommunity', { communityId: id, slug, ...more });
const renamed = async (it: Founded, slug: string) => {
  expect((await rename(it, slug)).userErrors).toEqual([]);
};
const idAt = async (slug: string, token?: string) => (await see(world, token, slug))?.id ?? null;
const get = (path: string, token?: string) =>
  fetch(`${world.url}${path}`, {
    redirect: 'manual',
    headers: { ...(token && { authorization: `Bearer ${token}` }) },
  });

describe.concurrent('a renamed community', () => {
  it('is found by its old slug, and says its new one', async () => {
    const community = await found(world);
    const slug = newSlug();

    await renamed(community, slug);

    const seen = await see(world, undefined, community.slug, 'id slug oldSlugs version');
    expect(seen).toEqual({ id: community.id, slug, oldSlugs: [community.slug], version: 2 });
    expect(await see(world, undefined, slug.toUpperCase())).toMatchObject({ id: community.id });
  });

  it('redirects from its old address to its new one, with what comes after', async () => {
    const community = await found(world);
    const slug = newSlug();
    await renamed(community, slug);

    const [old, deep, here] = await Promise.all([
      get(`/communities/${community.slug}`),
      get(`/communities/${community.slug.toUpperCase()}/logo/64?x=/communities/y`),
      get(`/communities/${slug}`),
    ]);

    expect([old.status, old.headers.get('location')]).toEqual([308, `/communities/${slug}`]);
    expect([deep.status, deep.headers.get('location')]).toEqual([
      308,
      `/communities/${slug}/logo/64?x=/communities/y`,
    ]);
    expect(here.status).toBe(200);
    expect(await here.json()).toMatchObject({ id: community.id, slug });
  });

  it('leads on over many renamings', async () => {
    const community = await found(world);
    const slugs = [community.slug, newSlug(), newSlug(), newSlug()];
    for (const it of slugs.slice(1)) await renamed(community, it);

    expect(await Promise.all(slugs.map((it) => idAt(it)))).toEqual(Array(4).fill(community.id));
    const { oldSlugs } = await see(world, undefined, slugs[3] as string, 'oldSlugs');
    expect(oldSlugs).toEqual(slugs.slice(0, 3));
    const location = (await get(`/communities/${slugs[0]}`)).headers.get('location');
    expect(location).toBe(`/communities/${slugs[3]}`);
  });

  it('may go back to a slug that it had, and forth again', async () => {
    const community = await found(world);
    const [first, second] = [community.slug, newSlug()];

    for (const it of [second, first, second, first]) await renamed(community, it);

    expect(await see(world, undefined, second, 'id slug oldSlugs')).toEqual({
      id: community.id,
      slug: first,
      oldSlugs: [second],
    });
    expect((await get(`/communities/${first}`)).status).toBe(200);
    expect(await auditOf(world, community)).toEqual([
      'community.created',
      ...Array(4).fill('community.renamed'),
    ]);
  });

  it('keeps its old slug from others for 90 days, and not for longer', async () => {
    const community = await found(world);
    const old = community.slug;
    await renamed(community, newSlug());
    const left = (days: string) =>
      world.sql(`update old_slugs set left_at = now() - $2::interval where slug = $1`, [old, days]);
    const other = await found(world);
    const take = () =>
      change(world, other.owner.token, 'createCommunity', { slug: old, title: 'x' });

    const early = [await take(), await rename(other, old)];
    await left('89 days 23:59');
    early.push(await take(), await rename(other, old));
    await left('90 days 00:00:01');
    const late = await rename(other, old);

    for (const it of early) expect(refusals(it)).toEqual(['SLUG_TAKEN slug']);
    expect(late.userErrors).toEqual([]);
    expect(await idAt(old)).toBe(other.id);
    expect(await see(world, undefined, other.slug, 'slug oldSlugs')).toEqual({
      slug: old,
      oldSlugs: [other.slug],
    });
    const { id } = community;
    const { data } = await world.ask(
      undefined,
      'query ($id: ID!) { node(id: $id) { ... on Community { oldSlugs } } }',
      { id },
    );
    expect(data.node.oldSlugs).toEqual([]);
    expect(refusals(await rename(community, old))).toEqual(['SLUG_TAKEN slug']);
  });

  it('stays what it was in everything else', async () => {
    const community = await found(world, { description: 'All of it.', type: 'topic' });
    const before = await see(world, world.admin, community.slug, settings);
    const slug = newSlug();

    await renamed(community, slug);

    expect(await see(world, world.admin, slug, settings)).toEqual(before);
  });

  it('is written down with both slugs', async () => {
    const community = await found(world);
    const slug = newSlug();
    await renamed(community, slug.toUpperCase());

    const [event] = await world.sql(
      `select details from audit_events where subject_id = $1 and act = 'community.renamed'`,
      [community.uuid],
    );

    expect(event.details).toEqual({ before: community.slug, after: slug });
  });

  it('that is restricted leads nobody there who may not see it', async () => {
    const community = await found(world, { access: { visibility: 'RESTRICTED' } });
    await renamed(community, newSlug());
    const { token } = await world.makeUser();

    const answers = await Promise.all(
      [community.slug, newSlug()].map(async (slug) => {
        const response = await get(`/communities/${slug}`, token);
        const headers = Object.fromEntries(response.headers);
        for (const it of ['date', 'x-request-id']) delete headers[it];
        return { status: response.status, headers, body: await response.text() };
      }),
    );

    expect(await idAt(community.slug, token)).toBeNull();
    expect(await idAt(community.slug, community.owner.token)).toBe(community.id);
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]?.status).toBe(404);
    expect((await get(`/communities/${community.slug}`, community.owner.token)).status).toBe(308);
  });
});

describe.concurrent('renaming is refused', () => {
  it.each(['READER', 'CURATOR', 'MANAGER'] as const)('to a %s', async (level) => {
    const community = await found(world);
    const { token } = await member(world, community, level);

    expect((await rename(community, '---', token)).denied).toBe('FORBIDDEN');
  });

  it('to those who are not signed in, and tells strangers nothing', async () => {
    const open = await found(world);
    const hidden = await found(world, { access: { visibility: 'RESTRICTED' } });
    const { token } = await world.makeUser();

    const input = { communityId: open.id, slug: newSlug() };

    expect((await change(world, undefined, 'renameCommunity', input)).denied).toBe(
      'UNAUTHENTICATED',
    );
    expect(await rename(hidden, newSlug(), token)).toEqual(
      await rename({ ...hidden, id: nobody() }, newSlug(), token),
    );
  });

  it('to the same slug, however it is written', async () => {
    const community = await found(world);

    for (const slug of [community.slug, ` ${community.slug.toUpperCase()} `]) {
      expect(refusals(await rename(community, slug))).toEqual(['INVALID slug']);
    }
    expect(await auditOf(world, community)).toEqual(['community.created']);
  });

  it.each(['featured', 'New', 'deadbeefdeadbeefdeadbeefdeadbeef', '---', ''])(
    'to %j',
    async (slug) => {
      expect(refusals(await rename(await found(world), slug))).toEqual(['INVALID slug']);
    },
  );

  it('to the slug of another, live, hidden or deleted', async () => {
    const community = await found(world);
    const others = [
      await found(world),
      await found(world, { access: { visibility: 'RESTRICTED' } }),
      await found(world),
    ] as const;
    await done(world, world.admin, 'deleteCommunity', { communityId: others[2].id });

    for (const { slug } of others) {
      expect(refusals(await rename(community, slug))).toEqual(['SLUG_TAKEN slug']);
      const input = { slug: slug.toUpperCase(), title: 'x' };
      const founded = await change(world, world.admin, 'createCommunity', input);
      expect(refusals(founded)).toEqual(['SLUG_TAKEN slug']);
    }
  });

  it('to a slug that a deleted community had lately', async () => {
    const gone = await found(world);
    await renamed(gone, newSlug());
    await done(world, world.admin, 'deleteCommunity', { communityId: gone.id });

    expect(refusals(await rename(await found(world), gone.slug))).toEqual(['SLUG_TAKEN slug']);
  });

  it('with an old version', async () => {
    const community = await found(world);
    await renamed(community, newSlug());

    const answer = await rename(community, newSlug(), world.admin, { expectedVersion: 1 });

    expect(answer.userErrors).toMatchObject([{ code: 'VERSION_CONFLICT', currentVersion: 2 }]);
  });

  it('while it is deleted', async () => {
    const community = await found(world);
    await done(world, world.admin, 'deleteCommunity', { communityId: community.id });

    expect(refusals(await rename(community, newSlug()))).toEqual(['CONFLICT communityId']);
  });
});

describe('at once', () => {
  it('50 found a community with one slug, and one does', async () => {
    const slug = newSlug();
    const { token } = await world.makeUser();

    const answers = await Promise.all(
      Array.from(Array(50), () => change(world, token, 'createCommunity', { slug, title: 'x' })),
    );

    const lost = answers.filter((it) => !it.community);
    expect(lost.map(refusals)).toEqual(Array(49).fill(['SLUG_TAKEN slug']));
    expect(await world.sql('select from communities where slug = $1', [slug])).toHaveLength(1);
  });

  it('25 rename and 25 found, for one slug, and one gets it', async () => {
    const slug = newSlug();
    const all = await Promise.all(Array.from(Array(25), () => found(world)));

    const answers = await Promise.all(
      all.flatMap((it) => [
        rename(it, slug),
        change(world, it.owner.token, 'createCommunity', { slug, title: 'x' }),
      ]),
    );

    const lost = answers.filter((it) => !it.community);
    expect(lost.map(refusals)).toEqual(Array(49).fill(['SLUG_TAKEN slug']));
    const won = answers.find((it) => it.community);
    expect(await idAt(slug)).toBe(won?.community.id);
    expect(await world.sql('select from old_slugs where slug = $1', [slug])).toEqual([]);
  });

  it('two swap their slugs, and neither gets the other’s', async () => {
    const [a, b] = [await found(world), await found(world)];

    const answers = await Promise.all([rename(a, b.slug), rename(b, a.slug)]);

    expect(answers.map(refusals)).toEqual([['SLUG_TAKEN slug'], ['SLUG_TAKEN slug']]);
  });

  it('one is renamed 20 times, and all its slugs lead to it', async () => {
    const community = await found(world);
    const slugs = Array.from(Array(20), () => newSlug());

    const answers = await Promise.all(slugs.map((it) => rename(community, it)));

    expect(answers.flatMap(refusals)).toEqual([]);
    const ids = await Promise.all([community.slug, ...slugs].map((it) => idAt(it)));
    expect(ids).toEqual(Array(21).fill(community.id));
  });

  it('many move on to the slugs that others leave, and nothing waits for ever', async () => {
    const all = await Promise.all(Array.from(Array(12), () => found(world)));

    const answers = await Promise.all(
      all.map((it, n) => rename(it, all[(n + 1) % all.length]?.slug ?? '')),
    );

    expect(answers.map(refusals)).toEqual(Array(12).fill(['SLUG_TAKEN slug']));
  });
});
