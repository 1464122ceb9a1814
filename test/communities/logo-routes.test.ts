import { request } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sharp } from '../../src/pictures/decoders.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { change, done, type Founded, found, member, newSlug, nobody, withRight } from './kit.ts';
import { dressed, get } from './logo-kit.ts';

let world: World;
/** Where the pictures of all logos here are copied from. */
let model: { uuid: string; hash: string };
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
  const community = await found(world);
  model = { uuid: community.uuid, hash: await dressed(world, community) };
});
afterAll(() => world.stop());

/** Gives a community the model's logo: a picture is dear to make. */
async function dress({ uuid }: { uuid: string }): Promise<string> {
  const [{ hash }] = await world.sql('select md5(gen_random_uuid()::text) as hash');
  await world.sql(
    `insert into stored_files (key, type, bytes)
     select replace(replace(key, $1, $2), $3, $4), type, bytes from stored_files
     where starts_with(key, 'logos/' || $1)`,
    [model.uuid, uuid, model.hash, hash],
  );
  await world.sql('update communities set logo_hash = $2 where id = $1', [uuid, hash]);
  return hash;
}

interface Dressed extends Founded {
  hash: string;
  base: string;
}
async function foundDressed(input: object = {}): Promise<Dressed> {
  const community = await found(world, input);
  const hash = await dress(community);
  return { ...community, hash, base: `/communities/${community.slug}/logo` };
}
const restricted = { access: { visibility: 'RESTRICTED' } };

/** What two answers must have in common to tell nobody the one from the other. */
async function shown(response: Response) {
  const headers = Object.fromEntries(response.headers);
  for (const name of ['date', 'x-request-id', 'connection', 'keep-alive']) delete headers[name];
  return { status: response.status, headers, body: await response.text() };
}

/** Sends a path as it is: `fetch` would put it in order first. */
function getRaw(path: string): Promise<{ status?: number; location?: string }> {
  const { hostname, port } = new URL(world.url);
  return new Promise((resolve, reject) => {
    request({ hostname, port, path, agent: false }, (response) => {
      response.resume();
      resolve({ status: response.statusCode, location: response.headers.location });
    })
      .on('error', reject)
      .end();
  });
}

describe('the address of a logo', () => {
  let community: Dressed;
  beforeAll(async () => {
    community = await foundDressed();
  });
  const at = (path: string, headers = {}) => get(world, `${community.base}${path}`, headers);

  it.each([
    ['', 256],
    ['/64', 64],
    ['/256', 256],
    ['/1024', 1024],
    ['/64/', 64],
    ['?v=2', 256],
    ['/64?size=1024&file=../x', 64],
  ])('may be /logo%s, for a picture of %i pixels', async (path, width) => {
    const response = await at(path);

    expect(response.status).toBe(200);
    expect(await sharp(await response.arrayBuffer()).metadata()).toMatchObject({
      format: 'png',
      width,
      height: width,
    });
  });

  it('may say all, and is for good then', async () => {
    for (const size of [64, 256, 1024]) {
      for (const extension of ['webp', 'png']) {
        const response = await at(`/${size}/${community.hash}.${extension}?x`, {
          accept: 'text/html',
        });

        expect(response.status).toBe(200);
        expect(Object.fromEntries(response.headers)).toMatchObject({
          'content-type': `image/${extension}`,
          'cache-control': 'public, max-age=31536000, immutable',
          etag: `"${community.hash}-${size}-${extension}"`,
          vary: 'authorization, cookie',
          'accept-ranges': 'none',
          'x-content-type-options': 'nosniff',
          'content-security-policy': "default-src 'none'",
          'cross-origin-resource-policy': 'cross-origin',
        });
        const { format, width } = await sharp(await response.arrayBuffer()).metadata();
        expect([format, width]).toEqual([extension, size]);
      }
    }
  });

  it.each(['/', '/64'])('that says not all is asked for each time: /logo%s', async (path) => {
    const { headers } = await at(path);

    expect(headers.get('cache-control')).toBe('public, no-cache');
    expect(headers.get('vary')).toBe('authorization, cookie, accept');
  });

  it.each([
    '/0',
    '/65',
    '/0256',
    '/256.0',
    '/2e2',
    '/-64',
    '/huge',
    '/%20256',
    '/256%2F',
    '/64/',
    '/65/{hash}.png',
    '/64/{hash}',
    '/64/{hash}.jpg',
    '/64/{hash}.svg',
    '/64/{hash}.PNG',
    '/64/{hash}.png.',
    '/64/{hash}.png%00',
    '/64/{hash}.png%0A',
    '/64/{hash}.png/x',
    '/64/.png',
    '/64/a.png',
    '/64/{hash}0.png',
    '/64/{HASH}.png',
    '/64/256.png',
    '/64/..%2F64%2F{hash}.png',
    '/64/%2e%2e%2f{hash}.png',
    '/constructor',
    '/64/__proto__',
  ])('is never /logo%s', async (form) => {
    const path = form
      .replace('{hash}', community.hash)
      .replace('{HASH}', 'ABCDEF0123456789'.repeat(2));
    // A slash at the end is as none.
    const expected = form === '/64/' ? 200 : 404;

    expect((await getRaw(`${community.base}${path}`)).status).toBe(expected);
  });

  it.each([
    ['image/webp', 'webp'],
    ['image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8', 'webp'],
    ['IMAGE/WEBP ; Q=0.5', 'webp'],
    ['image/png;q=0.5, image/webp', 'webp'],
    ['image/webp;q=0', 'png'],
    ['image/webp;q=0.000, */*', 'png'],
    ['image/webp;q=0.5, image/png', 'png'],
    ['image/webp;q=nonsense', 'png'],
    ['image/webpage', 'png'],
    ['text/html;a="image/webp"', 'png'],
    ['image/*', 'png'],
    ['*/*', 'png'],
    ['', 'png'],
    [',;,;;q=', 'png'],
  ])('that says no form is in one that is read: Accept %j gets %s', async (accept, format) => {
    const response = await at('/64', { accept });

    expect(response.headers.get('content-type')).toBe(`image/${format}`);
    expect(response.headers.get('etag')).toBe(`"${community.hash}-64-${format}"`);
  });

  it('of which a part is asked for is answered with all', async () => {
    const whole = await (await at('/64')).arrayBuffer();

    for (const range of ['bytes=0-9', 'bytes=-5', 'bytes=9-,0-1', 'bytes=999999999-']) {
      const response = await at('/64', { range });

      expect([response.status, response.headers.get('accept-ranges')]).toEqual([200, 'none']);
      expect(response.headers.get('content-range')).toBeNull();
      expect(await response.arrayBuffer()).toEqual(whole);
    }
  });

  it.each(['', '/1024', '/64/{hash}.webp'])('may be asked for by HEAD: /logo%s', async (form) => {
    const path = form.replace('{hash}', community.hash);
    const [full, head] = [await at(path), await at(path, { method: 'HEAD' })];

    const expected = await shown(full);
    expect(await shown(head)).toEqual({ ...expected, body: '' });
    expect(head.headers.get('content-length')).toBe(full.headers.get('content-length'));
  });

  it.each(['POST', 'PUT', 'DELETE', 'PATCH'])('is not for %s', async (method) => {
    expect((await at('', { method })).status).toBe(404);
  });
});

describe('a logo that somebody has already', () => {
  let community: Dressed;
  beforeAll(async () => {
    community = await foundDressed();
  });
  const ask = (header: string, method = 'GET', path = '/64') =>
    get(world, `${community.base}${path}`, {
      method,
      'if-none-match': header.replaceAll('{hash}', community.hash),
    });

  it.each([
    '"{hash}-64-png"',
    'W/"{hash}-64-png"',
    '"another", "{hash}-64-png"',
    '"another" , W/"more","{hash}-64-png"',
    '"a, b", "{hash}-64-png"',
    '*',
    ' * ',
  ])('is not sent again: If-None-Match %j', async (header) => {
    for (const method of ['GET', 'HEAD']) {
      const response = await ask(header, method);

      expect(response.status).toBe(304);
      expect(await response.text()).toBe('');
      expect(Object.fromEntries(response.headers)).toMatchObject({
        etag: `"${community.hash}-64-png"`,
        'cache-control': 'public, no-cache',
        vary: 'authorization, cookie, accept',
      });
      expect(response.headers.get('content-type')).toBeNull();
    }
  });

  it.each([
    '"another"',
    '"{hash}-256-png"',
    '"{hash}-64-webp"',
    '{hash}-64-png',
    '"a,*,b"',
    '"*"',
    '"{hash}-64-png',
    '"X{hash}-64-png"',
  ])('is sent if it is another: If-None-Match %j', async (header) => {
    expect((await ask(header)).status).toBe(200);
  });

  it('is one by its whole address too, and is kept for as long', async () => {
    const response = await ask('"{hash}-64-webp"', 'GET', `/64/${community.hash}.webp`);

    expect(response.status).toBe(304);
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  });

  it('is told to be replaced, or gone, whatever they have', async () => {
    const other = await foundDressed();
    const old = other.hash;
    const hash = await dress(other);
    const has = { 'if-none-match': `*, "${old}-64-png"` };

    const moved = await get(world, `${other.base}/64/${old}.png`, has);
    expect([moved.status, moved.headers.get('location')]).toEqual([
      302,
      `${other.base}/64/${hash}.png`,
    ]);
    await world.sql('update communities set logo_hash = null where id = $1', [other.uuid]);
    expect((await get(world, `${other.base}/64`, { 'if-none-match': '*' })).status).toBe(404);
  });
});

describe('whoever asks for the logo of a community', () => {
  const addresses = ({ base, slug, hash }: Dressed) => [
    `/communities/${slug}`,
    base,
    `${base}/64`,
    `${base}/64/${hash}.webp`,
    `${base}/64/${hash.replace(/^./, (it) => (it === 'a' ? 'b' : 'a'))}.webp`,
  ];
  const statuses = async (community: Dressed, token?: string) => {
    const all = addresses(community).map((it) => get(world, it, { token }));
    return (await Promise.all(all)).map((it) => it.status);
  };
  const served = [200, 200, 200, 200, 302];
  const hidden = Array(5).fill(404);

  it('that is restricted sees it as a member or an administrator', async () => {
    const community = await foundDressed(restricted);
    const reader = await member(world, community, 'READER');

    for (const token of [reader.token, community.owner.token, world.admin]) {
      expect(await statuses(community, token)).toEqual(served);
    }
    for (const right of ['MODERATE', 'SYNC']) {
      expect(await statuses(community, (await withRight(world, right)).token)).toEqual(hidden);
    }
    expect(await statuses(community, (await world.makeUser()).token)).toEqual(hidden);
    expect(await statuses(community)).toEqual(hidden);
  });

  it('that is restricted may keep it for themselves alone', async () => {
    const community = await foundDressed(restricted);
    const { token } = community.owner;
    const kept = async (path: string) =>
      (await get(world, path, { token })).headers.get('cache-control');

    expect(await Promise.all(addresses(community).map(kept))).toEqual([
      'private, no-cache',
      'private, no-cache',
      'private, no-cache',
      'private, max-age=31536000, immutable',
      'private, no-cache',
    ]);
    for (const path of addresses(community)) {
      expect((await get(world, path, { token })).headers.get('vary')).toMatch(/^authorization\b/);
    }
  });

  it('that they do not see is told no more than for one that never was', async () => {
    const community = await foundDressed(restricted);
    const old = community.slug;
    const { token, id: communityId } = { ...community.owner, id: community.id };
    const slug = newSlug();
    await done(world, token, 'renameCommunity', { communityId, slug });
    const renamed = { ...community, slug, base: `/communities/${slug}/logo` };
    const stranger = await world.makeUser();

    for (const asker of [undefined, stranger.token]) {
      for (const it of [community, renamed]) {
        for (const path of addresses(it)) {
          for (const method of ['GET', 'HEAD']) {
            const has = { token: asker, method, 'if-none-match': '*' };
            const [here, never] = [
              await shown(await get(world, path, has)),
              await shown(await get(world, path.replace(it.slug, newSlug()), has)),
            ];
            expect(here).toEqual(never);
            expect(here.status).toBe(404);
            expect(here.headers).toMatchObject({
              'cache-control': 'no-store',
              vary: 'authorization, cookie',
            });
          }
        }
      }
    }
    expect((await get(world, `/communities/${old}`, { token })).status).toBe(308);
  });

  it.each(['Bearer clg_pat_0123456789', 'Bearer', 'Basic YTpi', '', 'nonsense'])(
    'with %j for a token is told so, whatever there is',
    async (authorization) => {
      const [open, closed] = [await foundDressed(), await foundDressed(restricted)];

      const answers = await Promise.all(
        [
          `${open.base}/64`,
          `${closed.base}/64/${closed.hash}.png`,
          `/communities/${newSlug()}`,
        ].map(async (path) =>
          shown(await get(world, path, { authorization, 'if-none-match': '*' })),
        ),
      );

      expect(answers[0]).toMatchObject({
        status: 401,
        headers: {
          'cache-control': 'no-store',
          vary: 'authorization, cookie',
          'www-authenticate': 'Bearer',
        },
        body: expect.stringContaining('UNAUTHENTICATED'),
      });
      expect(answers[1]).toEqual(answers[0]);
      expect(answers[2]).toEqual(answers[0]);
    },
  );

  it('is asked for their rights each time: hidden, shown, in and out', async () => {
    const community = await foundDressed();
    const { id: communityId, owner, uuid } = community;
    const guest = await world.makeUser();
    const as = (visibility: string) =>
      done(world, owner.token, 'updateCommunity', { communityId, access: { visibility } });
    expect(await statuses(community, guest.token)).toEqual(served);

    await as('RESTRICTED');
    expect(await statuses(community, guest.token)).toEqual(hidden);
    expect(await statuses(community)).toEqual(hidden);

    await world.sql(
      `insert into members (id, community_id, user_id, level) values (gen_random_uuid(), $1, $2, 'READER')`,
      [uuid, guest.id],
    );
    expect(await statuses(community, guest.token)).toEqual(served);
    await change(world, guest.token, 'leaveCommunity', { communityId });
    expect(await statuses(community, guest.token)).toEqual(hidden);

    await as('PUBLIC');
    expect(await statuses(community)).toEqual(served);
  });

  it('that was deleted sees none, whoever it is', async () => {
    const community = await foundDressed();
    await done(world, community.owner.token, 'deleteCommunity', { communityId: community.id });
    const moderator = await withRight(world, 'MODERATE');

    for (const token of [undefined, community.owner.token, moderator.token, world.admin]) {
      expect(await statuses(community, token)).toEqual(hidden);
    }
  });

  it('that has none is told so, and finds its page without one', async () => {
    const { slug, owner } = await found(world);

    for (const path of ['/logo', '/logo/64', `/logo/64/${model.hash}.png`]) {
      const response = await get(world, `/communities/${slug}${path}`, { token: owner.token });
      expect([response.status, response.headers.get('cache-control')]).toEqual([404, 'no-store']);
    }
  });
});

describe('the address of a community', () => {
  it('tells what it is, and where its logo', async () => {
    const community = await foundDressed({ title: 'Mosses & <Lichens>', description: 'Green.' });
    const { id, slug, hash } = community;
    const url = `${world.app.begin().config.publicUrl}/communities/${slug}`;

    const response = await get(world, `/communities/${slug}`, { accept: 'text/html' });

    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('public, no-cache');
    expect(response.headers.get('vary')).toBe('authorization, cookie');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await response.json()).toEqual({
      id,
      slug,
      title: 'Mosses & <Lichens>',
      description: 'Green.',
      url,
      logo: `${url}/logo`,
    });
    await world.sql('update communities set logo_hash = null where logo_hash = $1', [hash]);
    expect(await (await get(world, `/communities/${slug}`)).json()).toMatchObject({ logo: null });
  });

  it.each([
    ['/', 404],
    ['', 404],
    ['/..', 404],
    ['/.', 404],
    ['/%2e%2e', 404],
    ['/%2e%2e%2flivez', 404],
    ['/..%2Flivez/logo', 404],
    ['/../livez', 404],
    ['/a%20b', 404],
    ['/%00', 404],
    ['/%C3%A4', 404],
    ["/'%20or%201=1--", 404],
    ['/%', 400],
    ['/%zz/logo', 400],
    ['/%ff', 400],
    ['/{id}', 404],
    ['/{uuid}', 404],
  ])('is never /communities%s', async (path, status) => {
    const { id, uuid } = await found(world);
    const named = path.replace('{id}', id).replace('{uuid}', uuid);

    expect((await getRaw(`/communities${named}`)).status).toBe(status);
  });

  it('may have a slug of 100 letters, and never of more', async () => {
    const slug = newSlug().padEnd(100, '_-z');
    await foundDressed({ slug });
    for (const more of ['a', 'a'.repeat(10_000)]) {
      expect((await getRaw(`/communities/${slug}${more}`)).status).toBe(414);
    }

    expect((await get(world, `/communities/${slug}/logo/64/${model.hash}.png`)).status).toBe(302);
    expect((await get(world, `/communities/${slug}`)).status).toBe(200);
  });

  describe('that is not as it is written', () => {
    let community: Dressed;
    let old: string;
    beforeEach(async () => {
      community = await foundDressed();
      old = community.slug;
      const slug = newSlug();
      const { id: communityId, owner } = community;
      await done(world, owner.token, 'renameCommunity', { communityId, slug });
      community = { ...community, slug };
    });
    const encoded = (text: string) => text.replace(/^c/, '%63');

    it.each<[what: string, before: (old: string) => string, after: string]>([
      ['by its old slug', (it) => `/communities/${it}`, ''],
      ['by its old slug, its logo', (it) => `/communities/${it}`, '/logo'],
      ['with a question', (it) => `/communities/${it}`, '?x=/communities/y&a=%2F'],
      ['with a question after its logo', (it) => `/communities/${it}`, '/logo/64?a#b'],
      ['with a slash at the end', (it) => `/communities/${it}`, '/'],
      ['in capitals', (it) => `/communities/${it.toUpperCase()}`, '/logo/64'],
      ['with its slug encoded', (it) => `/communities/${encoded(it)}`, '/logo/64'],
      ['with all encoded', (it) => `/%63ommunities/${encoded(it)}`, '/%6cogo/64'],
      ['with a host in front', (it) => `http://there.example/communities/${it}`, '/logo'],
    ])('leads on to it: %s', async (_, before, after) => {
      expect(await getRaw(`${before(old)}${after}`)).toEqual({
        status: 308,
        location: `/communities/${community.slug}${after}`,
      });
    });

    it('leads on from its own slug in capitals, but not from one that is encoded', async () => {
      const { slug } = community;

      expect(await getRaw(`/communities/${slug.toUpperCase()}/logo`)).toEqual({
        status: 308,
        location: `/communities/${slug}/logo`,
      });
      expect((await getRaw(`/communities/${encoded(slug)}/logo`)).status).toBe(200);
      expect((await getRaw(`/COMMUNITIES/${slug}`)).status).toBe(404);
    });

    it('leads on with all of a logo’s address, to be asked again each time', async () => {
      const { hash, slug } = community;
      const response = await get(world, `/communities/${old}/logo/64/${hash}.webp`);

      expect(Object.fromEntries(response.headers)).toMatchObject({
        location: `/communities/${slug}/logo/64/${hash}.webp`,
        'cache-control': 'public, no-cache',
        vary: 'authorization, cookie',
      });
      const followed = await fetch(`${world.url}/communities/${old}/logo/64/${hash}.webp`);
      expect(followed.headers.get('etag')).toBe(`"${hash}-64-webp"`);
    });
  });
});

describe('where others reach us by another address', () => {
  let there: World;
  beforeAll(async () => {
    there = await startWorld({
      isWorking: false,
      env: { PUBLIC_URL: 'https://example.org/commons/' },
    });
  });
  afterAll(() => there.stop());

  it('logos and communities are told, and led on to, at that address', async () => {
    const community = await found(there);
    const old = await dressed(there, community);
    const hash = await dressed(there, community);
    const slug = newSlug();
    const { id: communityId, owner } = community;
    await done(there, owner.token, 'renameCommunity', { communityId, slug });
    const base = `/commons/communities/${slug}`;

    const { data } = await there.ask(
      undefined,
      `{ community(slug: "${slug}") { logo { hash url small: url(size: SMALL, format: PNG)
        large: url(size: LARGE) } } }`,
    );
    expect(data.community.logo).toEqual({
      hash,
      url: `https://example.org${base}/logo/256/${hash}.webp`,
      small: `https://example.org${base}/logo/64/${hash}.png`,
      large: `https://example.org${base}/logo/1024/${hash}.webp`,
    });
    expect(await (await get(there, `/communities/${slug}`)).json()).toMatchObject({
      url: `https://example.org${base}`,
      logo: `https://example.org${base}/logo`,
    });
    // What stands before our paths is known to callers alone, so it is put in front.
    const led = async (path: string) => (await get(there, path)).headers.get('location');
    expect(await led(`/communities/${community.slug}/logo?x`)).toBe(`${base}/logo?x`);
    expect(await led(`/communities/${slug}/logo/64/${old}.png`)).toBe(
      `${base}/logo/64/${hash}.png`,
    );
  });
});

it('is not found by an id of GraphQL', async () => {
  expect((await get(world, `/communities/${nobody()}/logo`)).status).toBe(404);
});
