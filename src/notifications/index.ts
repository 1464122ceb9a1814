import type { Feature } from '../feature.ts';
import { handle } from '../jobs.ts';
import * as jobs from './jobs.ts';
import { retain } from './outbox.ts';
import { readMails } from './queries.ts';
import { MailResolver, PreferencesResolver } from './resolver.ts';
import { sendDue } from './sending.ts';

export default {
  resolvers: [MailResolver, PreferencesResolver],
  nodes: { Mail: readMails },
  jobs: [handle(jobs.sendMails, sendDue), handle(jobs.retainMails, retain)],
} satisfies Feature;
