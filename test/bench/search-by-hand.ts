import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import pg from 'pg';
import { hashOf } from '../../src/credentials/secret.ts';
import type { Question } from './search-questions.ts';

/**
 * What is compared with: search as most build it on PostgreSQL, a generated `tsvector` with an index,
 * `ts_rank_cd`, and a count by type and visibility. A process of its own that answers by node:http
 * and pg. It reads no GraphQL and no query language.
 */
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 20 });

const mineSql = `
  select m.community_id as id from tokens t join members m on m.user_id = t.user_id
  where t.hash = $1 and t.revoked_at is null and t.expires_at > now()`;

async function answer(
  authorization: string | undefined,
  { plain, sort, from, to, depth = 0, isPageOnly }: Partial<Question> & { isPageOnly: boolean },
) {
  const mine = authorization
    ? (await pool.query({ name: 'mine', text: mineSql, values: [hashOf(authorization.slice(7))] }))
        .rows
    : [];
  const values: unknown[] = [plain, mine.map((it) => it.id)];
  const range = from
    ? `and created_at >= $${values.push(from)}::date and created_at < $${values.push(to)}::date`
    : '';
  const found = `from bench.plain, to_tsquery('simple', $1) as query
    where tsv @@ query and (visibility = 'PUBLIC' or id = any($2)) ${range}`;
  const order = sort === 'NEWEST' ? 'id desc' : 'ts_rank_cd(tsv, query) desc, id desc';
  const page = await pool.query(
    `select id, slug, title ${found} order by ${order} limit 20 offset ${Number(depth)}`,
    values,
  );
  if (isPageOnly) return { nodes: page.rows };
  const facets = await pool.query(
    `select type, visibility, count(*)::int ${found} group by 1, 2`,
    values,
  );
  const totalCount = facets.rows.reduce((sum, it) => sum + it.count, 0);
  return { nodes: page.rows, facets: facets.rows, totalCount };
}

const server = createServer(async (request, response) => {
  try {
    const data = await answer(request.headers.authorization, JSON.parse(await text(request)));
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ data }));
  } catch (error) {
    response.statusCode = 500;
    response.end(String(error));
  }
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as { port: number };
  process.stdout.write(`http://127.0.0.1:${port}\n`);
});
