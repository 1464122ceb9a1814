import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import type { Field } from '../search/dialect.ts';
import type { Document, Kind } from '../search/kind.ts';
import { wordsOf } from '../search/words.ts';
import { cleaned } from '../text.ts';
import { fullOf, partsOf } from './names.ts';
import { emailsVisibleTo, visibleTo } from './policy.ts';
import { type UserRow, userColumns } from './queries.ts';

const orcid = (text: string) =>
  /(?:^|\/)(\d{4}-\d{4}-\d{4}-\d{3}[\dx])$/i.exec(text)?.[1]?.toUpperCase();
const email = (text: string) => (/^[^\s@]+@[^\s@]+$/.test(text) ? cleaned(text) : undefined);

/** When somebody came and was changed last is not everybody's to know, so it cannot be asked for. */
const fields: Record<string, Field> = {
  name: { is: 'text', code: 'n', isBare: true, isBegun: true },
  username: { is: 'text', code: 'u', isBare: true, isBegun: true },
  affiliation: { is: 'text', code: 'f', isBare: true },
  orcid: { is: 'keyword', code: 'o', read: orcid, isBare: true },
  email: { is: 'lookup', read: email, isBare: true },
  state: { is: 'keyword', code: 'l' },
  visibility: { is: 'keyword', code: 'v' },
  audience: { is: 'keyword', code: 'a', isOurs: true },
  exact: { is: 'keyword', code: 'x', isOurs: true },
};

/** Names that Invenio's users type. */
const aliases: Record<string, string> = {
  fullname: 'name',
  full_name: 'name',
  'profile.full_name': 'name',
  affiliations: 'affiliation',
  'profile.affiliations': 'affiliation',
  'identities.orcid': 'orcid',
};

/** How users are searched, by people who look for people. */
export const userKind: Kind = {
  name: 'users',
  fields,
  aliases,
  joins: 'AND',
  isTolerant: true,
  columns: ['state', 'visibility', 'audience'],
  counted: [],
  source: 'users',
  lookUp,
  read,
};

/** Whose address it is, if the actor may know. Addresses are in no index. */
async function lookUp(ctx: Context, _field: string, values: readonly string[]) {
  const found = await rows(
    ctx,
    sql<{ value: string; id: string }>`
      select it.value, t.id
      from unnest(${values}::text[]) as it (value)
      join users t on lower(t.email) = lower(it.value) and t.email is not null
      where ${visibleTo(ctx.actor)} and ${emailsVisibleTo(ctx.actor)}`,
  );
  return new Map(found.map((it) => [it.value, [it.id]]));
}

async function read(ctx: Context, ids: readonly string[]): Promise<Map<string, Document>> {
  const found = await rows(
    ctx,
    sql<UserRow>`select ${userColumns} from users t where t.id = any(${ids})`,
  );
  return new Map(found.map((it) => [it.id, documentOf(it)]));
}

function documentOf(it: UserRow): Document {
  const told = [it.givenName, it.familyName].filter(Boolean).join(' ');
  const names = [it.fullName, told, fullOf(partsOf(it))].filter((name): name is string =>
    Boolean(name),
  );
  return {
    id: it.id,
    texts: {
      name: [...new Set(names)],
      username: [it.username],
      affiliation: it.affiliation === null ? [] : [it.affiliation],
    },
    values: {
      orcid: it.orcid === null ? [] : [it.orcid],
      state: [it.state],
      visibility: [it.visibility],
      audience: [it.state === 'ACTIVE' && it.visibility === 'PUBLIC' ? 'EVERYONE' : 'SOME'],
      exact: [...new Set([...names, it.username].map((name) => wordsOf(name).join(' ')))],
    },
    dates: {},
    name: it.fullName ?? it.username,
    popularity: 0,
  };
}
