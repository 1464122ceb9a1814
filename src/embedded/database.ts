import pg from 'pg';
import { hasCode } from './codes.ts';

/** Makes the database that the URL names, unless it is there. */
export async function makeDatabase(url: URL): Promise<void> {
  const isMissing = await query(url, 'select 1').then(
    () => false,
    (error: unknown) => hasCode(error, '3D000') || Promise.reject(error),
  );
  if (!isMissing) return;
  const name = pg.escapeIdentifier(decodeURIComponent(url.pathname.slice(1)));
  await query(new URL('/postgres', url), `create database ${name}`).catch((error: unknown) => {
    // Another process made it meanwhile.
    if (!hasCode(error, '42P04', '23505')) throw error;
  });
}

async function query(url: URL, sql: string): Promise<void> {
  const client = new pg.Client(url.href);
  // What goes wrong also rejects; without a listener the event would end the process.
  client.on('error', () => {});
  await client.connect();
  await client.query(sql).finally(() => client.end());
}
