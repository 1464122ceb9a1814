import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { World } from '../helpers/world.ts';
import { forge, jwkOf, type Pair, rs256, rsa } from './forge.ts';
import { audience, claims } from './forgeries.ts';
import {
  bearer,
  forgetLimits,
  makeIdentity,
  startIssuersWorld,
  startKeyPlace,
  viewerBy,
} from './kit.ts';

let world: World;
let place: Awaited<ReturnType<typeof startKeyPlace>>;
let [first, second]: Pair[] = [];
/** Each has an issuer of its own, so that no test knows the keys of another. */
const paths = Array.from({ length: 20 }, (_, n) => `/keys-${n}`);
let next = 0;
let path = '';

beforeAll(async () => {
  place = await startKeyPlace();
  [first, second] = [rsa(), rsa()];
  const issuers = paths.map((it) => [
    `https://issuer.test${it}`,
    { idp: 'knowledgeCommons', audience, jwks_url: `${place.url}${it}` },
  ]);
  world = await startIssuersWorld(Object.fromEntries(issuers));
  const { id } = await world.makeUser('Jane');
  await makeIdentity(world, id, 'jane');
});
afterAll(async () => {
  await world.stop();
  await place.stop();
});
beforeEach(async () => {
  path = paths[next++] as string;
  await forgetLimits(world);
});
afterEach(() => vi.restoreAllMocks());

const published = (pair: Pair | undefined, kid: string, more: object = {}) =>
  jwkOf(pair as Pair, { kid, ...more });

/** Who is let in by a token that a key has signed under a name. */
const enter = (pair: Pair | undefined, kid?: string) =>
  viewerBy(
    world.url,
    bearer(
      forge(
        { alg: 'RS256', kid },
        { ...claims(), iss: `https://issuer.test${path}` },
        rs256(pair as Pair),
      ),
    ),
  );

const now = performance.now.bind(performance);
/** Has so much time pass for whoever looks at a clock that nobody sets. */
const pass = (ms: number) => vi.spyOn(performance, 'now').mockImplementation(() => now() + ms);
const minute = 60_000;

describe('the keys of an issuer', () => {
  it('are asked for once, and not before they are needed', async () => {
    place.publish(path, [published(first, 'one')]);
    expect(place.countOf(path)).toBe(0);

    const all = await Promise.all(Array.from({ length: 10 }, () => enter(first, 'one')));

    expect(new Set(all)).toEqual(new Set(['Jane']));
    expect(place.countOf(path)).toBe(1);
  });

  it('are asked for again when a new one signs', async () => {
    place.publish(path, [published(first, 'one')]);
    await enter(first, 'one');
    place.publish(path, [published(first, 'one'), published(second, 'two')]);

    pass(31_000);

    expect(await enter(second, 'two')).toBe('Jane');
    expect(await enter(first, 'one')).toBe('Jane');
    expect(place.countOf(path)).toBe(2);
  });

  it('are not asked for by each bad token', async () => {
    place.publish(path, [published(first, 'one')]);
    await enter(first, 'one');
    pass(31_000);

    const all = [];
    for (let n = 0; n < 15; n++) all.push(await enter(second, `no-${n}`));

    expect(new Set(all)).toEqual(new Set([401]));
    expect(place.countOf(path)).toBe(2);
    expect(await enter(first, 'one')).toBe('Jane');
  });

  it('are not asked for by each token while nobody answers', async () => {
    place.answer(path, { status: 503 });

    const all = [];
    for (let n = 0; n < 15; n++) all.push(await enter(first, 'one'));

    expect(new Set(all)).toEqual(new Set([401]));
    expect(place.countOf(path)).toBe(1);
    place.publish(path, [published(first, 'one')]);
    pass(31_000);
    expect(await enter(first, 'one')).toBe('Jane');
  });

  it('stay good for a day while nobody answers, and no longer', async () => {
    place.publish(path, [published(first, 'one')]);
    await enter(first, 'one');
    place.answer(path, { status: 500 });

    const seen = [];
    for (const minutes of [11, 23 * 60, 24 * 60 + 1]) {
      pass(minutes * minute);
      seen.push(await enter(first, 'one'));
    }

    expect(seen).toEqual(['Jane', 'Jane', 401]);
  });

  it('are good no more soon after they were withdrawn', async () => {
    place.publish(path, [published(first, 'one'), published(second, 'two')]);
    const before = await enter(first, 'one');
    place.publish(path, [published(second, 'two')]);

    pass(11 * minute);
    // Whoever comes first does not wait for the answer.
    await enter(second, 'two');
    await vi.waitFor(() => expect(place.countOf(path)).toBe(2));

    expect(before).toBe('Jane');
    await vi.waitFor(async () => expect(await enter(first, 'one')).toBe(401));
    expect(await enter(second, 'two')).toBe('Jane');
  });

  it('may be one alone, which needs no name', async () => {
    place.publish(path, [jwkOf(first as Pair)]);

    expect(await enter(first)).toBe('Jane');
    expect(await enter(first, 'named')).toBe(401);
  });

  it('that nobody sends keep nobody waiting for longer than five seconds', async () => {
    place.answer(path, { hangs: true });
    const since = now();

    expect(await enter(first, 'one')).toBe(401);

    expect(now() - since).toBeGreaterThan(4_500);
    expect(now() - since).toBeLessThan(7_000);
  });

  const one = () => JSON.stringify({ keys: [published(first, 'one')] });
  it.each([
    ['from somewhere else', () => ({ status: 302, headers: { location: '/keys-0' } })],
    ['in more than a MiB', () => ({ body: one() + ' '.repeat(1024 * 1024) })],
    ['packed', () => ({ headers: { 'content-encoding': 'gzip' }, body: one() })],
    ['as a page', () => ({ body: '<html>' })],
    ['as a list', () => ({ body: '[]' })],
    [
      'for encryption',
      () => ({ body: JSON.stringify({ keys: [published(first, 'one', { use: 'enc' })] }) }),
    ],
    [
      'for another algorithm',
      () => ({ body: JSON.stringify({ keys: [published(first, 'one', { alg: 'PS256' })] }) }),
    ],
    [
      'that are private',
      () => ({
        body: JSON.stringify({
          keys: [{ ...(first as Pair).privateKey.export({ format: 'jwk' }), kid: 'one' }],
        }),
      }),
    ],
    [
      'that are secrets',
      () => ({ body: JSON.stringify({ keys: [{ kty: 'oct', k: 'c2VjcmV0', kid: 'one' }] }) }),
    ],
  ])('that come %s are not taken', async (_, answer) => {
    place.answer(path, answer());

    expect(await enter(first, 'one')).toBe(401);
    expect(place.countOf(path)).toBe(1);
  });
});
