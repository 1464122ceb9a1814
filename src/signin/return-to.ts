/** Where somebody lands who did not say where to. */
export const home = '/console';

/** Far from here, so that whatever leaves it is seen to. */
const nowhere = 'http://collegium.invalid';

/**
 * Where to go on after a sign-in: a path of ours, or home. Browsers take `\` for `/`, throw away
 * tabs and line breaks, and read `//name` as another host, so none of that is a path here. Nor is
 * the way in itself: who goes on from a page of ours comes from there, whoever made them go.
 */
export function localPath(given: unknown): string {
  if (typeof given !== 'string' || given.length > 2000) return home;
  if (!/^\/(?![/\\])[^\\\p{Cc}\s]*$/u.test(given) || !URL.canParse(given, nowhere)) return home;
  const { origin, pathname, search, hash } = new URL(given, nowhere);
  // `/..//evil` is another host once its dots are gone.
  if (origin !== nowhere || pathname.startsWith('//') || isWayIn(pathname)) return home;
  return pathname + search + hash;
}

/** Whether a path leads to where people sign in, as the server reads it. */
function isWayIn(path: string): boolean {
  try {
    return /^\/sign-in(\/|$)/.test(decodeURIComponent(path));
  } catch {
    return true;
  }
}
