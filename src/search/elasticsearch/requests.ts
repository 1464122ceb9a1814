import type { estypes } from '@elastic/elasticsearch';
import type { Request } from '../engine.ts';
import type { Kind } from '../kind.ts';
import { allOf, every, type Query, queryOf } from './compile.ts';
import type { Walk } from './order.ts';

type Body = estypes.SearchRequest;

/** Values of one column that are counted: all that there are, as far as anybody reads. */
const mostValues = 1000;

/** What a page is asked with. */
export const pageRequest = (request: Request, { sort, from }: Walk): Body => ({
  size: request.size,
  query: ranked(request, every([found(request), ...Object.values(chosen(request))])),
  sort,
  ...(from && { search_after: from }),
  track_total_hits: false,
  _source: false,
});

/** What all counts of a list are asked with. */
export function countsRequest({ counted }: Pick<Kind, 'counted'>, request: Request): Body {
  const choices = chosen(request);
  const without = (column: string) =>
    every(Object.keys(choices).flatMap((it) => (it === column ? [] : (choices[it] ?? []))));
  const countsOf = (column: string) => ({
    filter: without(column),
    aggs: { values: { terms: { field: `columns.${column}`, size: mostValues } } },
  });
  return {
    size: 0,
    query: every([found(request)]),
    // After the counts by value, which know better what they leave out.
    post_filter: every(Object.values(choices)),
    track_total_hits: true,
    aggs: Object.fromEntries(counted.map((it) => [it, countsOf(it)])),
  };
}

const found = ({ sees, within, tree }: Request): Query => allOf([sees, within, tree]);

const chosen = ({ choices }: Request): Record<string, Query> =>
  Object.fromEntries(
    Object.entries(choices).map(([column, values]) => [
      column,
      { terms: { [`columns.${column}`]: [...values] } },
    ]),
  );

/** Only the first rank that finds something scores; the better it is, the more. */
function ranked({ ranks, sort }: Request, filter: Query): Query {
  if (sort !== 'BEST_MATCH' || ranks.length === 0) return { bool: { filter: [filter] } };
  const queries = ranks.map((it, index) => ({
    constant_score: { filter: queryOf(it), boost: ranks.length - index },
  }));
  return { bool: { filter: [filter], should: [{ dis_max: { queries } }] } };
}
