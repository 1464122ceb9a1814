import { z } from 'zod';
import { defineJob } from '../jobs.ts';

/** Removes sessions, sign-ins, links and limits whose time is over. */
export const forgetPast = defineJob({
  name: 'sign-in-forget',
  data: z.object({}),
  cron: '10 * * * *',
});
