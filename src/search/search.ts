import type { Kind } from './kind.ts';

/** What can be searched, and who searches it. */
export interface Search {
  kinds: Readonly<Record<Kind['name'], Kind>>;
}

/** @param kinds all that features search, each by its name. */
export function openSearch(kinds: readonly Kind[]): Search {
  const byName = Object.fromEntries(kinds.map((it) => [it.name, it]));
  return { kinds: byName as Record<Kind['name'], Kind> };
}
