import { sql } from 'kysely';
import { type Context, rows } from '../context.ts';
import { Refusal } from '../errors.ts';
import { slugLimit } from '../groups/naming.ts';

/** Words that are, or may become, part of an address of ours. */
const reserved = new Set([
  'admin',
  'api',
  'console',
  'docs',
  'edit',
  'featured',
  'graphql',
  'invitations',
  'livez',
  'login',
  'logo',
  'logout',
  'me',
  'members',
  'metrics',
  'new',
  'readyz',
  'requests',
  'search',
  'settings',
]);

/** Whether a slug would clash with an address or look like an id. */
export const isReserved = (slug: string): boolean =>
  reserved.has(slug) || /^[\da-f]{8}-?(?:[\da-f]{4}-?){3}[\da-f]{12}$/.test(slug);

/** The slug, or it with the next free number; deleted communities keep theirs. A chosen one is not changed. */
export async function freeSlug(tx: Context, wanted: string, isChosen: boolean): Promise<string> {
  // One after the other: with its number, the slug of one may be the one that another wants.
  await rows(tx, sql`select pg_advisory_xact_lock(hashtextextended('community slugs', 0))`);
  const base = wanted.slice(0, slugLimit - 5).replace(/-+$/, '');
  const found = await rows(
    tx,
    sql<{ slug: string }>`
      select slug from communities where slug = ${wanted} or starts_with(slug, ${`${base}-`})`,
  );
  const taken = new Set(found.map((it) => it.slug));
  if (isChosen && taken.has(wanted)) {
    throw new Refusal('TAKEN', 'Another community has this slug.', [
      'input',
      'community',
      'create',
      'slug',
    ]);
  }
  let slug = wanted;
  for (let n = 1; taken.has(slug) || isReserved(slug); n++) slug = `${base}-${n}`;
  return slug;
}
