import anyAscii from 'any-ascii';
import type { Idp } from '../idps.ts';
import type { Level } from '../level.ts';

/** The longest slug, in characters. */
export const slugLimit = 100;

/**
 * A slug of a name: lower case, transliterated, words joined by single dashes, at most 100
 * characters. Empty names and names without a letter or digit fall back on the remote id.
 */
export function slugOf(name: string | null | undefined, remoteId: string): string {
  const slug = slugged(name ?? '');
  return /[a-z\d]/.test(slug)
    ? slug
    : cut(`group-${slugged(remoteId) || Buffer.from(remoteId).toString('hex')}`);
}

const slugged = (text: string) =>
  cut(
    anyAscii(text.normalize('NFC'))
      .toLowerCase()
      .replace(/[^\w\s-]+/g, '')
      .trim()
      .replace(/[\s-]+/g, '-')
      .replace(/^-+/, ''),
  );

const cut = (slug: string) => slug.slice(0, slugLimit).replace(/-+$/, '');

/** Which categories of a group may upload and moderate, as the service says. */
export interface CategoryRights {
  uploadCategories?: string[] | null;
  moderateCategories?: string[] | null;
}

/** The level that a category of a group has in the group's community. */
export function levelOf(
  idp: Pick<Idp, 'levels'> | undefined,
  group: CategoryRights,
  category: string,
): Level {
  if (idp?.levels) return idp.levels.get(category) ?? 'READER';
  if (group.moderateCategories?.includes(category)) return 'MANAGER';
  if (group.uploadCategories?.includes(category)) return 'CURATOR';
  return 'READER';
}
