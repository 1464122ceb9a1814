import type { Context } from '../context.ts';
import { enqueue } from '../jobs.ts';
import { driftOf } from './drift.ts';
import { type Index, readIndexes } from './indexes.ts';
import { indexChanges } from './jobs.ts';
import { complaintOf, type Status, statusOf } from './status.ts';
import { countAnew } from './upkeep.ts';

/** Something that was looked at, and what to do if it is not as it should be. */
export interface Check {
  name: string;
  isFine: boolean;
  says: string;
  /** The command that mends it. */
  run?: string;
}

/** Minutes after which a change should be written. */
const patience = 5;

/**
 * Looks at every index of this process.
 * @param most how many things of each are compared with what is true, about.
 * @param isMended whether what drifted is written anew.
 */
export async function checkIndexes(
  ctx: Context,
  options: { most: number; isMended: boolean },
): Promise<Check[]> {
  await countAnew(ctx);
  const indexes = await readIndexes(ctx);
  const checks: Check[] = [];
  for (const status of await statusOf(ctx)) {
    checks.push(checkState(status));
    const index = indexes.find((it) => it.name === status.name && it.state === 'LIVE');
    if (!index || status.documents === null) continue;
    checks.push(checkWaiting(status), await checkDrift(ctx, index, options));
  }
  return checks;
}

const titleOf = (it: { engine: string; kind: string }) => `${it.engine.toLowerCase()} ${it.kind}`;

const reindex = (it: { engine: string; kind: string }) =>
  `npx collegium search reindex --kind ${it.kind} --engine ${it.engine.toLowerCase()}`;

function checkState(status: Status): Check {
  const { engine, state, fault, documents } = status;
  const name = `${titleOf(status)}: index`;
  const complaint = complaintOf(status);
  if (complaint !== undefined) {
    const isAway = engine === 'ELASTICSEARCH' && fault !== null;
    const run = isAway ? 'curl -sS "$ELASTICSEARCH_URL"' : reindex(status);
    return { name, isFine: false, says: complaint, run };
  }
  if (state === 'LIVE') return { name, isFine: true, says: `read, ${documents} documents` };
  return { name, isFine: false, says: `being built, ${documents} so far`, run: reindex(status) };
}

function checkWaiting(status: Status): Check {
  const { waiting, waitingSince } = status;
  const minutes = waitingSince ? Math.floor((Date.now() - waitingSince.getTime()) / 60_000) : 0;
  const isFine = minutes < patience;
  return {
    name: `${titleOf(status)}: changes`,
    isFine,
    says: waiting === 0 ? 'all written' : `${waiting} to be written, the oldest for ${minutes} min`,
    ...(!isFine && { run: 'PROCESSES=worker npx collegium serve' }),
  };
}

async function checkDrift(
  ctx: Context,
  index: Index,
  options: { most: number; isMended: boolean },
): Promise<Check> {
  const { engine } = index.writer;
  const { looked, faults, examples } = await driftOf(ctx, index, options);
  const isFine = examples.length === 0;
  if (options.isMended && !isFine) await enqueue(ctx, indexChanges, { engine });
  const { MISSING, EXTRA, STALE } = faults;
  const wrong = `${MISSING} missing, ${EXTRA} too many, ${STALE} stale, as ${examples.join(', ')}`;
  return {
    name: `${titleOf({ engine, kind: index.kind.name })}: drift`,
    isFine,
    says: isFine
      ? `none in ${looked}`
      : `${wrong}${options.isMended ? '; marked to be written anew' : ''}`,
    ...(!isFine && !options.isMended && { run: 'npx collegium doctor --fix' }),
  };
}
