import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { Actor } from '../../src/actor.ts';
import type { Context } from '../../src/context.ts';
import { entriesOf } from '../../src/search/editions.ts';
import { type Index, readIndexes } from '../../src/search/indexes.ts';
import { indexChanged } from '../../src/search/indexing.ts';
import type { Kind } from '../../src/search/kind.ts';
import type { World } from '../helpers/world.ts';

export type KindName = Kind['name'];

/** As the server itself, as in a job. */
export const asSystem = ({ app }: World): Context => app.begin(Actor.system);

/** Writes all that was changed, as the job does. */
export const drained = (world: World) =>
  indexChanged(asSystem(world), [{ engine: 'POSTGRESQL' }, { engine: 'ELASTICSEARCH' }]);

/** The index of a kind that is read, by PostgreSQL unless another engine is named. */
export async function liveIndex(world: World, kind: KindName, engine = 'POSTGRESQL') {
  const all = await readIndexes(asSystem(world));
  const found = all.find(
    (it) => it.kind.name === kind && it.writer.engine === engine && it.state === 'LIVE',
  );
  if (!found) throw new Error(`no index of ${kind}`);
  return found;
}

/** What an index says, by id. */
export async function saidBy(world: World, { writer, kind, name }: Index) {
  const said = new Map<string, string>();
  for (let after: string | null = null; ; ) {
    const some: { id: string; digest: string }[] = await writer.digests(
      asSystem(world),
      kind,
      name,
      after,
      1000,
    );
    for (const { id, digest } of some) said.set(id, digest);
    after = some.at(-1)?.id ?? null;
    if (after === null) return said;
  }
}

/** What an index ought to say, by id: everything is looked at anew. */
export async function trueOf(world: World, kind: Kind) {
  const ids = await world.sql<{ id: string }>(`select id from ${kind.source}`);
  const entries = await entriesOf(
    asSystem(world),
    kind,
    ids.map((it) => it.id),
  );
  return new Map([...entries].map(([id, it]) => [id, it.digest.toString('hex')]));
}

/** Goes on if the index of a kind says exactly what is true. */
export async function expectInStep(world: World, kind: KindName): Promise<void> {
  const index = await liveIndex(world, kind);
  const sorted = (it: Map<string, string>) => [...it].sort();
  expect(sorted(await saidBy(world, index))).toEqual(sorted(await trueOf(world, index.kind)));
}

/** So many users, put there past the server: no index knows of them. */
export async function smuggleUsers(world: World, count: number): Promise<void> {
  await world.sql(
    `insert into users (id, username, full_name)
     select uuidv7(), $2 || n, 'Somebody ' || n from generate_series(1, $1::int) n`,
    [count, `smuggled-${randomUUID().slice(0, 8)}-`],
  );
}
