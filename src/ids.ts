import { randomUUIDv7 } from 'node:crypto';

/** A new id: its order is the order of birth, to the millisecond. */
export const newId = (): string => randomUUIDv7();

/** What the ids of each kind of thing begin with, as callers see them. */
export const prefixes = {
  User: 'usr',
  Identity: 'idn',
  Token: 'tok',
  Session: 'ses',
  Group: 'grp',
  Role: 'rol',
  Community: 'com',
  Member: 'mem',
  PublicMember: 'pub',
  FeaturedEntry: 'fea',
  SyncState: 'syn',
  SyncRun: 'run',
  WebhookDelivery: 'whd',
  AuditEvent: 'aud',
  Mail: 'mai',
  Request: 'req',
  RequestEvent: 'rev',
} as const;

export type Kind = keyof typeof prefixes;

const kinds = new Map(Object.entries(prefixes).map(([kind, prefix]) => [prefix, kind as Kind]));

/** The id that callers see: `com_` and the UUID in base64url. */
export const toGlobalId = (kind: Kind, uuid: string): string =>
  `${prefixes[kind]}_${Buffer.from(uuid.replaceAll('-', ''), 'hex').toString('base64url')}`;

/** The kind and UUID of an id that a caller gave; undefined if it is not one of ours. */
export function fromGlobalId(id: string): { kind: Kind; uuid: string } | undefined {
  const kind = kinds.get(id.slice(0, 3) as (typeof prefixes)[Kind]);
  const encoded = id.slice(4);
  if (!kind || id[3] !== '_' || encoded.length !== 22) return undefined;
  const hex = Buffer.from(encoded, 'base64url').toString('hex');
  const uuid = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  // Only the one spelling of an id is that id.
  return toGlobalId(kind, uuid) === id ? { kind, uuid } : undefined;
}

/** The UUID in an id of the given kind; undefined for every other text. */
export function uuidOf(kind: Kind, id: string): string | undefined {
  const found = fromGlobalId(id);
  return found?.kind === kind ? found.uuid : undefined;
}
