import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import type { Field } from '../search/dialect.ts';
import { type Document, type Kind, popularityOf } from '../search/kind.ts';
import { wordsOf } from '../search/words.ts';

const fields: Record<string, Field> = {
  name: { is: 'text', code: 'n', isBare: true, isBegun: true },
  slug: { is: 'text', code: 's', isBare: true, isBegun: true },
  description: { is: 'text', code: 'd', isBare: true },
  idp: { is: 'keyword', code: 'i' },
  remote_id: { is: 'keyword', code: 'r', isBare: true },
  audience: { is: 'keyword', code: 'a', isOurs: true },
  exact: { is: 'keyword', code: 'x', isOurs: true },
};

const aliases: Record<string, string> = { title: 'name', id: 'remote_id', provider: 'idp' };

/** How remote groups are searched. */
export const groupKind: Kind = {
  name: 'groups',
  fields,
  aliases,
  joins: 'AND',
  columns: ['idp', 'audience'],
  counted: ['idp'],
  source: 'groups',
  people: sql`
    select r.group_id as id, count(distinct a.user_id)::int as people
    from roles r join assignments a on a.role_id = r.id where r.group_id is not null
    group by r.group_id`,
  read: readGroups,
};

/** How roles are searched: a remote one by its group and category. */
export const roleKind: Kind = {
  ...groupKind,
  name: 'roles',
  fields: { ...fields, category: { is: 'text', code: 'c', isBare: true } },
  source: 'roles',
  people: sql`
    select role_id as id, count(distinct user_id)::int as people from assignments group by role_id`,
  read: readRoles,
};

interface GroupTexts {
  id: string;
  name: string | null;
  slug: string | null;
  title?: string | null;
  description: string | null;
  idp: string | null;
  remoteId: string | null;
  category?: string | null;
  people: number;
}

async function readGroups(ctx: Context, ids: readonly string[]): Promise<Map<string, Document>> {
  const found = await rows(
    ctx,
    sql<GroupTexts>`
      select g.id, g.name, g.slug, g.description, g.idp, g.remote_id as "remoteId",
        (select count(distinct a.user_id)::int from roles r join assignments a on a.role_id = r.id
          where r.group_id = g.id) as people
      from groups g where g.id = any(${ids})`,
  );
  return new Map(found.map((it) => [it.id, documentOf(it)]));
}

async function readRoles(ctx: Context, ids: readonly string[]): Promise<Map<string, Document>> {
  const found = await rows(
    ctx,
    sql<GroupTexts>`
      select r.id, coalesce(r.name, g.name) as name, r.title, g.slug,
        coalesce(r.description, g.description) as description, g.idp,
        g.remote_id as "remoteId", r.category,
        (select count(distinct a.user_id)::int from assignments a where a.role_id = r.id) as people
      from roles r left join groups g on g.id = r.group_id where r.id = any(${ids})`,
  );
  return new Map(found.map((it) => [it.id, documentOf(it)]));
}

const given = (text: string | null | undefined): string[] => (text == null ? [] : [text]);

function documentOf(it: GroupTexts): Document {
  const called = [...given(it.title), ...given(it.name)];
  const names = [...called, ...given(it.slug)];
  return {
    id: it.id,
    texts: {
      name: called,
      slug: given(it.slug),
      description: given(it.description),
      category: given(it.category),
    },
    values: {
      idp: given(it.idp),
      remote_id: given(it.remoteId),
      audience: ['SOME'],
      exact: [...new Set(names.map((name) => wordsOf(name).join(' ')))],
    },
    dates: {},
    name: names[0] ?? '',
    popularity: popularityOf(it.people),
  };
}
