import { setTimeout as sleep } from 'node:timers/promises';
import { demandAccess } from './account.ts';
import { findBinaries } from './binaries.ts';
import { type Cluster, makeCluster, openCluster, readPassword, superuser } from './cluster.ts';
import { exists, hasCode } from './codes.ts';
import { makeDatabase } from './database.ts';
import { tail } from './log.ts';
import { findPostmaster } from './postmaster.ts';
import { isAlive } from './processes.ts';
import { launch, type Server, type ServerOptions } from './server.ts';

export interface EmbeddedOptions extends ServerOptions {
  /** Ours alone: it holds the cluster (`data`), its password and its log. */
  directory: string;
  database?: string;
}

export interface Embedded {
  url: string;
  /** The server belongs to another process: `stop` leaves it running. */
  shared: boolean;
  stop(): Promise<void>;
}

const mostMsToStart = 60_000;

/**
 * Starts PostgreSQL on the directory, making the cluster and the database first if there is none,
 * or joins the one that already runs there. However this process ends, its server ends with it.
 * @throws Error that says what to do, if PostgreSQL is not installed for this machine, may not
 * enter a folder, or cannot make a cluster; or if the directory holds what is not a cluster, one of
 * another version or of another user, or one without its password. Error with what PostgreSQL said,
 * if it does not start within a minute. The error of `pg`, if the database cannot be made.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const { major, initdb, postgres } = await findBinaries();
  const cluster = await openCluster(options.directory, major);
  demandAccess(cluster.account, cluster.home, postgres);
  if (!(await exists(cluster.data))) {
    await makeCluster(cluster, initdb, { sync: options.settings?.fsync !== 'off' });
  }
  const password = await readPassword(cluster);
  const deadline = Date.now() + mostMsToStart;
  for (;;) {
    const { port, shared, stop } = await launchOrJoin(cluster, postgres, options, deadline);
    const url = new URL(`postgres://${superuser}:${password}@127.0.0.1:${port}`);
    url.pathname = options.database ?? 'collegium';
    try {
      await makeDatabase(url);
      return { url: url.href, shared, stop };
    } catch (error) {
      await stop();
      // The process that a joined server belongs to may end just now: then we start our own.
      const isGone = hasCode(error, 'ECONNREFUSED', 'ECONNRESET', '57P01', '57P03');
      if (!shared || !isGone || Date.now() > deadline) throw error;
      await sleep(50);
    }
  }
}

async function launchOrJoin(
  cluster: Cluster,
  postgres: string,
  options: ServerOptions,
  deadline: number,
): Promise<Server & { shared: boolean }> {
  for (;;) {
    const running = await findPostmaster(cluster);
    if (!running) {
      const server = await launch(cluster, postgres, options, deadline);
      if (server) return { ...server, shared: false };
    } else if (running.owner !== undefined && !isAlive(running.owner)) {
      // An orphan has the settings of a dead process and nobody to stop it: it is replaced.
      process.kill(running.pid, 'SIGINT');
    } else if (running.status === 'ready') {
      return { port: running.port, shared: true, stop: async () => {} };
    }
    if (Date.now() > deadline) {
      const why = running
        ? `process ${running.pid} on it is ${running.status}`
        : await tail(cluster);
      throw new Error(`PostgreSQL did not start in ${cluster.home}: ${why}`);
    }
    await sleep(20);
  }
}
