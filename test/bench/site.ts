import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { startSample } from '../../src/development.ts';
import { startEmbedded } from '../../src/embedded/postgres.ts';

const launcher = fileURLToPath(new URL('../../src/collegium.js', import.meta.url));

export const webhookToken = 'a-webhook-token-for-measuring';
const remoteToken = 'remote-token';

export const publicUrl = 'https://collegium.example.org';

/** Real parts, each a process of its own: PostgreSQL, the sample service, and servers as many as asked for. */
export interface Site {
  databaseUrl: string;
  pool: pg.Pool;
  sampleUrl: string;
  remoteToken: string;
  /** Starts a server, and answers its address if it has doors. */
  serve(processes: 'web' | 'worker' | 'web,worker'): Promise<{ child: ChildProcess; url: string }>;
  /** Runs the command line. */
  run(...args: string[]): Promise<string>;
  /** Changes the sample service. */
  control(method: string, path: string, body?: object): Promise<unknown>;
  stop(): Promise<void>;
}

export async function openSite(options: {
  population: number;
  settings?: Record<string, string>;
  idp?: object;
  /** Where the database is kept for the next run; without, it is gone afterwards. */
  keptIn?: string;
  /** More of the environment of the command line. */
  commandEnv?: Record<string, string>;
}): Promise<Site> {
  const folder = options.keptIn ?? (await mkdtemp(join(tmpdir(), 'collegium-bench-')));
  const postgres = await startEmbedded({
    directory: folder,
    persistent: options.keptIn !== undefined,
    settings: {
      shared_preload_libraries: 'pg_stat_statements',
      max_connections: '200',
      ...options.settings,
    },
  });
  const sample = await startSample(remoteToken, { population: options.population });
  const pool = new pg.Pool({ connectionString: postgres.url, max: 8 });
  const endpoint = (path: string) => ({
    remote_endpoint: `${sample.url}${path}`,
    token_env_variable_label: 'REMOTE_TOKEN',
  });
  const env = {
    PATH: process.env.PATH,
    NODE_ENV: 'production',
    DATABASE_URL: postgres.url,
    PUBLIC_URL: publicUrl,
    SMTP_URL: 'none',
    LOG_LEVEL: 'info',
    REMOTE_DATA_LOG: join(folder, 'remote.log'),
    PORT: '0',
    DATABASE_POOL: '20',
    REMOTE_TOKEN: remoteToken,
    REMOTE_USER_DATA_WEBHOOK_TOKEN: webhookToken,
    REMOTE_USER_DATA_API_ENDPOINTS: JSON.stringify({
      knowledgeCommons: {
        users: endpoint('/wp-json/commons/v1/users/{placeholder}'),
        groups: endpoint('/wp-json/commons/v1/groups/{placeholder}'),
        provision: true,
        rate: 100_000,
        ...options.idp,
      },
    }),
  };
  const children = new Set<ChildProcess>();
  const start = (args: string[], more: Record<string, string> = {}) => {
    const child = spawn(process.execPath, [launcher, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...env, ...more },
    });
    children.add(child);
    child.once('exit', () => children.delete(child));
    return child;
  };
  return {
    databaseUrl: postgres.url,
    pool,
    sampleUrl: sample.url,
    remoteToken,
    async serve(processes) {
      const child = start(['serve'], { PROCESSES: processes });
      const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
      const url = await new Promise<string>((resolve, reject) => {
        child.once('exit', (code) => reject(new Error(`The server ended with ${code}.`)));
        lines.on('line', (line) => {
          const found = /Server listening at (http:\/\/[\d.:]+)/.exec(line)?.[1];
          if (found) resolve(found);
          else if (processes === 'worker' && line.includes('working')) resolve('');
        });
      });
      // The log is written, but reading each line of it would take from those who measure.
      lines.close();
      child.stdout?.resume();
      return { child, url };
    },
    async run(...args) {
      const child = start(args, options.commandEnv);
      let said = '';
      child.stdout?.on('data', (chunk) => {
        said += chunk;
      });
      const [code] = await once(child, 'close');
      if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}`);
      return said.trim();
    },
    async control(method, path, body) {
      const response = await fetch(`${sample.url}/control${path}`, {
        method,
        headers: { 'content-type': 'application/json' },
        body: body && JSON.stringify(body),
      });
      const text = await response.text();
      return text ? JSON.parse(text) : undefined;
    },
    async stop() {
      for (const child of children) child.kill('SIGKILL');
      await pool.end();
      await sample.stop();
      await postgres.stop();
      if (options.keptIn === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}
