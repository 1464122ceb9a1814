import type { World } from '../helpers/world.ts';
import { configured, type SignInWorldOptions, startOidcFor, startSignInWorld } from './kit.ts';
import type { Oidc, OidcAccount } from './oidc-kit.ts';

export interface Scene {
  world: World;
  oidc: Oidc;
  stop(): Promise<void>;
}

/**
 * A server with three ways in, all of them at one provider: `uni` makes accounts, `guild` makes none,
 * and what `commons` knows, a service of ours knows as well.
 */
export async function startScene(
  accounts: Record<string, OidcAccount>,
  options: Partial<SignInWorldOptions> = {},
): Promise<Scene> {
  const keys = ['uni', 'guild', 'commons'];
  let oidc: Oidc | undefined;
  const world = await startSignInWorld({
    ...options,
    signIn: async (url: string, env: Record<string, string>) => {
      const it = await startOidcFor(url, keys, accounts);
      oidc = it;
      return {
        uni: configured(it, env, { title: 'The University', provision: true }),
        guild: configured(it, env, { title: 'A Guild <of> Many' }),
        commons: configured(it, env, {
          title: 'The Commons',
          idp: 'knowledgeCommons',
          provision: true,
        }),
        ...(options.signIn as object),
      };
    },
  });
  return {
    world,
    oidc: oidc as Oidc,
    async stop() {
      await world.stop();
      await oidc?.stop();
    },
  };
}

/** Somebody with an address that their provider has verified. */
export const person = (login: string, more: OidcAccount = {}): OidcAccount => ({
  preferred_username: login,
  email: `${login}@example.org`,
  email_verified: true,
  ...more,
});
