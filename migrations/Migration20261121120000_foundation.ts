import { Migration } from '@mikro-orm/migrations';

/** People, groups and roles, communities and their members, syncs, webhooks, audit. */
export class Migration20261121120000_foundation extends Migration {
  override up(): void {
    this.addSql(`
      create table users (
        id uuid primary key,
        username text not null check (username = btrim(username) and length(username) between 1 and 255),
        email text check (email <> ''),
        full_name text,
        given_name text,
        family_name text,
        affiliation text,
        orcid text check (orcid ~ '^\\d{4}-\\d{4}-\\d{4}-\\d{3}[\\dX]$'),
        locale text,
        time_zone text,
        visibility text not null default 'PUBLIC' check (visibility in ('PUBLIC', 'RESTRICTED')),
        email_visibility text not null default 'RESTRICTED' check (email_visibility in ('PUBLIC', 'RESTRICTED')),
        locked_fields text[] not null default '{}',
        state text not null default 'ACTIVE' check (state in ('ACTIVE', 'SUSPENDED', 'DEACTIVATED')),
        version integer not null default 1,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now()
      );
      create unique index users_username_unique on users (lower(username));
      create unique index users_email_unique on users (lower(email)) where email is not null;

      create table identities (
        id uuid primary key,
        idp text not null check (idp <> ''),
        subject text not null check (subject <> ''),
        user_id uuid not null references users (id) on delete cascade,
        gone_at timestamptz,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        constraint identities_idp_subject_unique unique (idp, subject)
      );
      create index identities_user on identities (user_id);

      create table tokens (
        id uuid primary key,
        user_id uuid not null references users (id) on delete cascade,
        name text not null,
        hash bytea not null constraint tokens_hash_unique unique,
        expires_at timestamptz not null,
        last_used_at timestamptz,
        revoked_at timestamptz,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now()
      );
      create index tokens_user on tokens (user_id);

      create table groups (
        id uuid primary key,
        idp text not null check (idp <> '' and idp <> 'LOCAL'),
        remote_id text not null check (remote_id <> ''),
        name text,
        slug text not null check (slug <> ''),
        url text,
        avatar text,
        description text,
        visibility text check (visibility in ('PUBLIC', 'PRIVATE', 'HIDDEN')),
        upload_categories text[],
        moderate_categories text[],
        deleted_at timestamptz,
        version integer not null default 1,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        constraint groups_idp_remote_id_unique unique (idp, remote_id)
      );

      create table roles (
        id uuid primary key,
        name text,
        group_id uuid references groups (id) on delete restrict,
        category text,
        rights text[] not null default '{}' check (rights <@ array['ADMINISTER', 'MODERATE', 'SYNC']),
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        constraint roles_group_category_unique unique (group_id, category),
        constraint roles_local_or_remote check ((group_id is null) = (category is null) and (group_id is null) = (name is not null)),
        constraint roles_rights_are_local check (group_id is null or rights = '{}')
      );
      create unique index roles_name_unique on roles (lower(name)) where name is not null;

      create table assignments (
        role_id uuid not null references roles (id) on delete cascade,
        user_id uuid not null references users (id) on delete cascade,
        source text not null check (source <> ''),
        created_at timestamptz not null default now(),
        -- What a sync asks for is the beginning of the key: the roles of a user by a source.
        primary key (user_id, source, role_id)
      );
      create index assignments_role on assignments (role_id, user_id);

      create table communities (
        id uuid primary key,
        slug text not null check (slug ~ '^[a-z0-9_-]{1,100}$'),
        title text not null check (length(title) between 1 and 250),
        visibility text not null default 'PUBLIC' check (visibility in ('PUBLIC', 'RESTRICTED')),
        group_id uuid references groups (id) on delete restrict,
        deleted_at timestamptz,
        version integer not null default 1,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        constraint communities_slug_unique unique (slug),
        constraint communities_group_unique unique (group_id)
      );

      create table members (
        id uuid primary key,
        community_id uuid not null references communities (id) on delete cascade,
        user_id uuid references users (id) on delete restrict,
        role_id uuid references roles (id) on delete restrict,
        level text not null check (level in ('READER', 'CURATOR', 'MANAGER', 'OWNER')),
        mapped_level text check (mapped_level in ('READER', 'CURATOR', 'MANAGER', 'OWNER')),
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        constraint members_user_xor_role check ((user_id is null) <> (role_id is null)),
        constraint members_mapped_is_role check (mapped_level is null or role_id is not null),
        constraint members_community_user_unique unique (community_id, user_id),
        constraint members_community_role_unique unique (community_id, role_id)
      );
      create index members_community on members (community_id, id);
      create index members_user on members (user_id) where user_id is not null;
      create index members_role on members (role_id) where role_id is not null;

      create table webhook_senders (
        id uuid primary key,
        idp text not null constraint webhook_senders_idp_unique unique,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now()
      );

      create table webhook_deliveries (
        id uuid primary key,
        sender_id uuid not null references webhook_senders (id) on delete restrict,
        message_id text,
        body_hash bytea not null,
        body text,
        outcomes jsonb not null,
        receipts integer not null default 1,
        redelivery_of_id uuid references webhook_deliveries (id) on delete set null,
        received_at timestamptz not null default now(),
        constraint webhook_deliveries_message_unique unique (sender_id, message_id)
      );
      create index webhook_deliveries_body on webhook_deliveries (sender_id, body_hash, received_at)
        where message_id is null and redelivery_of_id is null;

      create table sync_states (
        id uuid primary key,
        idp text not null,
        kind text not null check (kind in ('USER', 'GROUP')),
        remote_id text not null check (remote_id <> ''),
        requested bigint not null default 1,
        synced bigint not null default 0,
        trigger text not null,
        urgency smallint not null default 1,
        deletion_announced boolean not null default false,
        due_at timestamptz not null default now(),
        dirty_since timestamptz,
        leased_until timestamptz,
        fetched_at timestamptz,
        synced_at timestamptz,
        attempts integer not null default 0,
        dead_at timestamptz,
        error text,
        held_run_id uuid,
        approved_run_id uuid,
        constraint sync_states_subject_unique unique (idp, kind, remote_id),
        constraint sync_states_synced_after_requested check (synced <= requested)
      ) with (fillfactor = 70);
      create index sync_states_due on sync_states (idp, urgency desc, due_at)
        where requested > synced and dead_at is null;
      create index sync_states_dead on sync_states (id) where dead_at is not null;
      create index sync_states_held on sync_states (id) where held_run_id is not null;

      create table sync_runs (
        id uuid primary key,
        idp text not null,
        kind text not null check (kind in ('USER', 'GROUP')),
        remote_id text not null,
        requested bigint not null,
        trigger text not null,
        outcome text not null check (outcome in
          ('QUEUED', 'RUNNING', 'CHANGED', 'UNCHANGED', 'COALESCED', 'HELD', 'REJECTED', 'SUPERSEDED', 'RETRYING', 'FAILED')),
        attempt integer not null default 1,
        user_id uuid references users (id) on delete set null,
        group_id uuid references groups (id) on delete set null,
        changes jsonb not null default '[]',
        notes jsonb not null default '[]',
        held_for text[] not null default '{}',
        error text,
        queued_at timestamptz not null default now(),
        started_at timestamptz,
        finished_at timestamptz
      );
      create index sync_runs_subject on sync_runs (idp, kind, remote_id, id);
      create index sync_runs_open on sync_runs (idp, kind, remote_id, requested)
        where outcome in ('QUEUED', 'RUNNING', 'RETRYING');
      create index sync_runs_held on sync_runs (id) where outcome = 'HELD';

      create table remote_services (
        idp text primary key,
        failures integer not null default 0,
        open_until timestamptz,
        last_error text,
        last_failure_at timestamptz,
        next_slot_at timestamptz not null default now()
      );

      create table removal_windows (
        idp text not null,
        remote_group_id text not null,
        started_at timestamptz not null default now(),
        base integer not null,
        removed integer not null default 0,
        primary key (idp, remote_group_id)
      );

      create table audit_events (
        id uuid primary key,
        act text not null,
        actor_kind text not null check (actor_kind in ('USER', 'SERVICE', 'SYSTEM')),
        actor_id text,
        subject_type text not null,
        subject_id uuid not null,
        details jsonb not null default '{}',
        at timestamptz not null default now()
      );
      create index audit_events_subject on audit_events (subject_id, id);

      insert into roles (id, name, rights) values (gen_random_uuid(), 'administrators', '{ADMINISTER}');
    `);
  }

  override down(): void {
    this.addSql(`
      drop table audit_events, removal_windows, remote_services, sync_runs, sync_states,
        webhook_deliveries, webhook_senders, members, communities, assignments, roles, groups,
        tokens, identities, users;
    `);
  }
}
