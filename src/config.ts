import { createHash, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { explain, readConfigFile } from './config-file.ts';
import { type Environment, environment, notForProduction } from './config-variables.ts';
import { type CustomField, customFieldsOf } from './custom-fields.ts';
import { type Idp, readIdps } from './idps.ts';
import { type Issuer, readIssuers, readSigningKeys } from './issuers.ts';
import { type Provider, readProviders } from './providers.ts';
import { type ElasticsearchPlace, elasticsearchProblems } from './search/elasticsearch/place.ts';
import { storageProblems } from './storage/place.ts';
import { type Vocabularies, vocabulariesOf } from './vocabulary.ts';

/** A configuration that cannot be used, with everything that is wrong with it. */
export class ConfigError extends Error {
  constructor(readonly problems: string[]) {
    super(`The configuration cannot be used:\n${problems.map((it) => `  - ${it}`).join('\n')}`);
  }
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
  /** Where people reach us; links in e-mails begin with it. Without a slash at the end. */
  publicUrl: string;
  mail: {
    /** Absent in development: e-mails are then put into `directory`; `none` sends none at all. */
    smtpUrl?: string;
    from: string;
    directory: string;
  };
  /** Where files are kept: `postgres:`, `file:///folder` or `s3://bucket?endpoint=…`. */
  files: string;
  s3: { accessKeyId?: string; secretAccessKey?: string };
  /** Absent if PostgreSQL alone is searched. */
  elasticsearch?: ElasticsearchPlace;
  sessions: {
    /** Hours after which a session that nobody used has ended. */
    idleHours: number;
    /** Days after which it has ended, however much it was used. */
    days: number;
  };
  /** Who signs people in, by key. */
  signIn: ReadonlyMap<string, Provider>;
  /** Whose JSON web tokens are taken, beside our own. */
  issuers: readonly Issuer[];
  /** The first signs our own tokens; none are made if it is empty. */
  signingKeys: readonly KeyObject[];
  /** The proxies of which it is believed for whom they ask. */
  trustedProxies: readonly string[];
  /** Days that an invitation or a request to join can be answered. */
  requestDays: number;
  /** How many batches of each idp one worker process has under way at once. */
  syncLanes: number;
  /** The sample identity service is started beside the server. */
  sampleService: boolean;
  idps: ReadonlyMap<string, Idp>;
  vocabularies: Vocabularies;
  /** The instance's own fields of communities, by name. */
  customFields: ReadonlyMap<string, CustomField>;
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

  const file = readConfigFile(env.COLLEGIUM_CONFIG, problems);
  const idps = readIdps(file.idps, env, problems);
  const signIn = readProviders(file.signIn, env, problems);
  const issuers = readIssuers(file.issuers, env.COLLEGIUM_CONFIG, problems);
  const signingKeys = readSigningKeys(env, problems);
  const s3 = { accessKeyId: values.S3_ACCESS_KEY_ID, secretAccessKey: values.S3_SECRET_ACCESS_KEY };
  problems.push(...storageProblems(values.FILES_URL, s3).map((it) => `FILES_URL: ${it}`));
  const { ELASTICSEARCH_URL: url, ELASTICSEARCH_API_KEY: apiKey } = values;
  if (url !== undefined) problems.push(...elasticsearchProblems(url, apiKey));
  const publicUrl = values.PUBLIC_URL ?? `http://${hostOf(values.HOST)}:${values.PORT}`;
  if (signIn.size > 0 && new URL(publicUrl).pathname !== '/')
    problems.push('PUBLIC_URL: has a path, and where people sign in it may have none');
  if (issuers.some((it) => it.name === publicUrl))
    problems.push(`issuers.${publicUrl}: is PUBLIC_URL, and so what our own tokens say`);
  if (env.NODE_ENV === 'production') problems.push(...notForProduction(env, signIn.size > 0));
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
    publicUrl,
    mail: {
      smtpUrl: values.SMTP_URL,
      from: values.MAIL_FROM,
      directory: join(values.VAR_DIRECTORY, 'mail'),
    },
    files: values.FILES_URL,
    s3,
    elasticsearch:
      url === undefined ? undefined : { url, apiKey, prefix: values.ELASTICSEARCH_PREFIX },
    sessions: { idleHours: values.SESSION_IDLE_HOURS, days: values.SESSION_DAYS },
    signIn,
    issuers,
    signingKeys,
    trustedProxies: values.TRUSTED_PROXIES ?? [],
    requestDays: values.REQUEST_DAYS,
    sampleService: values.SAMPLE_SERVICE ?? (values.NODE_ENV === 'development' && idps.size === 0),
    idps,
    vocabularies: vocabulariesOf(file.vocabularies),
    customFields: customFieldsOf(file.customFields),
  };
}

/** An interface as part of an address: all of them are reached as this machine, and IPv6 has brackets. */
function hostOf(host: string): string {
  if (['0.0.0.0', '::'].includes(host)) return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

/** `PORT=` in a compose file means that it is not set. */
const withoutBlank = (env: NodeJS.ProcessEnv) =>
  Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim() !== ''));

/** What a sender of a service shows to us: of the environment's words the one whose sha256 is kept. */
export const webhookTokenOf = (
  { webhook }: Pick<Idp, 'webhook'>,
  env: NodeJS.ProcessEnv = process.env,
): string | undefined =>
  Object.values(env)
    .flatMap((it) => it?.split(/\s+/) ?? [])
    .find((it) => {
      const hash = createHash('sha256').update(it).digest();
      return webhook.tokenHashes.some((known) => known.equals(hash));
    });
