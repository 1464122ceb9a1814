import { z } from 'zod';
import { defineJob } from '../jobs.ts';

/**
 * Writes what was changed into the indexes of an engine. Only a hint: what there is to do is in
 * `search_changes`. Each engine has a queue of its own, so that none waits for another.
 */
export const indexChanges = defineJob({
  name: 'index-changes',
  data: z.object({ engine: z.enum(['POSTGRESQL', 'ELASTICSEARCH']) }),
  part: ({ engine }) => engine,
});

/** Hints at changes that no hint is waiting for any more, and at builds that were broken off. */
export const sweepIndexes = defineJob({
  name: 'index-sweep',
  data: z.object({}),
  every: 15,
});

/** Builds the indexes that are begun and not yet read. */
export const buildIndexes = defineJob({ name: 'index-build', data: z.object({}) });

/** Looks for things that more or fewer belong to than their indexes say. */
export const countAnew = defineJob({
  name: 'index-popularity',
  data: z.object({}),
  cron: '20 * * * *',
});
