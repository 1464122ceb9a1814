import { sql } from 'kysely';
import { type Context, rows } from '../../context.ts';
import type { Entry } from '../entry.ts';
import type { Kind } from '../kind.ts';
import { vectorOf } from './lexemes.ts';
import { forget, isInSample, sampleOf, shares, wordsOf } from './tables.ts';

/** The columns of a search table and how the values of an entry go there, many at once. */
const columnsOf = (kind: Kind): [name: string, type: string, of: (it: Entry) => unknown][] => [
  ['id', 'uuid', (it) => it.id],
  ['words', 'text', (it) => vectorOf(kind, it)],
  ['name', 'text', (it) => it.name],
  ['popularity', 'smallint', (it) => it.popularity],
  ...kind.columns.map((name): [string, string, (it: Entry) => unknown] => [
    name,
    'text',
    (it) => it.columns[name],
  ]),
  ...datesOf(kind).map((name): [string, string, (it: Entry) => unknown] => [
    name,
    'timestamptz',
    (it) => it.dates[name],
  ]),
  ['digest', 'bytea', (it) => it.digest],
];

const datesOf = ({ fields }: Kind) => Object.keys(fields).filter((it) => fields[it]?.is === 'date');

/** Writes entries into an empty table or one without indexes, as fast as it goes. */
export async function append(
  ctx: Pick<Context, 'em'>,
  kind: Kind,
  table: string,
  entries: readonly Entry[],
): Promise<void> {
  await rows(ctx, insertion(kind, table, entries));
}

/** Writes what of the entries is different from what is there, and removes what is gone. */
export async function replace(
  ctx: Pick<Context, 'em'>,
  kind: Kind,
  table: string,
  entries: readonly Entry[],
  gone: readonly string[],
): Promise<void> {
  if (gone.length > 0) await forget(ctx, table, gone);
  await put(ctx, kind, table, entries);
  for (const share of shares) {
    const sampled = entries.filter((it) => isInSample(it.id, share));
    await put(ctx, kind, sampleOf(table, share), sampled);
  }
  await learn(ctx, table, wordsIn(entries));
}

async function put(
  ctx: Pick<Context, 'em'>,
  kind: Kind,
  table: string,
  entries: readonly Entry[],
): Promise<void> {
  if (entries.length === 0) return;
  const set = columnsOf(kind)
    .filter(([name]) => name !== 'id')
    .map(([name]) => sql`${sql.ref(name)} = excluded.${sql.ref(name)}`);
  await rows(
    ctx,
    sql`
      ${insertion(kind, table, entries)}
      on conflict (id) do update set ${sql.join(set)} where it.digest <> excluded.digest`,
  );
}

function insertion(kind: Kind, table: string, entries: readonly Entry[]) {
  const columns = columnsOf(kind);
  const names = columns.map(([name]) => sql.ref(name));
  const given = columns.map(([, type, of]) => sql`${entries.map(of)}::${sql.raw(type)}[]`);
  const read = columns.map(([name]) => (name === 'words' ? sql`words::tsvector` : sql.ref(name)));
  return sql`
    insert into ${sql.table(table)} as it (${sql.join(names)})
    select ${sql.join(read)} from unnest(${sql.join(given)}) as given (${sql.join(names)})`;
}

/** The different words of text fields in entries, but for those that are known. */
export function wordsIn(
  entries: readonly Entry[],
  known: ReadonlySet<string> = new Set(),
): Set<string> {
  const words = new Set<string>();
  for (const entry of entries) {
    for (const texts of Object.values(entry.words)) {
      for (const text of texts) {
        for (const word of text) if (!known.has(word)) words.add(word);
      }
    }
  }
  return words;
}

/** Makes words of a search table known, so that patterns and misspellings find them. */
export async function learn(
  ctx: Pick<Context, 'em'>,
  table: string,
  words: Iterable<string>,
): Promise<void> {
  await rows(
    ctx,
    sql`
      insert into ${sql.table(wordsOf(table))} (word)
      select word from unnest(${[...words]}::text[]) as it (word) order by word
      on conflict do nothing`,
  );
}
