import { afterAll, beforeAll, expect, it } from 'vitest';
import { blanks, fates } from '../../src/accounts/erasing/fates.ts';
import { givenFields } from '../../src/accounts/merging/changes.ts';
import { references } from '../../src/accounts/merging/references.ts';
import { startWorld, type World } from '../helpers/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
});
afterAll(() => world.stop());

/** Every foreign key to users, as `table.column`. */
async function keys(): Promise<string[]> {
  const found = await world.sql(
    `select c.conrelid::regclass || '.' || a.attname as key
     from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = any(c.conkey)
     where c.contype = 'f' and c.confrelid = 'users'::regclass order by 1`,
  );
  return found.map((it) => it.key);
}

it('says of every reference to an account what a merge does with it', async () => {
  expect(Object.keys(references).sort()).toEqual(await keys());
});

it('says of every reference to an account what becomes of it when the account is erased', async () => {
  expect(Object.keys(fates).sort()).toEqual(await keys());
});

it('says of every column of an account what an erased one holds, and what a merge does with it', async () => {
  const found = await world.sql(
    `select column_name as name from information_schema.columns where table_name = 'users'`,
  );
  const columns = found.map((it) => it.name).sort();
  const snake = (it: string) => it.replace(/[A-Z]/g, (one) => `_${one.toLowerCase()}`);

  const staying = ['id', 'created_at', 'merged_into_id', 'username'];
  expect([...Object.keys(blanks), ...staying].sort()).toEqual(columns);
  // These are of the one account or the other: the one that stays keeps its own.
  const own = [
    ...['id', 'created_at', 'updated_at', 'version', 'username', 'state', 'merged_into_id'],
    ...['erased_at', 'locked_out_at', 'locked_fields', 'visibility', 'email_visibility'],
    ...['notifies', 'muted_notifications'],
  ];
  expect([...givenFields.map(snake), ...own].sort()).toEqual(columns);
});
