import { type RawBuilder, sql } from 'kysely';
import type { Kind } from '../../ids.ts';

export const sections = [
  'IDENTITIES',
  'ROLES',
  'MEMBERSHIPS',
  'REQUESTS',
  'COMMENTS',
  'SESSIONS',
  'TOKENS',
  'AUDIT_EVENTS',
  'SYNC_RUNS',
  'MAILS',
] as const;
export type Section = (typeof sections)[number];

/** Where the items of a part are, and what is told of each. */
export interface Source {
  /** How the part is called in the document. */
  name: string;
  /** A table `t`, with what is joined to it. */
  from: RawBuilder<unknown>;
  isTheirs: RawBuilder<unknown>;
  /** What is told, by its name. */
  columns: Record<string, RawBuilder<unknown>>;
  /** What it is ordered by: a text that no two items have. */
  key: RawBuilder<unknown>;
  /** What the `id` among the columns is of. */
  kind?: Kind;
}

const byId = sql`t.id::text`;
const dates = { createdAt: sql`t.created_at`, updatedAt: sql`t.updated_at` };
const community = {
  community: sql`jsonb_build_object('slug', c.slug, 'title', c.title)`,
};

/** All parts, for a user's UUID. Secrets are in none, nor is what is others' to tell. */
export const sourcesOf = (id: string): Record<Section, Source> => ({
  IDENTITIES: {
    name: 'identities',
    kind: 'Identity',
    from: sql`identities t`,
    isTheirs: sql`t.user_id = ${id}`,
    columns: {
      id: sql`t.id`,
      idp: sql`t.idp`,
      subject: sql`t.subject`,
      goneAt: sql`t.gone_at`,
      ...dates,
    },
    key: byId,
  },
  ROLES: {
    name: 'roles',
    from: sql`assignments t join roles r on r.id = t.role_id left join groups g on g.id = r.group_id`,
    isTheirs: sql`t.user_id = ${id}`,
    columns: {
      role: sql`r.name`,
      group: sql`g.name`,
      groupRemoteId: sql`g.remote_id`,
      category: sql`r.category`,
      source: sql`t.source`,
      createdAt: sql`t.created_at`,
    },
    key: sql`t.role_id::text || ' ' || t.source`,
  },
  MEMBERSHIPS: {
    name: 'memberships',
    kind: 'Member',
    from: sql`members t join communities c on c.id = t.community_id`,
    isTheirs: sql`t.user_id = ${id}`,
    columns: {
      id: sql`t.id`,
      ...community,
      level: sql`t.level`,
      isVisible: sql`t.is_visible`,
      ...dates,
    },
    key: byId,
  },
  REQUESTS: {
    name: 'requests',
    kind: 'Request',
    from: sql`requests t join communities c on c.id = t.community_id`,
    isTheirs: sql`(t.user_id = ${id} or t.created_by_id = ${id})`,
    columns: {
      id: sql`t.id`,
      kind: sql`t.kind`,
      state: sql`t.state`,
      ...community,
      level: sql`t.level`,
      isByThem: sql`coalesce(t.created_by_id = ${id}, false)`,
      isAboutThem: sql`coalesce(t.user_id = ${id}, false)`,
      expiresAt: sql`t.expires_at`,
      closedAt: sql`t.closed_at`,
      ...dates,
    },
    key: byId,
  },
  COMMENTS: {
    name: 'comments',
    kind: 'RequestEvent',
    from: sql`request_events t`,
    isTheirs: sql`t.author_id = ${id}`,
    columns: { id: sql`t.id`, kind: sql`t.kind`, content: sql`t.content`, ...dates },
    key: byId,
  },
  SESSIONS: {
    name: 'sessions',
    kind: 'Session',
    from: sql`sessions t`,
    isTheirs: sql`t.user_id = ${id}`,
    columns: {
      id: sql`t.id`,
      ip: sql`t.ip`,
      userAgent: sql`t.user_agent`,
      lastSeenAt: sql`t.last_seen_at`,
      endsAt: sql`t.ends_at`,
      createdAt: sql`t.created_at`,
    },
    key: byId,
  },
  TOKENS: {
    name: 'tokens',
    kind: 'Token',
    from: sql`tokens t`,
    isTheirs: sql`t.user_id = ${id}`,
    columns: {
      id: sql`t.id`,
      name: sql`t.name`,
      scopes: sql`t.scopes`,
      expiresAt: sql`t.expires_at`,
      lastUsedAt: sql`t.last_used_at`,
      lastUsedFrom: sql`t.last_used_from`,
      revokedAt: sql`t.revoked_at`,
      createdAt: sql`t.created_at`,
    },
    key: byId,
  },
  AUDIT_EVENTS: {
    name: 'auditEvents',
    kind: 'AuditEvent',
    // Each of the two by its own index.
    from: sql`(
      select * from audit_events where subject_id = ${id}
      union select * from audit_events where actor_id = ${id}) t`,
    isTheirs: sql`true`,
    columns: {
      id: sql`t.id`,
      act: sql`t.act`,
      isByThem: sql`coalesce(t.actor_id = ${id}, false)`,
      isAboutThem: sql`t.subject_id = ${id}`,
      // From where somebody else did it is theirs.
      ip: sql`case when t.actor_id = ${id} then t.ip end`,
      via: sql`case when t.actor_id = ${id} then t.via end`,
      details: sql`t.details`,
      at: sql`t.at`,
    },
    key: byId,
  },
  SYNC_RUNS: {
    name: 'syncRuns',
    kind: 'SyncRun',
    from: sql`sync_runs t`,
    isTheirs: sql`t.user_id = ${id}`,
    columns: {
      id: sql`t.id`,
      idp: sql`t.idp`,
      subject: sql`t.remote_id`,
      trigger: sql`t.trigger`,
      outcome: sql`t.outcome`,
      changes: sql`t.changes`,
      notes: sql`t.notes`,
      queuedAt: sql`t.queued_at`,
      finishedAt: sql`t.finished_at`,
    },
    key: byId,
  },
  MAILS: {
    name: 'mails',
    kind: 'Mail',
    from: sql`mails t`,
    isTheirs: sql`t.user_id = ${id}`,
    columns: {
      id: sql`t.id`,
      kind: sql`t.kind`,
      subject: sql`t.subject`,
      state: sql`t.state`,
      sentAt: sql`t.sent_at`,
      createdAt: sql`t.created_at`,
    },
    key: byId,
  },
});
