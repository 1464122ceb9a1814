import type { Routes } from '../../feature.ts';
import { metadataOf } from './saml.ts';

/** Where identity providers read what we are. */
export const samlRoutes: Routes = (server, { begin }) => {
  server.get<{ Params: { provider: string } }>('/sign-in/:provider/metadata', (request, reply) => {
    const { config } = begin();
    const provider = config.signIn.get(request.params.provider);
    if (provider?.kind !== 'saml') return reply.callNotFound();
    return reply.type('application/samlmetadata+xml').send(metadataOf(config, provider));
  });
};
