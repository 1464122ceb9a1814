import { afterAll, beforeAll, expect, it } from 'vitest';
import { startWorld, type World } from '../helpers/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ env: { DATABASE_POOL: '2' } });
});
afterAll(() => world.stop());

it('takes no second connection while those who change things wait for the first', async () => {
  const { token, username } = await world.makeUser();
  const change = (fullName: string) =>
    world.ask(
      token,
      'mutation ($fullName: String!) { updateProfile(input: { fullName: $fullName }) { userErrors { message } } }',
      { fullName },
    );

  for (let round = 0; round < 5; round++) {
    await Promise.all(Array.from({ length: 10 }, (_, n) => change(`Name ${round} ${n}`)));
  }

  await world.indexed();
  const [user] = await world.sql('select version from users where username = $1', [username]);
  expect(user.version).toBe(51);
});
