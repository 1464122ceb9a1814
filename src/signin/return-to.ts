/** Where somebody lands who did not say where to. */
export const home = '/console';

/** Far from here, so that whatever leaves it is seen to. */
const nowhere = 'http://collegium.invalid';

/**
 * Where to go on after a sign-in: a path of ours, or home. Browsers take `\` for `/`, throw away
 * tabs and line breaks, and read `//name` as another host, so none of that is a path here.
 */
export function localPath(given: unknown): string {
  if (typeof given !== 'string' || given.length > 2000) return home;
  if (!/^\/(?![/\\])[^\\\p{Cc}\s]*$/u.test(given) || !URL.canParse(given, nowhere)) return home;
  const { origin, pathname, search, hash } = new URL(given, nowhere);
  // `/..//evil` is another host once its dots are gone.
  if (origin !== nowhere || pathname.startsWith('//')) return home;
  return pathname + search + hash;
}
