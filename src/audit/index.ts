import type { Feature } from '../feature.ts';
import { handle } from '../jobs.ts';
import { AuditEvent } from './event.ts';
import { retainAudit } from './jobs.ts';
import { readAuditEvents } from './queries.ts';
import { AuditResolver } from './resolver.ts';
import { retain } from './upkeep.ts';

export default {
  entities: [AuditEvent],
  resolvers: [AuditResolver],
  jobs: [handle(retainAudit, retain)],
  nodes: { AuditEvent: readAuditEvents },
} satisfies Feature;
