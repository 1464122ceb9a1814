import type { Routes } from '../feature.ts';
import { publicKeys } from './own-keys.ts';

/** Where those who are shown our tokens find the keys to check them by; no keys if we sign none. */
export const keyRoutes: Routes = (server, { begin }) => {
  server.get('/.well-known/jwks.json', (_request, reply) => {
    // Shorter than what a new key waits before it signs, if it is put behind the old one first.
    reply.header('cache-control', 'public, max-age=300');
    return publicKeys(begin().config);
  });
};
