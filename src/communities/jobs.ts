import { z } from 'zod';
import { defineJob } from '../jobs.ts';

/** Removes the files of a logo, unless it is the community's. */
export const removeLogo = defineJob({
  name: 'remove-logo',
  data: z.object({ communityId: z.uuid(), hash: z.string() }),
});
