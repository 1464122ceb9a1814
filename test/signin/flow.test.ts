import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { World } from '../helpers/world.ts';
import { configured, signInAs, startOidcFor, startSignInWorld, whoIs } from './kit.ts';
import type { Oidc } from './oidc-kit.ts';
import { newVisitor } from './visitor.ts';

let world: World;
let oidc: Oidc;
beforeAll(async () => {
  world = await startSignInWorld({
    isWorking: false,
    signIn: async (url, env) => {
      const anna = { name: 'Anna Archer', preferred_username: 'anna', email: 'anna@example.org' };
      oidc = await startOidcFor(url, ['uni'], { anna: { ...anna, email_verified: true } });
      return { uni: configured(oidc, env, { title: 'The University', provision: true }) };
    },
  });
});
afterAll(async () => {
  await world.stop();
  await oidc.stop();
});

describe('a sign-in', () => {
  it('makes an account of somebody who was never here', async () => {
    const visitor = newVisitor();

    const page = await signInAs(world, visitor, 'uni', 'anna');

    expect(page.url.pathname).toBe('/console');
    expect(page.text).toContain('Anna Archer');
    expect(await whoIs(world, visitor)).toBe('anna');
  });
});
