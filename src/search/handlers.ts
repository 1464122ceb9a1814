import { type Handler, handle } from '../jobs.ts';
import { indexChanged } from './indexing.ts';
import * as jobs from './jobs.ts';
import { buildAll } from './rebuild.ts';
import { countAnew, sweep } from './upkeep.ts';

/** What keeps the indexes in step with what they are of. */
export const searchHandlers: Handler[] = [
  handle(jobs.indexChanges, indexChanged, {
    parts: ({ elasticsearch }) => ['POSTGRESQL', ...(elasticsearch ? ['ELASTICSEARCH'] : [])],
  }),
  handle(jobs.sweepIndexes, sweep),
  handle(jobs.buildIndexes, buildAll),
  handle(jobs.countAnew, countAnew),
];
