import { sql } from 'kysely';
import { rows } from '../context.ts';
import type { Storage, StoredFile } from './storage.ts';

/** Files as rows, through the current transaction: they come and go with what names them. */
export const postgresStorage = (): Storage => ({
  async put(ctx, key, { bytes, type }) {
    await rows(
      ctx,
      sql`insert into stored_files (key, type, bytes) values (${key}, ${type}, ${bytes})
        on conflict (key) do update
        set type = excluded.type, bytes = excluded.bytes, created_at = now()`,
    );
  },
  async get(ctx, key) {
    const [found] = await rows(
      ctx,
      sql<StoredFile>`select bytes, type from stored_files where key = ${key}`,
    );
    return found;
  },
  async remove(ctx, prefix) {
    await rows(ctx, sql`delete from stored_files where starts_with(key, ${prefix})`);
  },
});
