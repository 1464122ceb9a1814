import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import type { Cluster } from './cluster.ts';
import { absent } from './codes.ts';
import { commandOf, isAlive } from './processes.ts';

/** The process that a PostgreSQL server begins with, as its lock file and its arguments tell. */
export interface Postmaster {
  pid: number;
  port: number;
  status: string | undefined;
  /** The process that started it; absent if it was started by hand. */
  owner: number | undefined;
}

/** How a server is told whom it belongs to: an option that PostgreSQL keeps and does not read. */
export const ownerSetting = 'collegium.owner';

/** The postmaster of this very cluster, if it lives. What a dead one left no longer hinders. */
export async function findPostmaster(cluster: Cluster): Promise<Postmaster | undefined> {
  const lock = await readLock(cluster);
  if (!lock?.pid) return undefined;
  const command = await commandOf(lock.pid);
  if (await isPostmaster(lock.pid, command, cluster)) {
    const [, owner] = command.match(`${ownerSetting}=(\\d+)`) ?? [];
    const { pid, port, status } = lock;
    return { pid, port, status, owner: owner ? Number(owner) : undefined };
  }
  if (isAlive(lock.pid)) await disarm(lock.text, cluster);
  return undefined;
}

export async function isReady(cluster: Cluster, pid: number): Promise<boolean> {
  const lock = await readLock(cluster);
  return lock?.pid === pid && lock.status === 'ready';
}

const lockOf = ({ data }: Cluster) => join(data, 'postmaster.pid');

async function readLock(cluster: Cluster) {
  const text = await fs.readFile(lockOf(cluster), 'utf8').catch(absent);
  if (text === undefined) return undefined;
  const lines = text.split('\n').map((line) => line.trim());
  return { text, pid: Number(lines[0]) || 0, port: Number(lines[3]), status: lines[7] };
}

/** Its arguments name the cluster, or it works there; so do its children, by another name. */
async function isPostmaster(pid: number, command: string, { data }: Cluster): Promise<boolean> {
  if (command.includes(` -D ${data} `)) return true;
  const place = await fs.readlink(`/proc/${pid}/cwd`).catch(() => '');
  return place === data && !command.startsWith('postgres: ');
}

/**
 * The number of a dead postmaster now belongs to something else, which PostgreSQL would take for
 * one. An impossible number in its place, and the rest kept, lets it make its own check for
 * survivors.
 */
async function disarm(text: string, cluster: Cluster): Promise<void> {
  const copy = join(cluster.home, `postmaster.${process.pid}`);
  const { uid, gid } = await fs.stat(cluster.data);
  await fs.writeFile(copy, text.replace(/^\d+/, '2147483646'), { mode: 0o600 });
  await fs.chown(copy, uid, gid);
  await fs.rename(copy, lockOf(cluster));
}
