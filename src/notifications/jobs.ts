import { z } from 'zod';
import { defineJob } from '../jobs.ts';

/** Something may be in the outbox. Only a hint, and given each minute: the truth is in the table. */
export const sendMails = defineJob({
  name: 'send-mails',
  data: z.object({}),
  every: 60,
});

/** Removes old e-mails. */
export const retainMails = defineJob({
  name: 'retain-mails',
  data: z.object({}),
  cron: '45 4 * * *',
});
