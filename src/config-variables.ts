import { z } from 'zod';

const flag = z.enum(['true', 'false']).transform((it) => it === 'true');
/** The variables that say how the server runs. */
export const environment = z.object({
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
  SESSION_IDLE_HOURS: z.coerce.number().positive().max(720).default(8),
  SESSION_DAYS: z.coerce.number().positive().max(90).default(7),
  SIGNING_KEY: z.string().optional(),
  SIGNING_KEY_FILE: z.string().optional(),
  TRUSTED_PROXIES: z
    .string()
    .transform((it) => it.split(',').map((part) => part.trim()))
    .pipe(
      z.array(
        z.union(
          [z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()],
          'is not a list of addresses or networks, as "10.0.0.0/8, ::1"',
        ),
      ),
    )
    .optional(),
  REQUEST_DAYS: z.coerce.number().int().min(1).max(3650).default(30),
  RETENTION_DAYS: z.coerce.number().int().min(1).default(90),
  SYNC_LANES: z.coerce.number().int().min(1).max(32).default(4),
  SAMPLE_SERVICE: flag.optional(),
  COLLEGIUM_CONFIG: z.string().optional(),
  REMOTE_USER_DATA_WEBHOOK_TOKEN: z.string().optional(),
  REMOTE_USER_DATA_API_ENDPOINTS: z.string().optional(),
});

export type Environment = z.output<typeof environment>;

/** What development does without, and production does not. @param signsIn whether people sign in by browser. */
export function notForProduction(env: NodeJS.ProcessEnv, signsIn: boolean): string[] {
  const problems: string[] = [];
  if (!env.DATABASE_URL) {
    problems.push('DATABASE_URL: is needed in production; the embedded database is not for it');
  }
  if (!env.PUBLIC_URL) {
    problems.push('PUBLIC_URL: is needed in production; links in e-mails begin with it');
  } else if (signsIn && URL.parse(env.PUBLIC_URL)?.protocol !== 'https:') {
    problems.push('PUBLIC_URL: is not https, and without that browsers keep nobody signed in');
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
