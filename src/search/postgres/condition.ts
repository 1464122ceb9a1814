import { type RawBuilder, sql } from 'kysely';

/**
 * A condition on rows of a search table. As much of it as possible is one `tsquery`, for a GIN index
 * answers a whole query at once.
 */
export type Condition =
  | { is: 'always' }
  | { is: 'never' }
  | { is: 'query'; query: string }
  | { is: 'sql'; sql: RawBuilder<boolean> };

export const always: Condition = { is: 'always' };
export const never: Condition = { is: 'never' };

/** Whether the words of a row answer a query; its last part says how that is written in SQL. */
export type Match = (query: string) => RawBuilder<boolean>;

/** Found by the index of words. */
export const byIndex: Match = (query) => sql`words @@ ${query}::tsquery`;

/** Looked at row by row, for rows that come in the order of the list: no index answers a function. */
export const byRow: Match = (query) => sql`ts_match_vq(words, ${query}::tsquery)`;

/** The condition in SQL. */
export function render(condition: Condition, match: Match): RawBuilder<boolean> {
  switch (condition.is) {
    case 'always':
      return sql`true`;
    case 'never':
      return sql`false`;
    case 'query':
      return match(condition.query);
    case 'sql':
      return condition.sql;
  }
}

/** All of them. */
export const and = (all: Condition[], match: Match): Condition => join(all, match, '&');

/** One of them at least. */
export const or = (all: Condition[], match: Match): Condition => join(all, match, '|');

export function not(condition: Condition): Condition {
  switch (condition.is) {
    case 'always':
      return never;
    case 'never':
      return always;
    case 'query':
      return { is: 'query', query: `!(${condition.query})` };
    case 'sql':
      return { is: 'sql', sql: sql`not (${condition.sql})` };
  }
}

function join(all: Condition[], match: Match, sign: '&' | '|'): Condition {
  const [deciding, idle] = sign === '&' ? ['never', 'always'] : ['always', 'never'];
  if (all.some((it) => it.is === deciding)) return { is: deciding } as Condition;
  const rest = all.filter((it) => it.is !== idle);
  const queries = rest.filter((it) => it.is === 'query');
  const query: Condition[] =
    queries.length > 0
      ? [{ is: 'query', query: queries.map((it) => `(${it.query})`).join(` ${sign} `) }]
      : [];
  const parts = [...query, ...rest.filter((it) => it.is === 'sql')];
  const [only] = parts;
  if (!only) return { is: idle } as Condition;
  if (parts.length === 1) return only;
  const word = sign === '&' ? sql` and ` : sql` or `;
  return {
    is: 'sql',
    sql: sql`(${sql.join(
      parts.map((it) => render(it, match)),
      word,
    )})`,
  };
}
