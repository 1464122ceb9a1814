import { Migration } from '@mikro-orm/migrations';

/** What each kind is limited to and counted by, and its dates, beside what all kinds have. */
const columns: Record<string, string> = {
  communities:
    'type text, visibility text, state text, allows_children text, created timestamptz, updated timestamptz,',
  users: 'state text, visibility text,',
  groups: 'idp text,',
  roles: 'idp text,',
};

/** What can be found, by which index, and what there is to be written anew. */
export class Migration20261121190000_search extends Migration {
  override up(): void {
    this.addSql(`
      create extension if not exists fuzzystrmatch;
      create sequence search_revisions;
      create table search_indexes (
        id smallint generated always as identity primary key,
        engine text not null check (engine in ('POSTGRESQL', 'ELASTICSEARCH')),
        kind text not null,
        -- A table, or an index of Elasticsearch.
        name text not null,
        state text not null check (state in ('BUILDING', 'LIVE')),
        -- How far a build is: the last id that it wrote, and how many of how many.
        cursor uuid,
        done integer not null default 0,
        total integer not null default 0,
        created_at timestamptz not null default now(),
        live_at timestamptz,
        -- When a process that reaches the engine was there last.
        tended_at timestamptz not null default now(),
        constraint search_indexes_one_of_each unique (engine, kind, state),
        constraint search_indexes_name_unique unique (engine, name)
      );
      create table search_changes (
        index_id smallint not null references search_indexes (id) on delete cascade,
        id uuid not null,
        -- Grows with each change: an older state of a thing never takes the place of a newer one.
        revision bigint not null default nextval('search_revisions'),
        -- Since when it waits to be written, however often it was changed again.
        noted_at timestamptz not null default now(),
        primary key (index_id, id)
      );
      create index search_changes_revision on search_changes (index_id, revision);
    `);
    for (const [kind, more] of Object.entries(columns)) {
      this.addSql(`
        create table search_${kind} (
          id uuid primary key,
          words tsvector not null,
          name text not null collate "und-x-icu",
          popularity smallint not null,
          audience text not null check (audience in ('EVERYONE', 'SOME')),
          ${more}
          digest bytea not null
        );
        -- Samples, from which it is told how much there is of what.
        create table search_${kind}_one_in_16 (like search_${kind} including all);
        create table search_${kind}_one_in_64 (like search_${kind} including all);
        create table search_${kind}_words (word text collate "C" primary key);
        insert into search_indexes (engine, kind, name, state, live_at)
          values ('POSTGRESQL', '${kind}', 'search_${kind}', 'LIVE', now());
        insert into search_changes (index_id, id)
          select i.id, it.id from search_indexes i, ${kind} it where i.kind = '${kind}';
      `);
      for (const table of [
        `search_${kind}`,
        `search_${kind}_one_in_16`,
        `search_${kind}_one_in_64`,
      ]) {
        this.addSql(`
          -- What some alone may see takes no time of others. No list of entries to come is kept: each
          -- search would go through it.
          create index on ${table} using gin (words) with (fastupdate = off) where audience = 'EVERYONE';
          create index on ${table} using gin (words) with (fastupdate = off) where audience = 'SOME';
          -- Lists in their orders, of which the first few are read.
          create index on ${table} (popularity, id);
          create index on ${table} (name, id);
          ${more.includes('updated') ? `create index on ${table} (updated, id);` : ''}
          -- Words of a title have many rows, those of a year among them far fewer.
          ${more.includes('created') ? `create index on ${table} (created);` : ''}
        `);
      }
    }
  }

  override down(): void {
    for (const kind of Object.keys(columns)) {
      this.addSql(
        `drop table search_${kind}, search_${kind}_one_in_16, search_${kind}_one_in_64, search_${kind}_words;`,
      );
    }
    this.addSql('drop table search_changes, search_indexes; drop sequence search_revisions;');
  }
}
