import { constants, fchownSync, fstatSync, ftruncateSync, openSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import type { Cluster } from './cluster.ts';

/** Opens the log for appending; `start` is where this server's words begin. */
export function openLog({ log, account: { uid, gid } }: Cluster): { file: number; start: number } {
  // NOFOLLOW: a link must not lead root to change the owner of another file.
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants;
  const file = openSync(log, O_APPEND | O_CREAT | O_NOFOLLOW | O_WRONLY, 0o600);
  if (uid !== undefined && gid !== undefined) fchownSync(file, uid, gid);
  if (fstatSync(file).size > 10_000_000) ftruncateSync(file);
  return { file, start: fstatSync(file).size };
}

/** The last lines, of those after `start`. */
export async function tail({ log }: Cluster, start = 0): Promise<string> {
  const text = (await fs.readFile(log)).subarray(start).toString();
  return text.trimEnd().split('\n').slice(-15).join('\n') || 'it said nothing.';
}
