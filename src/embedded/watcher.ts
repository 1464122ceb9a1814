import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Cluster } from './cluster.ts';

/** A word means that the server has ended; the end of the pipe without one, that we have. */
const script = `
  data=$1 pid=$2 password=$3 log=$4 home=$5 fate=$6
  read -r word && exit
  read -r current < "$data/postmaster.pid" && [ "$current" = "$pid" ] && kill -INT "$pid"
  [ "$fate" = delete ] || exit
  for i in 1 2 3 4 5 6 7 8 9 10; do [ ! -e "$data/postmaster.pid" ] || sleep 0.2; done
  rm -rf "$data" "$password" "$log" && rmdir "$home"`;

/**
 * Leaves a shell waiting on a pipe that only we hold. The pipe closes when we end, even by SIGKILL,
 * and the shell stops the server. Returns what sends the shell away.
 */
export function watchOver(
  pid: number,
  { data, password, log, home }: Cluster,
  { persistent }: { persistent: boolean },
): () => void {
  const fate = persistent ? 'keep' : 'delete';
  const words = [data, String(pid), password, log, home, fate];
  const watcher = spawn('/bin/sh', ['-c', script, 'sh', ...words], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // It neither keeps us running nor, if it cannot start or is killed, brings us down.
  watcher.unref();
  (watcher.stdin as Socket).unref();
  watcher.on('error', () => {});
  watcher.stdin.on('error', () => {});
  return () => watcher.stdin.end('done\n');
}
