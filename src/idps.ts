import { createHash } from 'node:crypto';
import { explain } from './config-file.ts';
import { type IdpFile, idp, idps as shape } from './idp-shape.ts';
import { type Level, levels } from './level.ts';

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

/**
 * The identity services that our file and the ancestor's variable configure, with their secrets.
 * @param problems gets a line for everything that is wrong.
 */
export function readIdps(
  inFile: unknown,
  env: NodeJS.ProcessEnv,
  problems: string[],
): Map<string, Idp> {
  const idps = new Map<string, Idp>();
  const sources: [string, unknown][] = [
    [`COLLEGIUM_CONFIG (${env.COLLEGIUM_CONFIG})`, inFile],
    ['REMOTE_USER_DATA_API_ENDPOINTS', inherited(env, problems)],
  ];
  for (const [source, given] of sources) {
    const all = shape.safeParse(given);
    if (!all.success) problems.push(...explain(all.error, source, ['idps']));
    for (const [key, settings] of Object.entries(all.data ?? {})) {
      if (idps.has(key)) problems.push(`${source}: idps.${key} is configured twice`);
      const read = idp.safeParse(settings);
      if (read.success) idps.set(key, withSecrets(key, read.data, env, problems));
      else problems.push(...explain(read.error, source, ['idps', key]));
    }
  }
  return idps;
}

/** What the ancestor's variable configures. */
function inherited(env: NodeJS.ProcessEnv, problems: string[]): unknown {
  try {
    return JSON.parse(env.REMOTE_USER_DATA_API_ENDPOINTS ?? '{}');
  } catch (cause) {
    problems.push(`REMOTE_USER_DATA_API_ENDPOINTS: ${(cause as Error).message}`);
    return {};
  }
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
  const isShort = words(tokens).some((it) => it.length < 16);
  if (isShort && env.NODE_ENV === 'production') {
    problems.push(`idps.${key}: a webhook token is shorter than 16 characters`);
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
