import { sql } from 'kysely';
import { type Context, rows } from '../../context.ts';
import type { Counts, Engine } from '../engine.ts';
import type { Kind } from '../kind.ts';
import { countsOf } from './counts.ts';
import { hitsOf } from './hits.ts';
import { planOf } from './plan.ts';

/** Milliseconds for which it is not looked how large a table is by now. */
const sizeAgeMs = 60_000;

/** Searches in PostgreSQL's own tables. */
export function postgresEngine(): Engine {
  const sizes = new Map<string, { rows: number; until: number }>();
  const sizeOf = async (ctx: Context, { name }: Kind) => {
    const known = sizes.get(name);
    if (known && known.until > Date.now()) return known.rows;
    const [found] = await rows(
      ctx,
      sql<{ size: number }>`
        select greatest(reltuples, 0)::float8 as size from pg_class
        where oid = ${`search_${name}`}::regclass`,
    );
    const size = found?.size ?? 0;
    sizes.set(name, { rows: size, until: Date.now() + sizeAgeMs });
    return size;
  };
  return {
    name: 'POSTGRESQL',
    async find(ctx, kind, request) {
      const plan = await planOf(ctx, kind, request);
      const size = await sizeOf(ctx, kind);
      let counts: Promise<Counts> | undefined;
      return {
        hits: await hitsOf(ctx, plan, size),
        counts: () => {
          counts ??= countsOf(ctx, plan, size);
          return counts;
        },
      };
    },
  };
}
