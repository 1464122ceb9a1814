import type { estypes } from '@elastic/elasticsearch';
import { z } from 'zod';
import { type Entry, gap } from '../entry.ts';
import type { Kind } from '../kind.ts';

/** How long a deletion is remembered, so that no late write brings back what is gone. */
const deletionsKept = '1h';

/** While an index is filled nobody reads it. */
export const refreshing = { filling: '-1', live: '1s' } as const;

/** An empty index of a kind. What the mapping does not know is refused, but for the kind's own fields. */
export const indexOf = (kind: Kind) =>
  ({
    settings: {
      number_of_shards: 1,
      auto_expand_replicas: '0-1',
      refresh_interval: refreshing.filling,
      gc_deletes: deletionsKept,
    },
    mappings: {
      dynamic: 'strict',
      dynamic_templates: [
        { words: { path_match: 'words.*', match_mapping_type: 'string', mapping: words } },
        { values: { path_match: 'values.*', match_mapping_type: 'string', mapping: keyword } },
      ],
      properties: {
        id: keyword,
        words: fields,
        values: fields,
        columns: { type: 'object', properties: all(kind.columns, keyword) },
        dates: { type: 'object', dynamic: false, properties: all(datesOf(kind), date) },
        name: unread,
        popularity: { type: 'short' },
        digest: unread,
      },
    },
  }) satisfies Pick<estypes.IndicesCreateRequest, 'settings' | 'mappings'>;

const keyword = { type: 'keyword' } satisfies estypes.MappingProperty;
const date = { type: 'date' } satisfies estypes.MappingProperty;
/** Kept for those who look at a document. */
const unread = {
  type: 'keyword',
  index: false,
  doc_values: false,
} satisfies estypes.MappingProperty;
/** Words come as we made them, a blank between two. */
const words = {
  type: 'text',
  analyzer: 'whitespace',
  position_increment_gap: gap,
  norms: false,
} satisfies estypes.MappingProperty;
const fields = { type: 'object', dynamic: true } satisfies estypes.MappingProperty;

/** What an index says of its fields. */
export const mapped = z.object({
  type: z.string().optional(),
  get properties() {
    return z.record(z.string(), mapped).optional();
  },
});
type Mapped = z.output<typeof mapped>;

/** Whether an index knows all fields that a new one of the kind would; those of texts come by themselves. */
export function knowsFields(mapping: Mapped, kind: Kind): boolean {
  const known = new Set(typesIn(mapping));
  return typesIn(indexOf(kind).mappings).every((it) => known.has(it));
}

/** Every field with its type, as `.columns.type keyword`. An object is what it holds. */
const typesIn = ({ type, properties }: Mapped, path = ''): string[] =>
  type === undefined || type === 'object'
    ? Object.entries(properties ?? {}).flatMap(([name, it]) => typesIn(it, `${path}.${name}`))
    : [`${path} ${type}`];

const all = <Mapping>(names: readonly string[], mapping: Mapping): Record<string, Mapping> =>
  Object.fromEntries(names.map((it) => [it, mapping]));

const datesOf = ({ fields }: Kind) => Object.keys(fields).filter((it) => fields[it]?.is === 'date');

/** The name of a field over there, where a dot would make an object of what is before it. */
export const nameOf = (field: string): string => field.replaceAll('.', '/');

/** An entry as it is kept. */
export const documentOf = ({ words, values, digest, ...entry }: Entry) => ({
  ...entry,
  words: Object.fromEntries(
    Object.entries(words).map(([it, texts]) => [nameOf(it), texts.map((one) => one.join(' '))]),
  ),
  values: Object.fromEntries(Object.entries(values).map(([it, all]) => [nameOf(it), all])),
  digest: digest.toString('hex'),
});
