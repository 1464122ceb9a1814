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
