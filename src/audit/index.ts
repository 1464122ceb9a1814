import type { Feature } from '../feature.ts';
import { AuditEvent } from './event.ts';
import { readAuditEvents } from './queries.ts';
import { AuditResolver } from './resolver.ts';

export default {
  entities: [AuditEvent],
  resolvers: [AuditResolver],
  nodes: { AuditEvent: readAuditEvents },
} satisfies Feature;
