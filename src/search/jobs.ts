import { z } from 'zod';
import { defineJob } from '../jobs.ts';

/** Writes into the indexes what was changed. A hint: what there is to do is in `search_changes`. */
export const indexChanges = defineJob({ name: 'index-changes', data: z.object({}), every: 15 });
