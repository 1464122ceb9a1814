import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type Level, levels } from './level.ts';
import { address } from './remote/http.ts';

/** A configuration that cannot be used, with everything that is wrong with it. */
export class ConfigError extends Error {
  constructor(readonly problems: string[]) {
    super(`The configuration cannot be used:\n${problems.map((it) => `  - ${it}`).join('\n')}`);
  }
}

const flag = z.enum(['true', 'false']).transform((it) => it === 'true');
const share = z.number().min(0).max(1);
const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'is not the name of a variable');

/** Whether an id fits into an address; the client would refuse every request otherwise. */
function hasRoom(url: string): boolean {
  try {
    return Boolean(address({ url, method: 'GET', timeoutMs: 0 }, 'id'));
  } catch {
    return false;
  }
}

const endpoint = z.strictObject({
  remote_endpoint: z
    .url({ protocol: /^https?$/, error: 'is not an http(s) address', abort: true })
    .refine(hasRoom, 'has no room for an id: end it with "/" or use {placeholder}'),
  remote_identifier: z.enum(['id', 'username', 'email', 'orcid']).default('id'),
  remote_method: z
    .string()
    .transform((it) => it.toUpperCase())
    .pipe(z.enum(['GET', 'POST']))
    .default('GET'),
  token_env_variable_label: variable.optional(),
  timeout_ms: z.int().min(100).max(30_000).default(5_000),
});

const categories = z.array(z.string().min(1)).default([]);

const idp = z.strictObject({
  users: endpoint.optional(),
  groups: endpoint.optional(),
  provision: z.boolean().default(false),
  levels: z
    .strictObject({
      owner: categories,
      manager: categories,
      curator: categories,
      reader: categories,
    })
    .optional(),
  onGroupDeleted: z.enum(['divorce', 'delete']).default('divorce'),
  removalBrake: z
    .union([
      z.literal(false),
      z.strictObject({
        allOfAUser: z.boolean().default(true),
        share: share.default(0.2),
        from: z.int().min(1).default(100),
      }),
    ])
    .default({ allOfAUser: true, share: 0.2, from: 100 }),
  rate: z.number().positive().max(100_000).default(50),
  refreshAfterHours: z.number().positive().default(20),
  webhook: z
    .strictObject({
      token_env_variable_label: variable.optional(),
      signing_secret_env_variable_label: variable.optional(),
    })
    .optional(),
});

/** An idp's key: a path segment, a log word and half of a role's name. */
const idpKey = z
  .string()
  .regex(
    /^(?!LOCAL$)[A-Za-z][A-Za-z0-9_.-]{0,62}$/,
    'is not a key: letters, digits, "_", "." and "-", a letter first, at most 63, and not "LOCAL"',
  )
  .refine((it) => !it.includes('---'), 'must not contain "---"');

/** Each service is read by itself: what is wrong with one hides nothing of another. */
const file = z.strictObject({ idps: z.record(idpKey, z.unknown()).default({}) });

const environment = z.object({
  NODE_ENV: z.enum(['development', 'production', 'test']).default('development'),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  DATABASE_POOL: z.coerce.number().int().min(2).max(200).default(10),
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(4000),
  PROCESSES: z
    .string()
    .default('web,worker')
    .transform((it) => it.split(',').map((part) => part.trim()))
    .pipe(z.array(z.enum(['web', 'worker'])).min(1)),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  REMOTE_DATA_LOG: z.string().default('logs/remote_data_updates.log'),
  VAR_DIRECTORY: z.string().default('var'),
  RETENTION_DAYS: z.coerce.number().int().min(1).default(90),
  SYNC_LANES: z.coerce.number().int().min(1).max(32).default(4),
  SAMPLE_SERVICE: flag.optional(),
  COLLEGIUM_CONFIG: z.string().optional(),
  REMOTE_USER_DATA_WEBHOOK_TOKEN: z.string().optional(),
  REMOTE_USER_DATA_API_ENDPOINTS: z.string().optional(),
});

type Environment = z.output<typeof environment>;
type IdpFile = z.output<typeof idp>;

/** How one kind of data of a remote service is asked for. */
export interface RemoteEndpoint {
  url: string;
  method: 'GET' | 'POST';
  token?: string;
  timeoutMs: number;
  /** The property of our user that the service knows as its id. */
  identifier: 'id' | 'username' | 'email' | 'orcid';
}

/** A remote identity service, with its secrets. */
export interface Idp {
  key: string;
  users?: RemoteEndpoint;
  groups?: RemoteEndpoint;
  provision: boolean;
  /** Category → level; absent if the group itself says who moderates and who uploads. */
  levels?: ReadonlyMap<string, Level>;
  onGroupDeleted: 'divorce' | 'delete';
  removalBrake: false | { allOfAUser: boolean; share: number; from: number };
  /** Requests a second that the service allows. */
  rate: number;
  refreshAfterHours: number;
  webhook: { tokenHashes: Buffer[]; signingSecrets: string[] };
}

export interface Config {
  mode: Environment['NODE_ENV'];
  databaseUrl?: string;
  databasePool: number;
  host: string;
  port: number;
  processes: ('web' | 'worker')[];
  logLevel: Environment['LOG_LEVEL'];
  remoteDataLog: string;
  varDirectory: string;
  retentionDays: number;
  /** How many batches of one worker process are under way at once. */
  syncLanes: number;
  /** The sample identity service is started beside the server. */
  sampleService: boolean;
  idps: ReadonlyMap<string, Idp>;
}

/**
 * Reads the whole configuration from environment variables and the file that COLLEGIUM_CONFIG names.
 * @param added what variables are where they are not given.
 * @throws ConfigError with every problem at once.
 */
export function readConfig(
  given: NodeJS.ProcessEnv = process.env,
  added: NodeJS.ProcessEnv = {},
): Config {
  const env = { ...added, ...withoutBlank(given) };
  const problems: string[] = [];
  const parsed = environment.safeParse(env);
  if (!parsed.success) problems.push(...explain(parsed.error));
  const values = parsed.data ?? environment.parse({});

  const idps = new Map<string, Idp>();
  for (const [source, given] of idpSources(env, problems)) {
    const all = file.safeParse(given);
    if (!all.success) problems.push(...explain(all.error, source));
    for (const [key, settings] of Object.entries(all.data?.idps ?? {})) {
      if (idps.has(key)) problems.push(`${source}: idps.${key} is configured twice`);
      const read = idp.safeParse(settings);
      if (read.success) idps.set(key, withSecrets(key, read.data, env, problems));
      else problems.push(...explain(read.error, source, ['idps', key]));
    }
  }
  if (env.NODE_ENV === 'production') problems.push(...notForProduction(env));
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    mode: values.NODE_ENV,
    databaseUrl: values.DATABASE_URL,
    databasePool: values.DATABASE_POOL,
    host: values.HOST,
    port: values.PORT,
    processes: values.PROCESSES,
    logLevel: values.LOG_LEVEL,
    remoteDataLog: values.REMOTE_DATA_LOG,
    varDirectory: values.VAR_DIRECTORY,
    retentionDays: values.RETENTION_DAYS,
    syncLanes: values.SYNC_LANES,
    sampleService: values.SAMPLE_SERVICE ?? (values.NODE_ENV === 'development' && idps.size === 0),
    idps,
  };
}

/** The two places where identity services are configured: our file, and the ancestor's variable. */
function idpSources(env: NodeJS.ProcessEnv, problems: string[]): [string, unknown][] {
  const sources: [string, unknown][] = [];
  const path = env.COLLEGIUM_CONFIG;
  if (path) {
    try {
      sources.push([
        `COLLEGIUM_CONFIG (${path})`,
        JSON.parse(readFileSync(path, 'utf8').replace(/^\uFEFF/, '')),
      ]);
    } catch (cause) {
      problems.push(`COLLEGIUM_CONFIG (${path}): ${(cause as Error).message}`);
    }
  }
  const inherited = env.REMOTE_USER_DATA_API_ENDPOINTS;
  if (inherited) {
    try {
      sources.push(['REMOTE_USER_DATA_API_ENDPOINTS', { idps: JSON.parse(inherited) }]);
    } catch (cause) {
      problems.push(`REMOTE_USER_DATA_API_ENDPOINTS: ${(cause as Error).message}`);
    }
  }
  return sources;
}

function withSecrets(
  key: string,
  settings: IdpFile,
  env: NodeJS.ProcessEnv,
  problems: string[],
): Idp {
  const { users, groups, levels, webhook, ...rest } = settings;
  const secret = (label: string | undefined, path: string): string | undefined => {
    if (label === undefined) return undefined;
    const value = env[label];
    if (!value) problems.push(`idps.${key}.${path}: the variable ${label} is not set`);
    return value;
  };
  const remote = (kind: 'users' | 'groups', it = settings[kind]): RemoteEndpoint | undefined =>
    it && {
      url: it.remote_endpoint,
      method: it.remote_method,
      token: secret(it.token_env_variable_label, `${kind}.token_env_variable_label`),
      timeoutMs: it.timeout_ms,
      identifier: it.remote_identifier,
    };
  if (!users && !groups) problems.push(`idps.${key}: neither users nor groups are configured`);
  const tokens =
    webhook === undefined
      ? env.REMOTE_USER_DATA_WEBHOOK_TOKEN
      : secret(webhook.token_env_variable_label, 'webhook.token_env_variable_label');
  const signing = secret(
    webhook?.signing_secret_env_variable_label,
    'webhook.signing_secret_env_variable_label',
  );
  for (const it of words(tokens)) {
    if (it.length < 16) problems.push(`idps.${key}: a webhook token is shorter than 16 characters`);
  }
  if (!words(signing).every((it) => signingSecret.test(it))) {
    problems.push(
      `idps.${key}.webhook.signing_secret_env_variable_label: a secret is whsec_ and 24 to 64 bytes in base64, or 16 characters at least`,
    );
  }
  return {
    ...rest,
    key,
    users: remote('users'),
    groups: remote('groups'),
    levels: levels && levelOfCategories(levels, `idps.${key}.levels`, problems),
    webhook: {
      tokenHashes: words(tokens).map((it) => createHash('sha256').update(it).digest()),
      signingSecrets: words(signing),
    },
  };
}

const signingSecret = /^(whsec_[A-Za-z0-9+/]{32,86}={0,2}|(?!whsec_).{16,})$/;

/** A variable with several secrets, separated by blanks, lets the old one live on while it is rotated. */
const words = (secrets: string | undefined) => secrets?.split(/\s+/).filter(Boolean) ?? [];

function levelOfCategories(
  lists: Record<string, string[]>,
  path: string,
  problems: string[],
): ReadonlyMap<string, Level> {
  const result = new Map<string, Level>();
  for (const level of levels) {
    for (const given of lists[level.toLowerCase()] ?? []) {
      // The ancestor's two APIs say "admin" and "administrator" of the same people.
      const category = given === 'admin' ? 'administrator' : given;
      const other = result.get(category);
      if (other && other !== level) problems.push(`${path}: "${given}" has two levels`);
      result.set(category, level);
    }
  }
  return result;
}

function notForProduction(env: NodeJS.ProcessEnv): string[] {
  const problems: string[] = [];
  if (!env.DATABASE_URL) {
    problems.push('DATABASE_URL: is needed in production; the embedded database is not for it');
  }
  if (env.SAMPLE_SERVICE === 'true') {
    problems.push('SAMPLE_SERVICE: the sample identity service is not for production');
  }
  return problems;
}

const explain = (error: z.ZodError, source?: string, parents: string[] = []): string[] =>
  error.issues.map((it) => {
    const path = [...parents, ...it.path].join('.');
    const place = [source, path].filter(Boolean).join(': ');
    return `${place}: ${it.message}`;
  });

/** `PORT=` in a compose file means that it is not set. */
const withoutBlank = (env: NodeJS.ProcessEnv) =>
  Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim() !== ''));
