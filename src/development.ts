import { spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Config, readConfig } from './config.ts';
import { startEmbedded } from './embedded/postgres.ts';

/** Where the server runs: its configuration and database, and what has to end after it. */
export interface Site {
  config: Config;
  databaseUrl: string;
  /** The secrets that were made for development; absent where the operator gave a configuration. */
  secrets?: Secrets;
  sampleUrl?: string;
  close(): Promise<void>;
}

/** Made once for a working copy, so that a curl command from yesterday still works. */
export interface Secrets {
  webhookToken: string;
  sampleToken: string;
  /** Signs tokens where the operator gave no key; in PEM. */
  signingKey: string;
}

/**
 * Finds out where to run. Whatever is not configured is made in development: the database on an
 * embedded PostgreSQL, the identity services on the sample service.
 * @param options.joinsServices beside a running server its sample service is used.
 * @throws ConfigError, or what keeps PostgreSQL or the sample service from starting.
 */
export async function openSite({
  needsServices = true,
  joinsServices = false,
} = {}): Promise<Site> {
  const given = readConfig();
  const isAtHome = given.mode === 'development' || given.sampleService;
  const secrets = isAtHome ? await readSecrets(given) : undefined;
  const added = given.signingKeys.length === 0 && secrets && { SIGNING_KEY: secrets.signingKey };
  const config = added ? readConfig(undefined, added) : given;
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const it of closers.reverse()) await it();
  };
  try {
    const databaseUrl = config.databaseUrl ?? (await openDatabase(config, closers));
    if (!secrets || !config.sampleService || !needsServices) return { config, databaseUrl, close };
    const running = joinsServices ? await runningSample(config, secrets) : undefined;
    const sample = running ?? (await startSample(secrets.sampleToken));
    closers.push(sample.stop);
    if (!joinsServices) await writeFile(placeOf(config), JSON.stringify({ url: sample.url }));
    const withSample = readConfig(undefined, { ...added, ...sampleSettings(sample.url, secrets) });
    return { config: withSample, databaseUrl, secrets, sampleUrl: sample.url, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openDatabase(config: Config, closers: (() => Promise<void>)[]): Promise<string> {
  const postgres = await startEmbedded({ directory: join(config.varDirectory, 'postgres') });
  closers.push(postgres.stop);
  return postgres.url;
}

/** Where it is written where the sample service of the running server is. */
const placeOf = ({ varDirectory }: Config) => join(varDirectory, 'sample.json');

/** The sample service of the server that runs here; it is asked whether it is ours. */
async function runningSample(config: Config, { sampleToken }: Secrets) {
  try {
    const { url } = JSON.parse(await readFile(placeOf(config), 'utf8'));
    const response = await fetch(`${url}/control`, { signal: AbortSignal.timeout(2000) });
    const { token } = (await response.json()) as { token?: string };
    return token === sampleToken ? { url: String(url), stop: async () => {} } : undefined;
  } catch {
    return undefined;
  }
}

/** The two services that the sample service speaks as, in the seed's words. */
export const sampleSettings = (
  url: string,
  { webhookToken, sampleToken }: Pick<Secrets, 'webhookToken' | 'sampleToken'>,
) => {
  const endpoint = (path: string) => ({
    remote_endpoint: `${url}${path}`,
    remote_identifier: 'id',
    remote_method: 'GET',
    token_env_variable_label: 'SAMPLE_TOKEN',
  });
  return {
    SAMPLE_TOKEN: sampleToken,
    REMOTE_USER_DATA_WEBHOOK_TOKEN: webhookToken,
    REMOTE_USER_DATA_API_ENDPOINTS: JSON.stringify({
      knowledgeCommons: {
        users: endpoint('/wp-json/commons/v1/users/{placeholder}'),
        groups: endpoint('/wp-json/commons/v1/groups/{placeholder}'),
        provision: true,
      },
      myCommons: {
        users: endpoint('/api/v1/members/{placeholder}/'),
        groups: endpoint('/api/v1/groups/{placeholder}/'),
        provision: true,
      },
    }),
  };
};

async function readSecrets({ varDirectory }: Config): Promise<Secrets> {
  const path = join(varDirectory, 'development.json');
  const kept: Partial<Secrets> = JSON.parse(await readFile(path, 'utf8').catch(() => '{}'));
  const secrets = { webhookToken: secret(), sampleToken: secret(), signingKey: newKey(), ...kept };
  if (kept.signingKey) return secrets;
  await mkdir(varDirectory, { recursive: true });
  await writeFile(path, JSON.stringify(secrets), { mode: 0o600 });
  return secrets;
}

const newKey = () =>
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

const secret = () => randomBytes(24).toString('base64url');

/** Starts the sample identity service as a process of its own; it ends when this one does. */
export async function startSample(
  token: string,
  options: { latencyMs?: number; population?: number } = {},
): Promise<{ url: string; stop(): Promise<void> }> {
  const isSource = import.meta.url.endsWith('.ts');
  const main = fileURLToPath(new URL(`./sample/main.${isSource ? 'ts' : 'js'}`, import.meta.url));
  const loader = isSource ? ['--import', import.meta.resolve('tsx')] : [];
  const child = spawn(
    process.execPath,
    [
      ...loader,
      main,
      '--latency-ms',
      `${options.latencyMs ?? 0}`,
      '--population',
      `${options.population ?? 0}`,
    ],
    { stdio: ['pipe', 'pipe', 'inherit'], env: { SAMPLE_TOKEN: token } },
  );
  const exited = once(child, 'exit');
  const ready = once(createInterface(child.stdout), 'line');
  const [line] = await Promise.race([
    ready,
    exited.then(([code]) => Promise.reject(new Error(`The sample service ended with ${code}.`))),
  ]);
  const { url } = JSON.parse(line as string);
  return {
    url,
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
