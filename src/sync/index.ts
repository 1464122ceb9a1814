import type { Feature } from '../feature.ts';
import { handle } from '../jobs.ts';
import * as jobs from './jobs.ts';
import { readRuns, readStates } from './queries.ts';
import { SyncRunResolver } from './resolver.ts';
import { SyncRun, SyncState } from './state.ts';
import { SyncChangeResolver, SyncStateResolver } from './state-resolver.ts';
import { reconcileAll, registerServices, retain, sweep } from './upkeep.ts';
import { syncDue } from './worker.ts';

export default {
  entities: [SyncState, SyncRun],
  resolvers: [SyncRunResolver, SyncChangeResolver, SyncStateResolver],
  nodes: { SyncRun: readRuns, SyncState: readStates },
  jobs: [
    handle(jobs.syncIdp, syncDue, {
      parts: ({ idps }) => idps.keys(),
      lanes: ({ syncLanes }) => syncLanes,
    }),
    handle(jobs.sweep, sweep),
    handle(jobs.reconcile, reconcileAll),
    handle(jobs.retain, retain),
  ],
  prepare: registerServices,
} satisfies Feature;
