import { type RawBuilder, sql } from 'kysely';
import { type Context, rows } from '../../context.ts';
import type { Counts, ValueCount } from '../engine.ts';
import { rowsOf } from './arms.ts';
import type { Plan } from './plan.ts';
import { estimate } from './sample.ts';
import { type Share, sampleOf } from './tables.ts';

/** So many are always counted. The promise is 10,000; more, for it is not known how many there are before. */
const many = 15_000;
/** In a table of so many rows, everything is counted. */
const small = 50_000;
/** Above this the smaller sample will do. */
const veryMany = 200_000;

/** How many there are, all in all and by the values of columns. */
interface Tally {
  total: number;
  values: { column: string; value: string; count: number }[];
}

/** How many there are: counted up to 15,000 and in small tables, else estimated from a sample. */
export async function countsOf(ctx: Context, plan: Plan, size: number): Promise<Counts> {
  const isChosen = Object.keys(plan.request.choices).length > 0;
  const about =
    size <= small
      ? 0
      : await estimate(ctx, plan, plan.indexed(plan.tree, { isWide: true }), veryMany);
  if (about <= many) return told(await tally(ctx, plan, plan.table), true, true);
  const sampled = await estimated(ctx, plan, about > veryMany ? 64 : 16);
  if (!isChosen || (await estimate(ctx, plan, plan.indexed(plan.tree), many)) > many) {
    return told(sampled, false, false);
  }
  const [counted] = await rows(
    ctx,
    sql<{ total: number }>`
      select count(*)::int as total from (${rowsOf(sql`1`, plan.table, plan.indexed(plan.tree))}) it`,
  );
  return told({ ...sampled, total: counted?.total ?? 0 }, true, false);
}

/** What everyone sees is estimated; what is only there for some, the actor among them, is counted. */
async function estimated(ctx: Context, plan: Plan, share: Share): Promise<Tally> {
  const isSome = plan.seesAll ? sql<boolean>`false` : sql<boolean>`audience = 'SOME'`;
  const sample = await tally(ctx, plan, sampleOf(plan.table, share), sql`not (${isSome})`);
  const some = plan.seesAll ? undefined : await tally(ctx, plan, plan.table, isSome);
  const counts = new Map<string, Tally['values'][number]>();
  const values = [
    ...sample.values.map((it) => ({ ...it, count: it.count * share })),
    ...(some?.values ?? []),
  ];
  for (const it of values) {
    const key = `${it.column} ${it.value}`;
    counts.set(key, { ...it, count: it.count + (counts.get(key)?.count ?? 0) });
  }
  return { total: sample.total * share + (some?.total ?? 0), values: [...counts.values()] };
}

/** Counts rows of a table that are found; each column's values without its own choice. */
async function tally(
  ctx: Context,
  plan: Plan,
  table: string,
  where: RawBuilder<boolean> = sql`true`,
): Promise<Tally> {
  const { kind, request } = plan;
  const columns = [...new Set([...kind.counted, ...Object.keys(request.choices)])];
  const chosen = (except?: string) => {
    const conditions = Object.entries(request.choices)
      .filter(([column]) => column !== except)
      .map(([column, values]) => sql`${sql.ref(column)} = any(${values}::text[])`);
    return sql`${sql.join([sql`true`, ...conditions], sql` and `)}`;
  };
  const byColumn = kind.counted.map(
    (column) => sql`
      select ${column}::text as column, ${sql.ref(column)} as value, count(*)::int as count from found
      where ${chosen(column)} and ${sql.ref(column)} is not null group by 2`,
  );
  const total = sql`select null as column, null as value, count(*)::int as count from found where ${chosen()}`;
  const counted = await rows(
    ctx,
    sql<{ column: string | null; value: string; count: number }>`
      with found as materialized (
        ${rowsOf(sql.join([sql`true`, ...columns.map((it) => sql.ref(it))]), table, plan.indexed(plan.tree, { isWide: true }), where)})
      ${sql.join([total, ...byColumn], sql` union all `)}`,
  );
  return {
    total: counted.find((it) => it.column === null)?.count ?? 0,
    values: counted.flatMap(({ column, ...it }) => (column === null ? [] : [{ ...it, column }])),
  };
}

function told({ total, values }: Tally, isExact: boolean, areValuesExact: boolean): Counts {
  const sorted = values.toSorted((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
  const byValue = Object.groupBy(sorted, (it) => it.column) as Record<string, ValueCount[]>;
  return {
    total,
    isExact,
    areValuesExact,
    byValue: Object.fromEntries(
      Object.entries(byValue).map(([column, all]) => [
        column,
        all.map(({ value, count }) => ({ value, count })),
      ]),
    ),
  };
}
