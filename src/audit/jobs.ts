import { z } from 'zod';
import { defineJob } from '../jobs.ts';

/** Forgets from where old acts came. */
export const retainAudit = defineJob({
  name: 'retain-audit',
  data: z.object({}),
  cron: '40 4 * * *',
});
