import { afterAll, beforeAll, expect, it } from 'vitest';
import { startWorld, type World } from '../helpers/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

it('writes who comes into the index', async () => {
  const user = await world.makeUser('indexed-user');
  await world.indexed();

  const found = await world.sql('select name from search_users where id = $1', [user.id]);

  expect(found).toEqual([{ name: 'indexed-user' }]);
});
