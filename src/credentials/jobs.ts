import { z } from 'zod';
import { defineJob } from '../jobs.ts';

/** Removes what has let nobody in for long. */
export const forgetCredentials = defineJob({
  name: 'forget-credentials',
  data: z.object({}),
  cron: '15 * * * *',
});
