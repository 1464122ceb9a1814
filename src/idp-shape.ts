import { z } from 'zod';
import { address } from './remote/http.ts';

const share = z.number().min(0).max(1);
export const variable = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'is not the name of a variable');

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

const groupEndpoint = endpoint.extend({
  remote_identifier: z
    .literal('id', 'must be "id": a group has no username, e-mail address or ORCID iD')
    .default('id'),
});

const categories = z.array(z.string().min(1)).default([]);

/** What may be said of a service, in the seed's words and ours. */
export const idp = z.strictObject({
  users: endpoint.optional(),
  groups: groupEndpoint.optional(),
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
export const idpKey = z
  .string()
  .regex(
    /^(?!LOCAL$)[A-Za-z][A-Za-z0-9_.-]{0,62}$/,
    'is not a key: letters, digits, "_", "." and "-", a letter first, at most 63, and not "LOCAL"',
  )
  .refine((it) => !it.includes('---'), 'must not contain "---"');

/** Each service is read by itself: what is wrong with one hides nothing of another. */
export const idps = z.record(idpKey, z.unknown()).default({});

export type IdpFile = z.output<typeof idp>;
