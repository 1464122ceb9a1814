import { Migration } from '@mikro-orm/migrations';

/** All of a community, requests with their conversations, e-mails to be sent and files. */
export class Migration20261121160000_communities extends Migration {
  override up(): void {
    this.addSql(`
      alter table users
        add column verified_at timestamptz,
        add column notifies boolean not null default true,
        add column muted_notifications text[] not null default '{}';
      create index users_orcid on users (orcid) where orcid is not null;
      -- The people of a large community in the order of their names, without sorting all of them.
      create index users_name on users ((lower(coalesce(full_name, username))) collate "und-x-icu");

      alter table communities
        add column description text check (length(description) between 1 and 2000),
        add column curation_policy text check (length(curation_policy) <= 50000),
        add column page text check (length(page) <= 50000),
        add column website text check (length(website) <= 2000),
        add column type text,
        add column organizations jsonb not null default '[]',
        add column funding jsonb not null default '[]',
        add column members_visibility text not null default 'PUBLIC' check (members_visibility in ('PUBLIC', 'RESTRICTED')),
        add column member_policy text not null default 'CLOSED' check (member_policy in ('OPEN', 'CLOSED')),
        add column record_submission_policy text not null default 'OPEN' check (record_submission_policy in ('OPEN', 'CLOSED')),
        add column review_policy text not null default 'CLOSED' check (review_policy in ('OPEN', 'CLOSED', 'MEMBERS')),
        add column theme jsonb,
        add column custom_fields jsonb not null default '{}',
        add column allows_children boolean not null default false,
        add column parent_id uuid references communities (id) on delete set null,
        add column logo_hash text,
        add column removal_reason_id text,
        add column removal_note text not null default '',
        add column citation_text text not null default '',
        add column is_tombstone_visible boolean not null default true,
        add column removed_by_id uuid references users (id) on delete set null,
        add column purge_marked_at timestamptz,
        add constraint communities_one_level_of_children
          check (parent_id is null or (parent_id <> id and not allows_children)),
        add constraint communities_marked_are_deleted
          check (purge_marked_at is null or deleted_at is not null);
      create index communities_parent on communities (parent_id, id) where parent_id is not null;
      create index communities_removed_by on communities (removed_by_id) where removed_by_id is not null;
      create index communities_updated on communities (updated_at, id);
      create index communities_with_children on communities (id) where allows_children;
      -- All that decides who sees a community: lists are counted without reading one of them.
      create index communities_seen on communities (id) include (visibility, deleted_at);
      create index communities_title on communities ((lower(title)) collate "und-x-icu", id);

      create table old_slugs (
        slug text primary key,
        community_id uuid not null references communities (id) on delete cascade,
        left_at timestamptz not null default now()
      );
      create index old_slugs_community on old_slugs (community_id);

      create table featured_entries (
        id uuid primary key,
        community_id uuid not null references communities (id) on delete cascade,
        starts_at timestamptz not null,
        ends_at timestamptz,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        constraint featured_entries_end_after_start check (ends_at > starts_at)
      );
      create index featured_entries_community on featured_entries (community_id, starts_at);

      alter table members
        add column is_visible boolean not null default false,
        add column is_notified boolean not null default true;
      -- Every request begins with where its actor is: that is read from the index alone.
      drop index members_user;
      create index members_user on members (user_id, community_id) include (level)
        where user_id is not null;
      -- Most members are people; the roles of a community are not looked for among all of them.
      create index members_roles on members (community_id) where role_id is not null;
      -- Ids under which everyone may see members: their own would tell when they joined.
      create index members_public on members ((md5(id::text)::uuid)) where is_visible;

      create table requests (
        id uuid primary key,
        kind text not null check (kind in ('INVITATION', 'MEMBERSHIP', 'SUBCOMMUNITY', 'SUBCOMMUNITY_INVITATION')),
        state text not null default 'SUBMITTED' check (state in ('SUBMITTED', 'ACCEPTED', 'DECLINED', 'CANCELLED', 'EXPIRED')),
        community_id uuid not null references communities (id) on delete cascade,
        user_id uuid references users (id) on delete cascade,
        child_id uuid references communities (id) on delete cascade,
        level text check (level in ('READER', 'CURATOR', 'MANAGER', 'OWNER')),
        created_by_id uuid references users (id) on delete set null,
        expires_at timestamptz,
        closed_at timestamptz,
        locked_at timestamptz,
        last_activity_at timestamptz not null default now(),
        version integer not null default 1,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        constraint requests_user_or_child check (
          (kind in ('INVITATION', 'MEMBERSHIP')) = (user_id is not null and level is not null)
          and (kind in ('SUBCOMMUNITY', 'SUBCOMMUNITY_INVITATION')) = (child_id is not null)),
        constraint requests_closed_at check ((state = 'SUBMITTED') = (closed_at is null))
      );
      create unique index requests_one_open_of_user on requests (community_id, user_id)
        where state = 'SUBMITTED' and user_id is not null;
      create unique index requests_one_open_of_child on requests (child_id)
        where state = 'SUBMITTED' and child_id is not null;
      create index requests_community on requests (community_id, id);
      create index requests_user on requests (user_id, id) where user_id is not null;
      create index requests_child on requests (child_id, id) where child_id is not null;
      create index requests_created_by on requests (created_by_id) where created_by_id is not null;
      create index requests_due on requests (expires_at) where state = 'SUBMITTED';

      create table request_events (
        id uuid primary key,
        request_id uuid not null references requests (id) on delete cascade,
        kind text not null check (kind in ('COMMENT', 'COMMENT_DELETED', 'ACCEPTED', 'DECLINED', 'CANCELLED',
          'EXPIRED', 'LOCKED', 'UNLOCKED', 'LEVEL_CHANGED')),
        author_id uuid references users (id) on delete set null,
        reply_to_id uuid references request_events (id) on delete cascade,
        content text check (length(content) <= 50000),
        details jsonb not null default '{}',
        version integer not null default 1,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        constraint request_events_comment_has_content check ((kind = 'COMMENT') = (content is not null))
      );
      -- With the replies, which go with their request.
      create index request_events_request on request_events (request_id, id);
      create index request_events_author on request_events (author_id) where author_id is not null;
      create index request_events_replies on request_events (reply_to_id, id) where reply_to_id is not null;

      create table mails (
        id uuid primary key,
        user_id uuid not null references users (id) on delete cascade,
        kind text not null,
        subject text not null,
        body text not null,
        state text not null default 'QUEUED' check (state in ('QUEUED', 'SENT', 'SKIPPED', 'FAILED')),
        attempts integer not null default 0,
        due_at timestamptz not null default now(),
        sent_at timestamptz,
        error text,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now()
      );
      create index mails_due on mails (due_at) where state = 'QUEUED';
      create index mails_user on mails (user_id, id);
      create index mails_state on mails (state, id);

      create table stored_files (
        key text primary key,
        type text not null,
        bytes bytea not null,
        created_at timestamptz not null default now()
      );
    `);
  }

  override down(): void {
    this.addSql(`
      drop table stored_files, mails, request_events, requests, featured_entries, old_slugs;
      alter table members drop column is_visible, drop column is_notified;
      drop index members_user, members_roles;
      create index members_user on members (user_id) where user_id is not null;
      alter table communities
        drop column description, drop column curation_policy, drop column page, drop column website,
        drop column type, drop column organizations, drop column funding,
        drop column members_visibility, drop column member_policy,
        drop column record_submission_policy, drop column review_policy, drop column theme,
        drop column custom_fields, drop column allows_children, drop column parent_id,
        drop column logo_hash, drop column removal_reason_id, drop column removal_note,
        drop column citation_text, drop column is_tombstone_visible, drop column removed_by_id,
        drop column purge_marked_at;
      drop index users_orcid, users_name, communities_updated, communities_seen, communities_title;
      alter table users drop column verified_at, drop column notifies,
        drop column muted_notifications;
    `);
  }
}
