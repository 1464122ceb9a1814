import { z } from 'zod';
import { defineJob } from '../jobs.ts';

/** Something of this idp is to be looked at. Only a hint: the truth is in the states. */
export const syncIdp = defineJob({
  name: 'sync-idp',
  data: z.object({ idp: z.string() }),
  part: ({ idp }) => idp,
});

/** Hints at what no hint is waiting for any more: a job that was lost, a worker that died. */
export const sweep = defineJob({
  name: 'sync-sweep',
  data: z.object({}),
  every: 5,
});

/** Looks again at everybody who was not looked at for long. */
export const reconcile = defineJob({
  name: 'sync-reconcile',
  data: z.object({ idp: z.string().optional(), everyone: z.boolean().default(false) }),
  cron: '0 3 * * *',
});

/** Removes personal data from old runs, and what nobody will ask about. */
export const retain = defineJob({
  name: 'sync-retain',
  data: z.object({}),
  cron: '30 4 * * *',
});
