import { afterAll, beforeAll, expect, it } from 'vitest';
import { Actor } from '../../src/actor.ts';
import { createSignInLink } from '../../src/signin/links/sign-in-links.ts';
import type { World } from '../helpers/world.ts';
import { person, type Scene, startScene } from './flow-scene.ts';
import { signInAs, whoIs } from './kit.ts';
import { newVisitor } from './visitor.ts';

let scene: Scene;
let world: World;
beforeAll(async () => {
  scene = await startScene({ 1234: person('1234'), local: person('local') });
  world = scene.world;
});
afterAll(() => scene.stop());

const calls = () => world.sample.calls.count('/wp-json/commons/v1/users/1234');
const signIn = () => signInAs(world, newVisitor(), 'commons', '1234');

it('is taken at a sign-in, once in half a minute however often somebody signs in', async () => {
  await signIn();
  await world.settled();
  const first = calls();

  await signIn();
  await signIn();
  await world.settled();
  const meanwhile = calls();
  await world.sql(`update sync_states set fetched_at = now() - interval '31 seconds'`);
  await signIn();
  await world.settled();

  expect([first, meanwhile, calls()]).toEqual([1, 1, 2]);
  const runs = await world.sql('select trigger, outcome from sync_runs order by id');
  expect(runs.map((it) => it.trigger)).toEqual(['SIGN_IN', 'SIGN_IN']);
});

it('is taken of nobody who signs in where no service is asked, or by a link', async () => {
  const before = await world.sql('select count(*)::int from sync_states');
  const [visitor, other] = [newVisitor(), newVisitor()];
  const { username } = await world.makeUser();

  await signInAs(world, visitor, 'uni', 'local');
  const link = await createSignInLink(world.app.begin(Actor.system), username);
  await other.send(await other.open(link), {
    token: new URL(link).searchParams.get('token') ?? '',
  });

  expect(await whoIs(world, visitor)).toBe('local');
  expect(await whoIs(world, other)).toBe(username);
  expect(await world.sql('select count(*)::int from sync_states')).toEqual(before);
});
