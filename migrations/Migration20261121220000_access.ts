import { Migration } from '@mikro-orm/migrations';

/** Who is asking: sessions, sign-ins, links, scopes of tokens, limits; names, merges and local roles. */
export class Migration20261121220000_access extends Migration {
  override up(): void {
    this.addSql(`
      alter table users
        add column name_parts jsonb not null default '{}',
        add column email_verified_at timestamptz,
        add column merged_into_id uuid references users (id) on delete set null,
        add column erased_at timestamptz,
        -- Nothing that lets somebody in, and is older, lets them in any more.
        add column locked_out_at timestamptz;
      create index users_merged_into on users (merged_into_id) where merged_into_id is not null;

      alter table tokens
        add column scopes text[] not null default '{COMMUNITIES,ACCOUNT,SYNC,MODERATE,ADMINISTER}'
          check (scopes <@ array['COMMUNITIES', 'ACCOUNT', 'SYNC', 'MODERATE', 'ADMINISTER']),
        -- The last characters, by which its owner knows it again.
        add column hint text not null default '',
        add column last_used_from text;

      create table sessions (
        id uuid primary key,
        user_id uuid not null references users (id) on delete cascade,
        -- By which identity the user came in; null if it was by a link.
        identity_id uuid references identities (id) on delete cascade,
        hash bytea not null constraint sessions_hash_unique unique,
        ip text,
        user_agent text,
        last_seen_at timestamptz not null default now(),
        -- However much it is used.
        ends_at timestamptz not null,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now()
      );
      create index sessions_user on sessions (user_id, id);
      create index sessions_identity on sessions (identity_id) where identity_id is not null;
      create index sessions_ends on sessions (ends_at);

      -- Browsers that are at a provider and are to come back, once.
      create table sign_ins (
        id uuid primary key,
        hash bytea not null constraint sign_ins_hash_unique unique,
        provider text not null,
        checks jsonb not null,
        return_to text not null,
        -- Who is signed in and adds an identity; null if somebody signs in.
        user_id uuid references users (id) on delete cascade,
        expires_at timestamptz not null,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now()
      );
      create index sign_ins_user on sign_ins (user_id) where user_id is not null;
      create index sign_ins_expires on sign_ins (expires_at);

      -- Secrets that are good once, for what they are made for.
      create table links (
        id uuid primary key,
        hash bytea not null constraint links_hash_unique unique,
        purpose text not null check (purpose in ('SIGN_IN', 'EMAIL', 'REGISTRATION')),
        user_id uuid references users (id) on delete cascade,
        data jsonb not null default '{}',
        expires_at timestamptz not null,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        constraint links_registration_has_no_user check ((purpose = 'REGISTRATION') = (user_id is null))
      );
      create index links_user on links (user_id) where user_id is not null;
      create index links_expires on links (expires_at);

      -- How full the buckets are that tries and changes fall into. Lost with a crash, and that is all right.
      create unlogged table rate_limits (
        key text primary key,
        level double precision not null,
        -- Whether the last one went in.
        went_in boolean not null,
        at timestamptz not null default now()
      );

      alter table mails
        alter column user_id drop not null,
        -- For who has no account yet, or is to show that an address is theirs.
        add column address text,
        add constraint mails_to_somebody check (user_id is not null or address is not null);

      alter table roles
        add column title text check (length(title) between 1 and 80),
        add column description text check (length(description) between 1 and 255),
        add column version integer not null default 1,
        add constraint roles_only_local_have_titles
          check (group_id is null or (title is null and description is null));

      alter table audit_events
        -- By what the actor was known, and from where.
        add column via text check (via in ('SESSION', 'TOKEN', 'JWT', 'SENDER')),
        add column via_id text,
        add column ip text;
      create index audit_events_actor on audit_events (actor_id, id) where actor_id is not null;
    `);
  }

  override down(): void {
    this.addSql(`
      alter table audit_events drop column via, drop column via_id, drop column ip;
      drop index audit_events_actor;
      alter table roles drop column title, drop column description, drop column version;
      delete from mails where user_id is null;
      alter table mails drop column address, alter column user_id set not null;
      drop table rate_limits, links, sign_ins, sessions;
      alter table tokens drop column scopes, drop column hint, drop column last_used_from;
      alter table users drop column name_parts, drop column email_verified_at,
        drop column merged_into_id, drop column erased_at, drop column locked_out_at;
    `);
  }
}
