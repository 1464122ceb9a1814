import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startWorld, type World, type WorldOptions } from '../helpers/world.ts';
import { freePort } from './kit.ts';
import { type Oidc, type OidcOptions, startOidc } from './oidc-kit.ts';

/** A provider, and what else `signIn` is to say of it. */
type Part = Omit<OidcOptions, 'redirectUris'> & { settings?: Record<string, unknown> };

export interface Stage<Key extends string> {
  world: World;
  /** Where the server is, for its people too. */
  url: string;
  /** The providers, by their keys in `signIn`. */
  oidc: Record<Key, Oidc>;
  stop(): Promise<void>;
}

/** A server at which people sign in, and the OpenID providers that know them. */
export async function openStage<Key extends string>(
  parts: Record<Key, Part>,
  options: WorldOptions = {},
  host = '127.0.0.1',
): Promise<Stage<Key>> {
  const port = await freePort();
  const url = `http://${host}:${port}`;
  const folder = await mkdtemp(join(tmpdir(), 'collegium-stage-'));
  const oidc: Record<string, Oidc> = {};
  const signIn: Record<string, unknown> = {};
  const env: Record<string, string> = { PORT: String(port), PUBLIC_URL: url };
  for (const [key, { settings, ...of }] of Object.entries<Part>(parts)) {
    const it = await startOidc({ ...of, redirectUris: [`${url}/sign-in/${key}/callback`] });
    const label = `SECRET_OF_${key}`;
    oidc[key] = it;
    env[label] = it.clientSecret;
    signIn[key] = {
      kind: of.isOrcid ? 'orcid' : 'oidc',
      issuer: it.issuer,
      client_id: it.clientId,
      client_secret_env_variable_label: label,
      ...settings,
    };
  }
  env.COLLEGIUM_CONFIG = join(folder, 'collegium.json');
  await writeFile(env.COLLEGIUM_CONFIG, JSON.stringify({ signIn }));
  const world = await startWorld({ ...options, env: { ...env, ...options.env } });
  return {
    world,
    url,
    oidc,
    async stop() {
      await world.stop();
      for (const it of Object.values(oidc)) await it.stop();
      await rm(folder, { recursive: true });
    },
  };
}
