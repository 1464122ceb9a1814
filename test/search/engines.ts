import type { Context } from '../../src/context.ts';
import type { Engine, EngineName, Request } from '../../src/search/engine.ts';
import { entryOf } from '../../src/search/entry.ts';
import type { Document, Kind } from '../../src/search/kind.ts';
import { postgresEngine } from '../../src/search/postgres/engine.ts';
import { replace } from '../../src/search/postgres/write.ts';
import type { World } from '../helpers/world.ts';

/** An engine that is there to be tested. */
export interface Tested {
  name: EngineName;
  /** Makes documents all that there is of a kind. @param isLarge whether the engine is to think that there are very many. */
  hold(kind: Kind, documents: readonly Document[], isLarge?: boolean): Promise<void>;
  /** Whether it answers such a request. */
  serves(request: Request): boolean;
  find: Engine['find'];
}

/** PostgreSQL's engine on the tables of a world where no job writes. */
export function testedPostgres({ sql }: World, ctx: Context): Tested {
  let engine = postgresEngine();
  return {
    name: 'POSTGRESQL',
    async hold(kind, documents, isLarge = false) {
      const table = `search_${kind.name}`;
      await sql(`truncate ${table}, ${table}_words`);
      await replace(
        ctx,
        kind,
        table,
        documents.map((it) => entryOf(kind, it)),
        [],
      );
      await sql(`analyze ${table}`);
      if (isLarge)
        await sql(`update pg_class set reltuples = 1e6 where oid = $1::regclass`, [table]);
      // It knows for a minute how large a table is.
      engine = postgresEngine();
    },
    serves: () => true,
    find: (...question) => engine.find(...question),
  };
}
