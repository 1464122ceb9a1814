import { join } from 'node:path';
import { z } from 'zod';
import { explain, readConfigFile } from './config-file.ts';
import { type CustomField, customFieldsOf } from './custom-fields.ts';
import { type Idp, readIdps } from './idps.ts';
import { type ElasticsearchPlace, elasticsearchProblems } from './search/elasticsearch/place.ts';
import { storageProblems } from './storage/place.ts';
import { type Vocabularies, vocabulariesOf } from './vocabulary.ts';

/** A configuration that cannot be used, with everything that is wrong with it. */
export class ConfigError extends Error {
  constructor(readonly problems: string[]) {
    super(`The configuration cannot be used:\n${problems.map((it) => `  - ${it}`).join('\n')}`);
  }
}

const flag = z.enum(['true', 'false']).transform((it) => it === 'true');
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
  PUBLIC_URL: z
    .string()
    // Paths are put behind it, so nothing may come after its own.
    .refine(
      (it) => /^https?:\/\/[^/?#@\s][^?#@\s]*$/i.test(it) && URL.canParse(it),
      'is not an http(s) address without a user, "?" and "#"',
    )
    .transform((it) => it.replace(/\/+$/, ''))
    .optional(),
  SMTP_URL: z
    .union(
      [z.literal('none'), z.url({ protocol: /^smtps?$/ })],
      'is neither an smtp(s) address nor "none"',
    )
    .optional(),
  MAIL_FROM: z
    .string()
    .regex(
      /^([^<>@\r\n]*<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$/,
      'is not an e-mail address, as "Collegium <collegium@example.org>"',
    )
    .default('Collegium <collegium@localhost>'),
  FILES_URL: z.string().default('postgres:'),
  S3_ACCESS_KEY_ID: z.string().optional(),
  S3_SECRET_ACCESS_KEY: z.string().optional(),
  ELASTICSEARCH_URL: z.string().optional(),
  ELASTICSEARCH_API_KEY: z.string().optional(),
  ELASTICSEARCH_PREFIX: z
    .string()
    .regex(
      /^[a-z0-9][a-z0-9_-]{0,63}$/,
      'is not up to 64 lower-case letters, digits, "-" and "_", the first a letter or digit',
    )
    .default('collegium'),
  REQUEST_DAYS: z.coerce.number().int().min(1).max(3650).default(30),
  RETENTION_DAYS: z.coerce.number().int().min(1).default(90),
  SYNC_LANES: z.coerce.number().int().min(1).max(32).default(4),
  SAMPLE_SERVICE: flag.optional(),
  COLLEGIUM_CONFIG: z.string().optional(),
  REMOTE_USER_DATA_WEBHOOK_TOKEN: z.string().optional(),
  REMOTE_USER_DATA_API_ENDPOINTS: z.string().optional(),
});

type Environment = z.output<typeof environment>;
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
  const s3 = { accessKeyId: values.S3_ACCESS_KEY_ID, secretAccessKey: values.S3_SECRET_ACCESS_KEY };
  problems.push(...storageProblems(values.FILES_URL, s3).map((it) => `FILES_URL: ${it}`));
  const { ELASTICSEARCH_URL: url, ELASTICSEARCH_API_KEY: apiKey } = values;
  if (url !== undefined) problems.push(...elasticsearchProblems(url, apiKey));
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
    publicUrl: values.PUBLIC_URL ?? `http://${hostOf(values.HOST)}:${values.PORT}`,
    mail: {
      smtpUrl: values.SMTP_URL,
      from: values.MAIL_FROM,
      directory: join(values.VAR_DIRECTORY, 'mail'),
    },
    files: values.FILES_URL,
    s3,
    elasticsearch:
      url === undefined ? undefined : { url, apiKey, prefix: values.ELASTICSEARCH_PREFIX },
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

function notForProduction(env: NodeJS.ProcessEnv): string[] {
  const problems: string[] = [];
  if (!env.DATABASE_URL) {
    problems.push('DATABASE_URL: is needed in production; the embedded database is not for it');
  }
  if (!env.PUBLIC_URL) {
    problems.push('PUBLIC_URL: is needed in production; links in e-mails begin with it');
  }
  if (!env.SMTP_URL) {
    problems.push('SMTP_URL: is needed in production; with "none" no e-mails are sent');
  } else if (env.SMTP_URL !== 'none' && !env.MAIL_FROM) {
    problems.push('MAIL_FROM: is needed with SMTP_URL in production; e-mails come from it');
  }
  if (env.SAMPLE_SERVICE === 'true') {
    problems.push('SAMPLE_SERVICE: the sample identity service is not for production');
  }
  return problems;
}

/** `PORT=` in a compose file means that it is not set. */
const withoutBlank = (env: NodeJS.ProcessEnv) =>
  Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim() !== ''));
