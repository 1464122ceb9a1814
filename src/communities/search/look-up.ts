import { sql } from 'kysely';
import { type Context, rows } from '../../context.ts';
import { uuidOf } from '../../ids.ts';
import { visibleTo } from '../policy.ts';
import { idOfSlug } from '../settings/slugs.ts';

/** Whom `id:` and `parent:` mean. Who cannot see the parent is not told by its children that there is one. */
export async function lookUp(ctx: Context, field: string, value: string): Promise<string[]> {
  const id = uuidOf('Community', value);
  if (field === 'id') return id === undefined ? [] : [id];
  const found = await rows(
    ctx,
    sql<{ id: string }>`
      select c.id from communities t join communities c on c.parent_id = t.id
      where t.id = ${id === undefined ? idOfSlug(value) : sql`${id}::uuid`} and ${visibleTo(ctx.actor)}`,
  );
  return found.map((it) => it.id);
}
