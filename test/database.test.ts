import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ReferenceKind } from '@mikro-orm/core';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openApp } from '../src/app.ts';
import { readConfig } from '../src/config.ts';
import { createLog } from '../src/log.ts';
import { databaseAt } from './helpers/template.ts';
import { startWorld, type World } from './helpers/world.ts';

/** Tables that are read and written by SQL alone. */
const searchKinds = ['communities', 'groups', 'roles', 'users'];
const searchTables = searchKinds.flatMap((kind) =>
  ['', '_one_in_16', '_one_in_64'].map((sample) => `search_${kind}${sample}`),
);
const withoutEntity = [
  ...['mails', 'rate_limits', 'removal_windows', 'remote_services', 'stored_files'],
  ...['search_changes', 'search_indexes', ...searchTables],
  ...searchKinds.map((kind) => `search_${kind}_words`),
];
/** What belongs to MikroORM itself. */
const foreign = ['mikro_orm_migrations'];
/** Foreign keys that an entity has as ids alone: a request knows nothing of what is to its right. */
const asIds = [
  { from: 'request_events.author_id', to: 'users' },
  { from: 'request_events.reply_to_id', to: 'request_events' },
  { from: 'requests.child_id', to: 'communities' },
  { from: 'requests.community_id', to: 'communities' },
  { from: 'requests.created_by_id', to: 'users' },
  { from: 'requests.user_id', to: 'users' },
];
const migrations = [
  'Migration20261121120000_foundation',
  'Migration20261121160000_communities',
  'Migration20261121190000_search',
  'Migration20261121191000_addresses',
  'Migration20261121220000_access',
];

const folder = mkdtempSync(join(tmpdir(), 'collegium-database-'));
let world: World;

beforeAll(async () => {
  world = await startWorld({ isWorking: false });
});
afterAll(async () => {
  await world.stop();
  rmSync(folder, { recursive: true });
});

/** A new database with nothing in it. */
async function emptyDatabase(): Promise<string> {
  const name = `empty_${randomUUID().replaceAll('-', '')}`;
  await onServer(`create database ${name}`);
  return databaseAt(inject('databaseUrl'), name);
}

async function onServer(statement: string, url = inject('databaseUrl')) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client.query(statement).finally(() => client.end());
}

const open = (url: string) =>
  openApp(
    readConfig({ NODE_ENV: 'test', REMOTE_DATA_LOG: join(folder, `${randomUUID()}.log`) }),
    url,
    createLog({ logLevel: 'silent' }),
  );

interface Column {
  table: string;
  column: string;
  type: string;
  isNullable: boolean;
}

const columnsSql = `
  select c.relname as table, a.attname as column, format_type(a.atttypid, null) as type,
    not a.attnotnull as "isNullable"
  from pg_attribute a join pg_class c on c.oid = a.attrelid
  where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnum > 0
    and not a.attisdropped order by 1, 2`;

/** All that is in a database: the tables with their columns, and how their keys and indexes are made. */
async function shapeOf(url: string) {
  const columns: Column[] = (await onServer(columnsSql, url)).rows;
  const keys = await onServer(
    `select conrelid::regclass::text as table, conname as name, pg_get_constraintdef(oid) as made
     from pg_constraint where connamespace = 'public'::regnamespace and contype <> 'n'
     union all
     select tablename, indexname, indexdef from pg_indexes where schemaname = 'public' order by 1, 2, 3`,
    url,
  );
  return { columns, keys: keys.rows };
}

describe('the migration', () => {
  it('makes every table that an entity maps, and no other', async () => {
    const tables = await world.sql<{ name: string }>(
      `select relname as name from pg_class
       where relnamespace = 'public'::regnamespace and relkind = 'r'`,
    );
    const mapped = [...world.app.orm.getMetadata().getAll().values()].map((it) => it.tableName);

    expect(tables.map((it) => it.name).sort()).toEqual(
      [...mapped, ...withoutEntity, ...foreign].sort(),
    );
  });

  it('makes every column as its entity has it', async () => {
    const made = await world.sql<Column>(columnsSql);
    const others = [...withoutEntity, ...foreign];

    expect(made.filter((it) => !others.includes(it.table))).toEqual(mappedColumns());
  });

  it('makes keys of the columns that the entities have as keys', async () => {
    const made = await world.sql<{ table: string; columns: string }>(
      `select conrelid::regclass::text as table, (select string_agg(attname, ', ' order by attname)
         from pg_attribute where attrelid = conrelid and attnum = any(conkey)) as columns
       from pg_constraint where contype = 'p' and connamespace = 'public'::regnamespace`,
    );

    for (const { tableName, primaryKeys, properties } of world.app.orm
      .getMetadata()
      .getAll()
      .values()) {
      const columns = primaryKeys.flatMap((it) => properties[it]?.fieldNames ?? []).sort();
      expect(made).toContainEqual({ table: tableName, columns: columns.join(', ') });
    }
  });

  it('points a foreign key wherever an entity points', async () => {
    const made = await world.sql<{ from: string; to: string }>(
      `select conrelid::regclass || '.' || a.attname as from, confrelid::regclass::text as to
       from pg_constraint join pg_attribute a on a.attrelid = conrelid and a.attnum = conkey[1]
       where contype = 'f' and connamespace = 'public'::regnamespace
         and not conrelid::regclass::text = any($1) order by 1`,
      [withoutEntity],
    );

    const mapped = [...world.app.orm.getMetadata().getAll().values()].flatMap((meta) =>
      meta.relations.map((it) => ({
        from: `${meta.tableName}.${it.fieldNames[0]}`,
        to: it.targetMeta?.tableName,
      })),
    );
    expect(made).toEqual([...mapped, ...asIds].sort((a, b) => (a.from < b.from ? -1 : 1)));
  });

  // Not under those of `sync_runs`: no account is deleted day by day, and each sync would pay for it.
  it('has an index under every foreign key to what many things point at', async () => {
    const bare = await world.sql(
      `select conname from pg_constraint f
       where contype = 'f' and connamespace = 'public'::regnamespace
         and conrelid <> 'sync_runs'::regclass
         and confrelid = any($1::regclass[]) and not exists (
           select from pg_index i join pg_attribute a on a.attrelid = f.conrelid and a.attnum = f.conkey[1]
           where i.indrelid = f.conrelid and i.indkey[0] = f.conkey[1]
             and coalesce(pg_get_expr(i.indpred, i.indrelid), '') in ('', format('(%I IS NOT NULL)', a.attname)))`,
      [['users', 'groups', 'roles', 'communities', 'requests', 'request_events']],
    );

    expect(bare).toEqual([]);
  });

  it('makes the one role that nobody could make otherwise', async () => {
    const roles = await world.sql('select name, rights from roles');

    expect(roles).toEqual([{ name: 'administrators', rights: ['ADMINISTER'] }]);
  });
});

/** The columns as the entities have them, in the database's words. */
function mappedColumns(): Column[] {
  const words: Record<string, string> = {
    int: 'integer',
    timestamptz: 'timestamp with time zone',
  };
  const all = [...world.app.orm.getMetadata().getAll().values()].flatMap((meta) =>
    meta.props
      .filter((it) => it.kind !== ReferenceKind.ONE_TO_MANY && it.persist !== false)
      .map((it) => {
        const type = it.columnTypes[0]?.replace(/\(.*\)/, '') ?? '';
        return {
          table: meta.tableName,
          column: it.fieldNames[0] ?? '',
          type: words[type] ?? type,
          isNullable: it.nullable === true,
        };
      }),
  );
  const name = (it: Column) => `${it.table} ${it.column}`;
  return all.sort((a, b) => (name(a) < name(b) ? -1 : 1));
}

describe('a key of the database', () => {
  const id = (n: number) => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;
  const [user, other, group, role, community, sender, delivery] = [1, 2, 3, 4, 5, 6, 7].map(id);
  const [child, entry, request, join, said, mail] = [20, 21, 22, 23, 24, 25].map(id);
  const [session, signIn, link] = [30, 31, 32].map(id);
  const nowhere = id(99);

  beforeAll(async () => {
    await world.sql(`
      insert into users (id, username, email, orcid) values
        ('${user}', 'jane', 'jane@example.org', '0000-0002-1825-0097'), ('${other}', 'john', null, null);
      insert into identities (id, idp, subject, user_id) values ('${id(10)}', 'a', '1', '${user}');
      insert into tokens (id, user_id, name, hash, expires_at)
        values ('${id(11)}', '${user}', 'one', '\\x01', now());
      insert into groups (id, idp, remote_id, slug) values ('${group}', 'a', '1', 'one');
      insert into roles (id, group_id, category) values ('${role}', '${group}', 'member');
      insert into assignments (role_id, user_id, source) values ('${role}', '${user}', 'a');
      insert into communities (id, slug, title, group_id) values ('${community}', 'one', 'One', '${group}');
      insert into members (id, community_id, user_id, level)
        values ('${id(12)}', '${community}', '${user}', 'READER');
      insert into members (id, community_id, role_id, level, mapped_level)
        values ('${id(13)}', '${community}', '${role}', 'READER', 'READER');
      insert into webhook_senders (id, idp) values ('${sender}', 'a');
      insert into webhook_deliveries (id, sender_id, message_id, body_hash, outcomes)
        values ('${delivery}', '${sender}', 'one', '\\x01', '[]');
      insert into sync_states (id, idp, kind, remote_id, trigger) values ('${id(14)}', 'a', 'USER', '1', 'WEBHOOK');
      insert into sync_runs (id, idp, kind, remote_id, requested, trigger, outcome, user_id, group_id)
        values ('${id(15)}', 'a', 'USER', '1', 1, 'WEBHOOK', 'CHANGED', '${user}', '${group}');
      insert into remote_services (idp) values ('a');
      insert into removal_windows (idp, remote_group_id, base) values ('a', '1', 1);
      insert into audit_events (id, act, actor_kind, subject_type, subject_id)
        values ('${id(16)}', 'it.happened', 'SYSTEM', 'User', '${user}');
      insert into communities (id, slug, title, description) values ('${child}', 'part', 'Part', 'Of one.');
      insert into old_slugs (slug, community_id) values ('first', '${community}');
      insert into featured_entries (id, community_id, starts_at) values ('${entry}', '${community}', now());
      insert into requests (id, kind, community_id, user_id, level, created_by_id)
        values ('${request}', 'INVITATION', '${community}', '${other}', 'READER', '${user}');
      insert into requests (id, kind, community_id, child_id, created_by_id)
        values ('${join}', 'SUBCOMMUNITY', '${community}', '${child}', '${user}');
      insert into request_events (id, request_id, kind, author_id, content)
        values ('${said}', '${request}', 'COMMENT', '${user}', 'Come in.');
      insert into mails (id, user_id, kind, subject, body) values ('${mail}', '${other}', 'INVITED', 'S', 'B');
      insert into stored_files (key, type, bytes) values ('one', 'image/png', '\\x01');
      insert into sessions (id, user_id, hash, ends_at) values ('${session}', '${user}', '\\x01', now());
      insert into sign_ins (id, hash, provider, checks, return_to, user_id, expires_at)
        values ('${signIn}', '\\x01', 'a', '{}', '/', '${user}', now());
      insert into links (id, hash, purpose, user_id, expires_at)
        values ('${link}', '\\x01', 'SIGN_IN', '${user}', now());
      insert into rate_limits (key, level, went_in) values ('one', 1, true);
    `);
  });

  /** Each unique key, foreign key and check, with a statement that it refuses. */
  /** What puts a thing so many times into a search table. */
  const found = (table: string, audience: string, times: number) => `
    insert into ${table} (id, words, name, popularity, audience, digest)
    select '${nowhere}', '', '', 0, '${audience}', '' from generate_series(1, ${times})`;

  const refused: Record<string, string> = {
    users_pkey: `insert into users (id, username) values ('${user}', 'new')`,
    users_username_unique: `insert into users (id, username) values ('${nowhere}', 'JANE')`,
    users_email_unique: `update users set email = 'Jane@Example.org' where id = '${other}'`,
    users_username_check: `update users set username = ' jane' where id = '${user}'`,
    users_email_check: `update users set email = '' where id = '${user}'`,
    users_orcid_check: `update users set orcid = '0000000218250097' where id = '${user}'`,
    users_visibility_check: `update users set visibility = 'public' where id = '${user}'`,
    users_email_visibility_check: `update users set email_visibility = 'SECRET' where id = '${user}'`,
    users_state_check: `update users set state = 'GONE' where id = '${user}'`,
    users_merged_into_id_fkey: `update users set merged_into_id = '${nowhere}'`,
    identities_pkey: `insert into identities (id, idp, subject, user_id) values ('${id(10)}', 'b', '2', '${user}')`,
    identities_idp_subject_unique: `insert into identities (id, idp, subject, user_id) values ('${nowhere}', 'a', '1', '${other}')`,
    identities_user_id_fkey: `update identities set user_id = '${nowhere}'`,
    identities_idp_check: `update identities set idp = ''`,
    identities_subject_check: `update identities set subject = ''`,
    tokens_pkey: `insert into tokens (id, user_id, name, hash, expires_at) values ('${id(11)}', '${user}', 'two', '\\x02', now())`,
    tokens_hash_unique: `insert into tokens (id, user_id, name, hash, expires_at) values ('${nowhere}', '${user}', 'two', '\\x01', now())`,
    tokens_user_id_fkey: `update tokens set user_id = '${nowhere}'`,
    tokens_scopes_check: `update tokens set scopes = '{EVERYTHING}'`,
    sessions_pkey: `insert into sessions (id, user_id, hash, ends_at) values ('${session}', '${user}', '\\x02', now())`,
    sessions_hash_unique: `insert into sessions (id, user_id, hash, ends_at) values ('${nowhere}', '${user}', '\\x01', now())`,
    sessions_user_id_fkey: `update sessions set user_id = '${nowhere}'`,
    sessions_identity_id_fkey: `update sessions set identity_id = '${nowhere}'`,
    sign_ins_pkey: `insert into sign_ins (id, hash, provider, checks, return_to, expires_at) values ('${signIn}', '\\x02', 'a', '{}', '/', now())`,
    sign_ins_hash_unique: `insert into sign_ins (id, hash, provider, checks, return_to, expires_at) values ('${nowhere}', '\\x01', 'a', '{}', '/', now())`,
    sign_ins_user_id_fkey: `update sign_ins set user_id = '${nowhere}'`,
    links_pkey: `insert into links (id, hash, purpose, user_id, expires_at) values ('${link}', '\\x02', 'EMAIL', '${user}', now())`,
    links_hash_unique: `insert into links (id, hash, purpose, user_id, expires_at) values ('${nowhere}', '\\x01', 'EMAIL', '${user}', now())`,
    links_user_id_fkey: `update links set user_id = '${nowhere}'`,
    links_purpose_check: `insert into links (id, hash, purpose, user_id, expires_at) values ('${nowhere}', '\\x02', 'RESET', '${user}', now())`,
    links_registration_has_no_user: `update links set purpose = 'REGISTRATION'`,
    rate_limits_pkey: `insert into rate_limits (key, level, went_in) values ('one', 2, true)`,
    groups_pkey: `insert into groups (id, idp, remote_id, slug) values ('${group}', 'a', '2', 'two')`,
    groups_idp_remote_id_unique: `insert into groups (id, idp, remote_id, slug) values ('${nowhere}', 'a', '1', 'two')`,
    groups_idp_check: `update groups set idp = 'LOCAL'`,
    groups_remote_id_check: `update groups set remote_id = ''`,
    groups_slug_check: `update groups set slug = ''`,
    groups_visibility_check: `update groups set visibility = 'RESTRICTED'`,
    roles_pkey: `insert into roles (id, name) values ('${role}', 'new')`,
    roles_name_unique: `insert into roles (id, name) values ('${nowhere}', 'Administrators')`,
    roles_group_category_unique: `insert into roles (id, group_id, category) values ('${nowhere}', '${group}', 'member')`,
    roles_group_id_fkey: `insert into roles (id, group_id, category) values ('${nowhere}', '${nowhere}', 'member')`,
    roles_local_or_remote: `insert into roles (id, name, group_id, category) values ('${nowhere}', 'new', '${group}', 'new')`,
    roles_rights_are_local: `update roles set rights = '{SYNC}' where id = '${role}'`,
    roles_rights_check: `update roles set rights = '{EVERYTHING}' where name = 'administrators'`,
    roles_title_check: `update roles set title = '' where group_id is null`,
    roles_description_check: `update roles set description = '' where group_id is null`,
    roles_only_local_have_titles: `update roles set title = 'One' where id = '${role}'`,
    assignments_pkey: `insert into assignments (role_id, user_id, source) values ('${role}', '${user}', 'a')`,
    assignments_role_id_fkey: `insert into assignments (role_id, user_id, source) values ('${nowhere}', '${user}', 'a')`,
    assignments_user_id_fkey: `insert into assignments (role_id, user_id, source) values ('${role}', '${nowhere}', 'a')`,
    assignments_source_check: `insert into assignments (role_id, user_id, source) values ('${role}', '${user}', '')`,
    communities_pkey: `insert into communities (id, slug, title) values ('${community}', 'two', 'Two')`,
    communities_slug_unique: `insert into communities (id, slug, title) values ('${nowhere}', 'one', 'Two')`,
    communities_group_unique: `insert into communities (id, slug, title, group_id) values ('${nowhere}', 'two', 'Two', '${group}')`,
    communities_group_id_fkey: `update communities set group_id = '${nowhere}' where id = '${child}'`,
    communities_slug_check: `update communities set slug = 'One'`,
    communities_title_check: `update communities set title = ''`,
    communities_visibility_check: `update communities set visibility = 'HIDDEN'`,
    communities_description_check: `update communities set description = '' where id = '${child}'`,
    communities_curation_policy_check: `update communities set curation_policy = repeat('x', 50001)`,
    communities_page_check: `update communities set page = repeat('x', 50001)`,
    communities_website_check: `update communities set website = repeat('x', 2001)`,
    communities_members_visibility_check: `update communities set members_visibility = 'HIDDEN'`,
    communities_member_policy_check: `update communities set member_policy = 'MEMBERS'`,
    communities_record_submission_policy_check: `update communities set record_submission_policy = 'MEMBERS'`,
    communities_review_policy_check: `update communities set review_policy = 'NEVER'`,
    communities_parent_id_fkey: `update communities set parent_id = '${nowhere}' where id = '${child}'`,
    communities_one_level_of_children: `update communities set parent_id = '${community}', allows_children = true where id = '${child}'`,
    communities_removed_by_id_fkey: `update communities set removed_by_id = '${nowhere}'`,
    communities_marked_are_deleted: `update communities set purge_marked_at = now()`,
    old_slugs_pkey: `insert into old_slugs (slug, community_id) values ('first', '${child}')`,
    old_slugs_community_id_fkey: `insert into old_slugs (slug, community_id) values ('second', '${nowhere}')`,
    featured_entries_pkey: `insert into featured_entries (id, community_id, starts_at) values ('${entry}', '${child}', now())`,
    featured_entries_community_id_fkey: `update featured_entries set community_id = '${nowhere}'`,
    featured_entries_end_after_start: `update featured_entries set ends_at = starts_at`,
    members_pkey: `insert into members (id, community_id, user_id, level) values ('${id(12)}', '${community}', '${other}', 'READER')`,
    members_community_user_unique: `insert into members (id, community_id, user_id, level) values ('${nowhere}', '${community}', '${user}', 'OWNER')`,
    members_community_role_unique: `insert into members (id, community_id, role_id, level) values ('${nowhere}', '${community}', '${role}', 'OWNER')`,
    members_community_id_fkey: `insert into members (id, community_id, user_id, level) values ('${nowhere}', '${nowhere}', '${user}', 'READER')`,
    members_user_id_fkey: `insert into members (id, community_id, user_id, level) values ('${nowhere}', '${community}', '${nowhere}', 'READER')`,
    members_role_id_fkey: `insert into members (id, community_id, role_id, level) values ('${nowhere}', '${community}', '${nowhere}', 'READER')`,
    members_user_xor_role: `insert into members (id, community_id, level) values ('${nowhere}', '${community}', 'READER')`,
    members_mapped_is_role: `update members set mapped_level = 'READER' where user_id is not null`,
    members_level_check: `update members set level = 'ADMIN'`,
    members_mapped_level_check: `update members set mapped_level = 'ADMIN' where role_id is not null`,
    requests_pkey: `insert into requests (id, kind, community_id, user_id, level) values ('${request}', 'MEMBERSHIP', '${community}', '${user}', 'READER')`,
    requests_one_open_of_user: `insert into requests (id, kind, community_id, user_id, level) values ('${nowhere}', 'MEMBERSHIP', '${community}', '${other}', 'READER')`,
    requests_one_open_of_child: `insert into requests (id, kind, community_id, child_id) values ('${nowhere}', 'SUBCOMMUNITY_INVITATION', '${child}', '${child}')`,
    requests_community_id_fkey: `update requests set community_id = '${nowhere}' where id = '${request}'`,
    requests_user_id_fkey: `update requests set user_id = '${nowhere}' where id = '${request}'`,
    requests_child_id_fkey: `update requests set child_id = '${nowhere}' where id = '${join}'`,
    requests_created_by_id_fkey: `update requests set created_by_id = '${nowhere}'`,
    requests_kind_check: `update requests set kind = 'PETITION'`,
    requests_state_check: `update requests set state = 'CREATED', closed_at = now()`,
    requests_level_check: `update requests set level = 'ADMIN' where id = '${request}'`,
    requests_user_or_child: `update requests set child_id = '${child}' where id = '${request}'`,
    requests_closed_at: `update requests set state = 'ACCEPTED'`,
    request_events_pkey: `insert into request_events (id, request_id, kind) values ('${said}', '${request}', 'LOCKED')`,
    request_events_request_id_fkey: `update request_events set request_id = '${nowhere}'`,
    request_events_author_id_fkey: `update request_events set author_id = '${nowhere}'`,
    request_events_reply_to_id_fkey: `update request_events set reply_to_id = '${nowhere}'`,
    request_events_kind_check: `insert into request_events (id, request_id, kind) values ('${nowhere}', '${request}', 'REOPENED')`,
    request_events_content_check: `update request_events set content = repeat('x', 50001)`,
    request_events_comment_has_content: `update request_events set content = null`,
    mails_pkey: `insert into mails (id, user_id, kind, subject, body) values ('${mail}', '${user}', 'INVITED', 'S', 'B')`,
    mails_user_id_fkey: `update mails set user_id = '${nowhere}'`,
    mails_to_somebody: `update mails set user_id = null`,
    mails_state_check: `update mails set state = 'LOST'`,
    stored_files_pkey: `insert into stored_files (key, type, bytes) values ('one', 'image/webp', '\\x02')`,
    webhook_senders_pkey: `insert into webhook_senders (id, idp) values ('${sender}', 'b')`,
    webhook_senders_idp_unique: `insert into webhook_senders (id, idp) values ('${nowhere}', 'a')`,
    webhook_deliveries_pkey: `insert into webhook_deliveries (id, sender_id, body_hash, outcomes) values ('${delivery}', '${sender}', '\\x02', '[]')`,
    webhook_deliveries_message_unique: `insert into webhook_deliveries (id, sender_id, message_id, body_hash, outcomes) values ('${nowhere}', '${sender}', 'one', '\\x02', '[]')`,
    webhook_deliveries_sender_id_fkey: `update webhook_deliveries set sender_id = '${nowhere}'`,
    webhook_deliveries_redelivery_of_id_fkey: `update webhook_deliveries set redelivery_of_id = '${nowhere}'`,
    sync_states_pkey: `insert into sync_states (id, idp, kind, remote_id, trigger) values ('${id(14)}', 'a', 'USER', '2', 'WEBHOOK')`,
    sync_states_subject_unique: `insert into sync_states (id, idp, kind, remote_id, trigger) values ('${nowhere}', 'a', 'USER', '1', 'WEBHOOK')`,
    sync_states_synced_after_requested: `update sync_states set synced = requested + 1`,
    sync_states_kind_check: `update sync_states set kind = 'ROLE'`,
    sync_states_remote_id_check: `update sync_states set remote_id = ''`,
    sync_runs_pkey: `insert into sync_runs (id, idp, kind, remote_id, requested, trigger, outcome) values ('${id(15)}', 'a', 'USER', '1', 1, 'WEBHOOK', 'CHANGED')`,
    sync_runs_user_id_fkey: `update sync_runs set user_id = '${nowhere}'`,
    sync_runs_group_id_fkey: `update sync_runs set group_id = '${nowhere}'`,
    sync_runs_kind_check: `update sync_runs set kind = 'ROLE'`,
    sync_runs_outcome_check: `update sync_runs set outcome = 'DONE'`,
    remote_services_pkey: `insert into remote_services (idp) values ('a')`,
    removal_windows_pkey: `insert into removal_windows (idp, remote_group_id, base) values ('a', '1', 2)`,
    audit_events_pkey: `insert into audit_events (id, act, actor_kind, subject_type, subject_id) values ('${id(16)}', 'it', 'SYSTEM', 'User', '${user}')`,
    audit_events_via_check: `update audit_events set via = 'PASSWORD'`,
    audit_events_actor_kind_check: `update audit_events set actor_kind = 'ANYONE'`,
    search_indexes_pkey: `insert into search_indexes (id, engine, kind, name, state)
      overriding system value select min(id), 'ELASTICSEARCH', 'users', 'other', 'LIVE' from search_indexes`,
    search_indexes_engine_check: `update search_indexes set engine = 'SOLR'`,
    search_indexes_state_check: `update search_indexes set state = 'DONE'`,
    search_indexes_one_of_each: `update search_indexes set kind = 'users'`,
    search_indexes_name_unique: `update search_indexes set name = 'search_users'`,
    search_changes_index_id_fkey: `insert into search_changes (index_id, id) values (0, '${user}')`,
    search_changes_pkey: `insert into search_changes (index_id, id)
      select id, '${nowhere}' from search_indexes, generate_series(1, 2)`,
    ...Object.fromEntries(searchTables.map((it) => [`${it}_pkey`, found(it, 'SOME', 2)])),
    ...Object.fromEntries(
      searchKinds.flatMap((kind) => [
        [`search_${kind}_audience_check`, found(`search_${kind}`, 'NOBODY', 1)],
        [
          `search_${kind}_words_pkey`,
          `insert into search_${kind}_words select 'word' from generate_series(1, 2)`,
        ],
      ]),
    ),
  };

  it('is broken by one statement here, each', async () => {
    const keys = await world.sql<{ name: string }>(
      `select conname as name from pg_constraint
       where connamespace = 'public'::regnamespace and contype in ('u', 'p', 'f', 'c')
         and conrelid <> 'mikro_orm_migrations'::regclass
       union select indexrelid::regclass::text from pg_index join pg_class c on c.oid = indrelid
       where indisunique and c.relnamespace = 'public'::regnamespace
         and indrelid <> 'mikro_orm_migrations'::regclass`,
    );

    expect(Object.keys(refused).sort()).toEqual(keys.map((it) => it.name).sort());
  });

  it.each(Object.entries(refused))('refuses what breaks it: %s', async (name, statement) => {
    const error = await world.sql(statement).catch((reason) => reason);

    expect(error).toMatchObject({ constraint: name });
  });

  it.each([
    ['a group that has roles', `delete from groups where id = '${group}'`],
    ['a role that is a member', `delete from roles where id = '${role}'`],
    ['a user who is a member', `delete from users where id = '${user}'`],
    ['a sender whose webhooks are kept', `delete from webhook_senders where id = '${sender}'`],
  ])('keeps %s', async (_, statement) => {
    const error = await world.sql(statement).catch((reason) => reason);

    expect(error).toMatchObject({ code: '23001' });
  });

  it('lets one ask again for what was answered before', async () => {
    const [first, second] = [randomUUID(), randomUUID()];

    await world.sql(`
      insert into requests (id, kind, community_id, user_id, level, state, closed_at)
        values ('${first}', 'MEMBERSHIP', '${child}', '${user}', 'READER', 'DECLINED', now());
      insert into requests (id, kind, community_id, user_id, level)
        values ('${second}', 'MEMBERSHIP', '${child}', '${user}', 'READER');
    `);

    expect(
      await world.sql('delete from requests where id = any($1) returning id', [[first, second]]),
    ).toHaveLength(2);
  });

  it('takes with a user what is nobody’s without them, and keeps what was done', async () => {
    const [gone, run, asked, closed, removed] = Array.from({ length: 5 }, () => randomUUID());
    await world.sql(`
      insert into users (id, username) values ('${gone}', 'gone');
      insert into identities (id, idp, subject, user_id) values ('${randomUUID()}', 'a', 'gone', '${gone}');
      insert into tokens (id, user_id, name, hash, expires_at) values ('${randomUUID()}', '${gone}', 'x', '\\x99', now());
      insert into assignments (role_id, user_id, source) values ('${role}', '${gone}', 'a');
      insert into sync_runs (id, idp, kind, remote_id, requested, trigger, outcome, user_id)
        values ('${run}', 'a', 'USER', 'gone', 1, 'WEBHOOK', 'CHANGED', '${gone}');
      insert into mails (id, user_id, kind, subject, body) values ('${randomUUID()}', '${gone}', 'x', 'S', 'B');
      insert into requests (id, kind, community_id, user_id, level)
        values ('${randomUUID()}', 'INVITATION', '${community}', '${gone}', 'READER');
      insert into requests (id, kind, community_id, user_id, level, created_by_id)
        values ('${asked}', 'INVITATION', '${child}', '${other}', 'READER', '${gone}');
      insert into request_events (id, request_id, kind, author_id)
        values ('${closed}', '${asked}', 'LOCKED', '${gone}');
      insert into communities (id, slug, title, deleted_at, removed_by_id)
        values ('${removed}', 'gone', 'Gone', now(), '${gone}');
    `);

    await world.sql('delete from users where id = $1', [gone]);

    const left = await world.sql(
      `select 'identity' from identities where user_id = $1 union all
       select 'token' from tokens where user_id = $1 union all
       select 'assignment' from assignments where user_id = $1 union all
       select 'mail' from mails where user_id = $1 union all
       select 'request' from requests where user_id = $1`,
      [gone],
    );
    expect(left).toEqual([]);
    const kept = await world.sql(
      `select user_id as by from sync_runs where id = $1 union all
       select created_by_id from requests where id = $2 union all
       select author_id from request_events where id = $3 union all
       select removed_by_id from communities where id = $4`,
      [run, asked, closed, removed],
    );
    expect(kept).toEqual(Array(4).fill({ by: null }));
  });

  it('takes with a community what is nothing without it, and lets its parts live on', async () => {
    const [gone, part, event] = Array.from({ length: 3 }, () => randomUUID());
    await world.sql(`
      insert into communities (id, slug, title, allows_children) values ('${gone}', 'whole', 'Whole', true);
      insert into communities (id, slug, title, parent_id) values ('${part}', 'half', 'Half', '${gone}');
      insert into members (id, community_id, user_id, level) values ('${randomUUID()}', '${gone}', '${user}', 'OWNER');
      insert into old_slugs (slug, community_id) values ('before', '${gone}');
      insert into featured_entries (id, community_id, starts_at) values ('${randomUUID()}', '${gone}', now());
      insert into requests (id, kind, community_id, user_id, level)
        values ('${event}', 'INVITATION', '${gone}', '${other}', 'READER');
      insert into request_events (id, request_id, kind) values ('${event}', '${event}', 'LOCKED');
      insert into requests (id, kind, community_id, child_id)
        values ('${randomUUID()}', 'SUBCOMMUNITY_INVITATION', '${part}', '${gone}');
    `);

    await world.sql('delete from communities where id = $1', [gone]);

    const left = await world.sql(
      `select 'member' from members where community_id = $1 union all
       select 'slug' from old_slugs where community_id = $1 union all
       select 'entry' from featured_entries where community_id = $1 union all
       select 'request' from requests where $1 in (community_id, child_id) union all
       select 'event' from request_events where id = $2`,
      [gone, event],
    );
    expect(left).toEqual([]);
    expect(await world.sql('select parent_id from communities where id = $1', [part])).toEqual([
      { parent_id: null },
    ]);
  });
});

describe('migrating', () => {
  it('is done once when five servers open an empty database at the same time', async () => {
    const url = await emptyDatabase();

    const opened = await Promise.allSettled(Array.from({ length: 5 }, () => open(url)));

    for (const it of opened) if (it.status === 'fulfilled') await it.value.stop();
    expect(opened.map((it) => it.status)).toEqual(Array(5).fill('fulfilled'));
    const { rows } = await onServer('select name from mikro_orm_migrations order by id', url);
    expect(rows.map((it) => it.name)).toEqual(migrations);
    const roles = await onServer('select name from roles', url);
    expect(roles.rows).toEqual([{ name: 'administrators' }]);
  });

  it('waits while another process does it', async () => {
    const url = await emptyDatabase();
    const other = new pg.Client({ connectionString: url });
    await other.connect();
    await other.query('select pg_advisory_lock($1)', [0x636f6c6c]);

    const opening = open(url);
    const isWaiting = () =>
      onServer(`select from pg_locks where locktype = 'advisory' and not granted`, url);
    await expect.poll(async () => (await isWaiting()).rowCount, { timeout: 10_000 }).toBe(1);
    const before = await onServer(`select to_regclass('users') as made`, url);
    await other.end();
    const app = await opening;

    const after = await onServer(`select to_regclass('users') as made`, url);
    await app.stop();
    expect([before.rows[0].made, after.rows[0].made]).toEqual([null, 'users']);
  });

  it('can be undone step by step until nothing is left, and done again', async () => {
    const url = await emptyDatabase();
    const app = await open(url);
    const { migrator } = app.orm;

    const undone = [await shapeOf(url)];
    for (const _ of migrations) {
      await migrator.down();
      undone.unshift(await shapeOf(url));
    }
    const done = [await shapeOf(url)];
    for (const to of migrations) {
      await migrator.up({ to });
      done.push(await shapeOf(url));
    }

    await app.stop();
    expect(new Set(undone[0]?.columns.map((it) => it.table))).toEqual(new Set(foreign));
    expect(undone).toHaveLength(migrations.length + 1);
    expect(done).toEqual(undone);
  });

  it('leaves what is there when the server starts again', async () => {
    const url = await emptyDatabase();
    await (await open(url)).stop();
    await onServer(`insert into users (id, username) values ('${randomUUID()}', 'jane')`, url);

    await (await open(url)).stop();

    const { rows } = await onServer('select username from users', url);
    expect(rows).toEqual([{ username: 'jane' }]);
  });

  it('says what is wrong with a database that it cannot reach', async () => {
    const url = databaseAt(inject('databaseUrl'), 'nowhere');

    await expect(open(url)).rejects.toThrow(/database "nowhere" does not exist/);
  });
});

describe('the command line of MikroORM', () => {
  const mikroOrm = (env: NodeJS.ProcessEnv, ...args: string[]) =>
    promisify(execFile)('npx', ['mikro-orm', ...args], {
      env: { ...process.env, NO_COLOR: '1', DATABASE_URL: undefined, ...env },
    });

  it('lists the migrations of the database that DATABASE_URL names', async () => {
    const { stdout } = await mikroOrm({ DATABASE_URL: world.databaseUrl }, 'migration:list');

    for (const name of migrations) expect(stdout).toContain(name);
  });

  it('says that DATABASE_URL is needed', async () => {
    const error = await mikroOrm({}, 'migration:list').catch((reason) => reason);

    expect(error.code).toBe(1);
    expect(error.stderr).toContain('DATABASE_URL is not set');
  });
});
