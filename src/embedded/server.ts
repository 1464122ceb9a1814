import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { environment } from './binaries.ts';
import { type Cluster, removeCluster } from './cluster.ts';
import { openLog, tail } from './log.ts';
import { isReady, ownerSetting } from './postmaster.ts';
import { watchOver } from './watcher.ts';

export interface ServerOptions {
  /** Absent or 0: a free one. A server that already runs on the directory keeps its own. */
  port?: number;
  /** As in `postgresql.conf`; what we need to find and reach the server is ours. */
  settings?: Record<string, string>;
  /** If false, stopping (or dying) deletes the database. */
  persistent?: boolean;
}

export interface Server {
  port: number;
  stop(): Promise<void>;
}

const mostMsToStop = 30_000;

/** Absent if the start may be tried again: another process was faster, or the port is taken. */
export async function launch(
  cluster: Cluster,
  postgres: string,
  options: ServerOptions,
  deadline: number,
): Promise<Server | undefined> {
  const { persistent = true } = options;
  const port = options.port || (await freePort());
  const { server, logStart } = spawnServer(cluster, postgres, port, options.settings);
  const ended = once(server, 'exit').catch((error: Error) => error);
  if (server.pid === undefined) throw await ended;
  server.once('exit', watchOver(server.pid, cluster, { persistent }));

  while (isRunning(server) && !(await isReady(cluster, server.pid))) {
    if (Date.now() > deadline) server.kill('SIGINT');
    await sleep(5);
  }
  if (!isRunning(server)) {
    const said = await tail(cluster, logStart);
    const isTaken = /lock file "postmaster.pid" already exists|pre-existing shared memory block/;
    if (isTaken.test(said) && Date.now() < deadline) return undefined;
    if (/Address already in use/.test(said) && !options.port) return undefined;
    throw new Error(`PostgreSQL did not start in ${cluster.home}:\n${said}`);
  }

  // A program that forgets to stop it can still end; the watcher then stops it.
  server.unref();
  const stop = async () => {
    server.ref();
    // SIGINT parts from its clients and closes the cluster; SIGQUIT leaves it to be recovered.
    server.kill('SIGINT');
    const impatient = setTimeout(() => server.kill('SIGQUIT'), mostMsToStop);
    await ended;
    clearTimeout(impatient);
    if (!persistent) await removeCluster(cluster);
  };
  let stopping: Promise<void> | undefined;
  return { port, stop: () => (stopping ??= stop()) };
}

function spawnServer(
  cluster: Cluster,
  postgres: string,
  port: number,
  settings?: Record<string, string>,
) {
  const all = {
    timezone: 'UTC',
    ...settings,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    port: String(port),
    [ownerSetting]: String(process.pid),
  };
  const flags = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const { file, start } = openLog(cluster);
  // Detached: Ctrl-C reaches the application, which closes its connections before the server goes.
  const server = spawn(postgres, ['-D', cluster.data, ...flags], {
    ...cluster.account,
    cwd: cluster.home,
    env: environment,
    detached: true,
    stdio: ['ignore', file, file],
  });
  closeSync(file);
  return { server, logStart: start };
}

const isRunning = ({ exitCode, signalCode }: ChildProcess) =>
  exitCode === null && signalCode === null;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
