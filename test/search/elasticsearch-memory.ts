import type { RequestListener } from 'node:http';
import { answer, missing } from './elasticsearch-stub.ts';

// biome-ignore lint/suspicious/noExplicitAny: what is asked is JSON, and what is not known fails
type Loose = any;

interface Index {
  aliases: Set<string>;
  mappings: Loose;
  /** By id; deletions are remembered. */
  documents: Map<string, { version: number; source?: Loose }>;
}

/**
 * As much of Elasticsearch as the server asks for, in memory, where there is none. What it is asked
 * otherwise is an error; that both answer the same is seen by running the same tests at a real one.
 */
export function memoryElasticsearch(): RequestListener {
  const indexes = new Map<string, Index>();
  const named = (name: string) =>
    [...indexes].find(([it, { aliases }]) => it === name || aliases.has(name));

  return async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    const [, name = '', act = ''] =
      new URL(request.url ?? '', 'http://it').pathname.split('/').map(decodeURIComponent) ?? [];
    const say = (it: unknown, status = 200) => answer(it, status)(request, response);
    const done = () => say({ acknowledged: true });
    const [found, index] = named(name) ?? [];

    switch (`${request.method} ${act}`) {
      case 'HEAD ':
        return say('', index ? 200 : 404);
      case 'PUT ': {
        const { aliases, mappings } = JSON.parse(body);
        indexes.set(name, {
          aliases: new Set(Object.keys(aliases)),
          mappings,
          documents: new Map(),
        });
        return done();
      }
      case 'GET ': {
        const like = (it: string) =>
          name.endsWith('*') ? it.startsWith(name.slice(0, -1)) : it === found;
        const all = [...indexes].filter(([it]) => like(it));
        return say(Object.fromEntries(all.map(([it, one]) => [it, describe(one)])));
      }
      case 'DELETE ':
        indexes.delete(name);
        return done();
      case 'PUT _settings':
        return done();
      case 'POST ': {
        // POST /_aliases
        for (const { add, remove_index } of JSON.parse(body).actions) {
          if (add) indexes.get(add.index)?.aliases.add(add.alias);
          else indexes.delete(remove_index.index);
        }
        return done();
      }
    }
    if (!index || !found) return missing(request, response);
    switch (act) {
      case '_refresh':
        return say({ _shards: { failed: 0 } });
      case '_count':
        return say({ count: living(index).length });
      case '_bulk':
        return say({ errors: false, items: write(index, body.trimEnd().split('\n')) });
      case '_search':
        return say({
          timed_out: false,
          _shards: { failed: 0 },
          ...search(living(index), JSON.parse(body), found),
        });
      default:
        return say({ error: { type: 'unknown', reason: `${request.method} ${request.url}` } }, 400);
    }
  };
}

const describe = ({ aliases, mappings }: Index) => ({
  aliases: Object.fromEntries([...aliases].map((it) => [it, {}])),
  mappings,
});

const living = ({ documents }: Index) => [...documents.values()].flatMap((it) => it.source ?? []);

function write({ documents }: Index, lines: string[]): object[] {
  const items: object[] = [];
  for (let i = 0; i < lines.length; ) {
    const [[kind, meta]] = Object.entries<Loose>(JSON.parse(lines[i++] ?? '')) as [[string, Loose]];
    const source = kind === 'index' ? JSON.parse(lines[i++] ?? '') : undefined;
    const version = Number(meta.version);
    const isNewer = version > (documents.get(meta._id)?.version ?? -1);
    if (isNewer) documents.set(meta._id, { version, source });
    const conflict = { type: 'version_conflict_engine_exception' };
    items.push({ [kind]: isNewer ? { status: 200 } : { status: 409, error: conflict } });
  }
  return items;
}

function search(documents: Loose[], body: Loose, index: string) {
  const { query = { match_all: {} }, sort = [], size, search_after, post_filter, aggs } = body;
  const by = sort.map((it: Loose) => Object.entries<'asc' | 'desc'>(it)[0]) as [string, string][];
  const found = documents.filter((it) => score(query, it) !== undefined);
  const hits = found
    .filter((it) => !post_filter || score(post_filter, it) !== undefined)
    .map((_source) => ({
      _index: index,
      _source,
      sort: by.map(([path]) => (path === '_score' ? score(query, _source) : sorted(path, _source))),
    }));
  const compare = (one: Loose[], other: Loose[]) => {
    const at = one.findIndex((it, i) => it !== other[i]);
    return at < 0 ? 0 : one[at] < other[at] === (by[at]?.[1] === 'asc') ? -1 : 1;
  };
  const page = hits
    .filter((it) => !search_after || compare(it.sort, search_after) > 0)
    .sort((a, b) => compare(a.sort, b.sort))
    .slice(0, size);
  const counted = Object.entries<Loose>(aggs ?? {}).map(([name, { filter, aggs }]) => {
    const { field } = aggs.values.terms;
    const values = found
      .filter((it) => score(filter, it) !== undefined)
      .flatMap((it) => valuesOf(field, it));
    const buckets = [...Map.groupBy(values, (it) => it)]
      .map(([key, all]) => ({ key, doc_count: all.length }))
      .sort((a, b) => b.doc_count - a.doc_count || (a.key < b.key ? -1 : 1));
    return [name, { values: { buckets } }];
  });
  return {
    hits: { total: { value: hits.length, relation: 'eq' }, hits: page },
    ...(counted.length > 0 && { aggregations: Object.fromEntries(counted) }),
  };
}

const sorted = (path: string, document: Loose) => {
  const [value] = valuesOf(path, document);
  return path.startsWith('dates.') ? Date.parse(String(value)) : value;
};

/** What a field has; of texts each word. */
function valuesOf(path: string, document: Loose): (string | number)[] {
  const [object = '', ...field] = path.split('.');
  const value = field.length > 0 ? document[object]?.[field.join('.')] : document[object];
  const values = value === undefined || value === null ? [] : [value].flat();
  return object === 'words' ? values.flatMap((it: string) => it.split(' ')) : values;
}

/** How well a query fits a document; undefined if it does not. */
function score(query: Loose, document: Loose): number | undefined {
  const [kind = '', given] = Object.entries<Loose>(query)[0] ?? [];
  const [path = '', wanted] = Object.entries<Loose>(given)[0] ?? [];
  const some = (is: (value: Loose) => boolean) =>
    valuesOf(path, document).some(is) ? 1 : undefined;
  switch (kind) {
    case 'match_all':
      return 1;
    case 'match_none':
      return undefined;
    case 'bool': {
      const { filter = [], should = [], must_not = [], minimum_should_match: least = 0 } = given;
      const fits = (it: Loose) => score(it, document) !== undefined;
      const scores = should.flatMap((it: Loose) => score(it, document) ?? []) as number[];
      if (!filter.every(fits) || must_not.some(fits) || scores.length < least) return undefined;
      return scores.reduce((sum, it) => sum + it, 0);
    }
    case 'dis_max': {
      const scores = given.queries.flatMap((it: Loose) => score(it, document) ?? []);
      return scores.length > 0 ? Math.max(...scores) : undefined;
    }
    case 'constant_score':
      return score(given.filter, document) === undefined ? undefined : given.boost;
    case 'term':
      return some((it) => it === wanted.value);
    case 'terms':
      return some((it) => wanted.includes(it));
    case 'prefix':
      return some((it) => it.startsWith(wanted.value));
    case 'exists':
      return valuesOf(given.field, document).length > 0 ? 1 : undefined;
    default:
      throw new Error(`no ${kind} is known`);
  }
}
