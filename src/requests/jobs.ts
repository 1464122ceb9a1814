import { z } from 'zod';
import { defineJob } from '../jobs.ts';

/** Writes down which requests have expired, and tells who should know. */
export const expireRequests = defineJob({
  name: 'expire-requests',
  data: z.object({}),
  every: 60,
});
