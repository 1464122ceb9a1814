import { type RawBuilder, sql } from 'kysely';
import { type Context, rows } from '../../context.ts';
import { leavesOf, type Tree } from '../tree.ts';

/** Of more, ids would be longer to tell than words are to look for. */
const most = 10_000;

/**
 * The ids of what is found and there for some, the actor among them: looked up once, for it is asked
 * for many times. Undefined if what the actor sees of it is not listed by id, or too much.
 * @param condition what is found of it and seen, looked at row by row.
 */
export async function ownOf(
  ctx: Context,
  table: string,
  sees: Tree,
  condition: RawBuilder<boolean>,
): Promise<string[] | undefined> {
  if (!isListed(sees)) return undefined;
  if (!leavesOf(sees).some((it) => it.is === 'ids' && it.ids.length > 0)) return [];
  const found = await rows(
    ctx,
    sql<{ id: string }>`
      select id from ${sql.table(table)} where audience = 'SOME' and ${condition} limit ${most + 1}`,
  );
  return found.length > most ? undefined : found.map((it) => it.id);
}

/** Whether all that a tree finds, but for what is there for everyone, is listed by id. */
function isListed(tree: Tree): boolean {
  if (tree.is === 'ids') return true;
  if (tree.is === 'value') return tree.field === 'audience' && tree.value === 'EVERYONE';
  if (tree.is !== 'bool') return false;
  const { must, should } = tree;
  return must.length > 0 ? must.some(isListed) : should.length > 0 && should.every(isListed);
}
