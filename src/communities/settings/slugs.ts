import { type RawBuilder, sql } from 'kysely';
import { type Context, rows } from '../../context.ts';
import { Refusal } from '../../errors.ts';
import { slugLimit } from '../../groups/naming.ts';

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

/** Whether a slug would clash with an address or look like a UUID, wherever that has its dashes. */
export const isReserved = (slug: string): boolean =>
  reserved.has(slug) || /^[\da-f]{32}$/.test(slug.replaceAll(/[_-]/g, ''));

/** A slug as communities are looked for by; undefined if none can have it. */
export const soughtSlug = (text: string): string | undefined =>
  /^[\w-]{1,100}$/.test(text) ? text.toLowerCase() : undefined;

/** The community that has a slug, or had it and no other has it since. */
export const idOfSlug = (slug: string | RawBuilder<string>): RawBuilder<string | null> => sql`
  coalesce((select id from communities where slug = ${slug}),
    (select community_id from old_slugs where slug = ${slug}))`;

/** Days for which nobody else gets a slug that a community had. */
const restDays = 90;

/** One after the other: with its number, the slug of one may be the one that another wants. */
const lockSlugs = (tx: Context) =>
  rows(tx, sql`select pg_advisory_xact_lock(hashtextextended('community slugs', 0))`);

/**
 * Makes sure that a community may have a slug. Deleted communities keep theirs; one that a community
 * had before still leads there, and goes to another only when it has not been used for 90 days.
 * @param communityId who wants it; undefined for a new one.
 * @throws Refusal SLUG_TAKEN.
 */
export async function takeSlug(
  tx: Context,
  slug: string,
  path: string[],
  communityId?: string,
): Promise<void> {
  await lockSlugs(tx);
  const [taken] = await rows(
    tx,
    sql`
      select from communities where slug = ${slug}
      union all
      select from old_slugs where slug = ${slug} and community_id is distinct from ${communityId ?? null}
        and left_at > now() - make_interval(days => ${restDays})`,
  );
  if (taken)
    throw new Refusal('SLUG_TAKEN', 'Another community has this slug, or had it lately.', path);
  await rows(tx, sql`delete from old_slugs where slug = ${slug}`);
}

/** The slug, or it with the next number that no community has or had. */
export async function freeSlug(tx: Context, wanted: string): Promise<string> {
  await lockSlugs(tx);
  const base = wanted.slice(0, slugLimit - 5).replace(/-+$/, '');
  const found = await rows(
    tx,
    sql<{ slug: string }>`
      select slug from (select slug from communities union all select slug from old_slugs) it
      where slug = ${wanted} or starts_with(slug, ${`${base}-`})`,
  );
  const taken = new Set(found.map((it) => it.slug));
  let slug = wanted;
  for (let n = 1; taken.has(slug) || isReserved(slug); n++) slug = `${base}-${n}`;
  return slug;
}
