import { deepStrictEqual } from 'node:assert';
import type pg from 'pg';
import { inOrder, meaning, type Question } from './search-questions.ts';
import { everybody, type Server, type Who } from './search-servers.ts';

/** How far estimates were off, each as a share of what there is. */
export interface Errors {
  totals: number[];
  /** Of each type that is found a hundred times at least. */
  types: number[];
}

const mine = `
  select community_id from members m join users u on u.id = m.user_id where u.username = 'person-1'`;
const seen: Record<Who, string> = {
  anyone: `visibility = 'PUBLIC'`,
  member: `(visibility = 'PUBLIC' or id in (${mine}))`,
};

/**
 * Asks questions, and does the same by hand: all that is found in the plain table, sorted.
 * @throws AssertionError if a page differs, or a total that is said to be exact.
 */
export async function check(
  pool: pg.Pool,
  server: Server,
  questions: readonly Question[],
): Promise<Errors> {
  const errors: Errors = { totals: [], types: [] };
  for (const it of questions) {
    for (const who of everybody) {
      const answer = await server.ask(it, who);
      const after = markOf(it);
      const { rows } = await pool.query<{ page: string[]; total: number; types: object }>(
        `with found as materialized (${meaning(it)} and ${seen[who]})
         select (select json_agg(slug) from (select slug from found where (${after})
             order by ${inOrder(it)} limit 20) it) as page,
           (select count(*)::int from found) as total,
           (select json_object_agg(type, count) from
             (select type, count(*)::int from found group by 1) it) as types`,
      );
      const [{ page, total, types } = { page: [], total: 0, types: {} }] = rows;
      const message = `${it.kind} as ${who}: ${it.query}`;
      const slugs = answer.nodes.map((one) => one.slug);
      deepStrictEqual(slugs, page ?? [], message);
      if (answer.totalCountIsExact) deepStrictEqual(answer.totalCount, total, message);
      else errors.totals.push(Math.abs(answer.totalCount - total) / total);
      for (const [type, count] of Object.entries(types ?? {})) {
        const told = answer.facets.types.find((one) => one.type.key === type)?.count ?? 0;
        if (count >= 100) errors.types.push(Math.abs(told - count) / count);
      }
    }
  }
  return errors;
}

/** What comes after a cursor. */
function markOf(it: Question): string {
  if (!it.after) return 'true';
  const [, , id, rank, popularity] = Buffer.from(it.after, 'base64url').toString().split(' ');
  return `(rank, -popularity) > (${rank}, -${popularity})
    or (rank, popularity) = (${rank}, ${popularity}) and id < '${id}'`;
}
