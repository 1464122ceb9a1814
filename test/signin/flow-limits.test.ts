import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { World } from '../helpers/world.ts';
import { person, type Scene, startScene } from './flow-scene.ts';
import { step, whoIs } from './kit.ts';
import { isReturn, newVisitor, signInThrough, type Visitor } from './visitor.ts';

let scene: Scene;
let world: World;
beforeAll(async () => {
  scene = await startScene(
    { anna: person('anna'), stranger: person('stranger'), closed: person('closed') },
    { isWorking: false, env: { TRUSTED_PROXIES: '127.0.0.1' } },
  );
  world = scene.world;
});
beforeEach(() => world.sql('delete from rate_limits'));
afterAll(() => scene.stop());

const at = (path: string) => `${world.url}${path}`;
const from = (ip: string) => ({ headers: { 'x-forwarded-for': ip } });

/** Begins a sign-in, and answers it with a code that the provider did not give. */
async function guess(ip: string) {
  const visitor = newVisitor();
  const { to } = await step(visitor, at('/sign-in/uni'), from(ip));
  const state = new URL(to).searchParams.get('state');
  return step(visitor, at(`/sign-in/uni/callback?code=x&state=${state}&iss=${iss()}`), from(ip));
}
const iss = () => encodeURIComponent(scene.oidc.issuer);

/** Signs in from somewhere. */
async function signInFrom(ip: string, login: string, key = 'uni', visitor: Visitor = newVisitor()) {
  const page = await signInThrough(visitor, at(`/sign-in/${key}`), login, isReturn);
  return step(visitor, page.headers.get('location') ?? '', from(ip));
}

const manyTimes = async <T>(times: number, act: () => Promise<T>) => {
  const all: T[] = [];
  for (let n = 0; n < times; n++) all.push(await act());
  return all;
};

/** Guesses until no more guesses are taken. */
async function exhaust(ip: string) {
  for (let n = 0; n < 11; n++) await guess(ip);
}

describe('wrong answers', () => {
  it('from one address are ten in five minutes', async () => {
    const ten = await manyTimes(10, () => guess('10.0.0.1'));
    const next = await guess('10.0.0.1');

    expect(new Set(ten.map((it) => it.status))).toEqual(new Set([400]));
    expect(next.status).toBe(429);
    expect(Number(next.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(next.headers.get('retry-after'))).toBeLessThanOrEqual(30);
    expect(next.headers.get('content-type')).toContain('text/html');
    expect(next.text).toContain('Too often');
  });

  it('that nobody asked for are no matter: any page has its visitors send them', async () => {
    const unasked = await manyTimes(12, () =>
      step(newVisitor(), at('/sign-in/uni/callback?code=x&state=y'), from('10.0.0.7')),
    );

    expect(new Set(unasked.map((it) => it.status))).toEqual(new Set([400]));
    expect((await signInFrom('10.0.0.7', 'anna')).to).toBe('/console');
  });

  it('keep nobody out who comes from elsewhere', async () => {
    await exhaust('10.0.0.1');

    expect((await signInFrom('10.0.0.2', 'anna')).to).toBe('/console');
  });

  it('keep the same address out, until one has leaked away', async () => {
    await exhaust('10.0.0.1');
    const before = await signInFrom('10.0.0.1', 'anna');
    await world.sql(`update rate_limits set at = at - interval '31 seconds'`);
    const after = await signInFrom('10.0.0.1', 'anna');

    expect([before.status, after.status]).toEqual([429, 303]);
  });

  it('are not right ones, of which there may be many', async () => {
    const all = await manyTimes(12, () => signInFrom('10.0.0.3', 'anna'));

    expect(new Set(all.map((it) => it.status))).toEqual(new Set([303]));
  });

  it('are not those of people who said no, nor of a provider that is down', async () => {
    const no = await manyTimes(12, () => signInFrom('10.0.0.4', ''));

    expect(new Set(no.map((it) => it.status))).toEqual(new Set([403]));
  });

  it('at the same time are ten, however many they are', async () => {
    const all = await Promise.all(Array.from({ length: 30 }, () => guess('10.0.0.5')));

    expect(all.filter((it) => it.status === 400)).toHaveLength(10);
  });

  it('are told by the address that the trusted proxy saw, not by what is made up', async () => {
    const all = [];
    for (let n = 0; n < 12; n++) all.push(await guess(`1.2.3.${n}, 10.0.0.6`));

    expect(all.at(-1)?.status).toBe(429);
  });
});

describe('proofs that let nobody in', () => {
  it.each([
    ['of one who is unknown', 'stranger', 'guild', async () => {}],
    [
      'of one whose account is closed',
      'closed',
      'uni',
      async () => {
        await signInFrom('10.2.0.1', 'closed');
        await world.sql(`update users set state = 'DEACTIVATED' where username = 'closed'`);
      },
    ],
  ])('%s are ten in five minutes, from wherever', async (_, login, key, before) => {
    await before();
    let ip = 0;
    const all = await manyTimes(11, () => signInFrom(`10.3.0.${ip++}`, login, key));

    expect(all.map((it) => it.status)).toEqual([...Array(10).fill(403), 429]);
    expect(Number(all[10]?.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('are answered alike, whoever it is', async () => {
    const one = await manyTimes(11, () => signInFrom('10.4.0.1', 'stranger', 'guild'));
    const other = await manyTimes(11, () => signInFrom('10.4.0.1', 'anna', 'guild'));

    expect(one.map((it) => it.status)).toEqual(other.map((it) => it.status));
    expect(one[0]?.text).toBe(other[0]?.text);
  });

  it('keep nobody else out', async () => {
    const all = await manyTimes(11, () => signInFrom('10.5.0.1', 'stranger', 'guild'));
    const visitor = newVisitor();

    await signInFrom('10.5.0.1', 'anna', 'uni', visitor);

    expect(all.at(-1)?.status).toBe(429);
    expect(await whoIs(world, visitor)).toBe('anna');
  });
});

describe('sign-ins that are begun', () => {
  it('from one address are limited as well', async () => {
    await step(newVisitor(), at('/sign-in/uni'), from('10.6.0.1'));
    await world.sql(
      `update rate_limits set level = 300, at = clock_timestamp() where key like 'sign-in-begun:%'`,
    );

    const more = await step(newVisitor(), at('/sign-in/uni'), from('10.6.0.1'));
    const others = await step(newVisitor(), at('/sign-in/uni'), from('10.6.0.2'));

    expect([more.status, others.status]).toEqual([429, 303]);
  });
});
