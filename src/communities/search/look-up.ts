import { sql } from 'kysely';
import { type Context, rows } from '../../context.ts';
import { uuidOf } from '../../ids.ts';
import { visibleTo } from '../policy.ts';
import { idOfSlug } from '../settings/slugs.ts';

/** What `id:` and `parent:` mean. Who cannot see the parent is not told by its children that there is one. */
export async function lookUp(
  ctx: Context,
  field: string,
  values: readonly string[],
): Promise<Map<string, string[]>> {
  const ids = values.map((it) => uuidOf('Community', it) ?? null);
  if (field === 'id') {
    return new Map(values.map((it, i) => [it, ids[i] == null ? [] : [ids[i]]]));
  }
  const found = await rows(
    ctx,
    sql<{ value: string; id: string }>`
      select it.value, c.id
      from unnest(${values}::text[], ${ids}::uuid[]) as it (value, id)
      join communities t on t.id = coalesce(it.id, ${idOfSlug(sql`it.value`)})
      join communities c on c.parent_id = t.id
      where ${visibleTo(ctx.actor)}`,
  );
  return groupIds(found);
}

const groupIds = (found: { value: string; id: string }[]) =>
  new Map(
    [...Map.groupBy(found, (it) => it.value)].map(([value, all]) => [
      value,
      all.map((it) => it.id),
    ]),
  );
