import { z } from 'zod';
import { defineJob } from '../jobs.ts';

/** Removes sign-ins, links and limits whose time is over. */
export const forgetSignIns = defineJob({
  name: 'forget-sign-ins',
  data: z.object({}),
  cron: '10 * * * *',
});
