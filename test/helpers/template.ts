import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { openApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { startEmbedded } from '../../src/embedded/postgres.ts';
import { createLog } from '../../src/log.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    databaseUrl: string;
  }
}

/** One cluster for the whole run, with a template that each test file copies. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'collegium-test-'));
  const cluster = await startEmbedded({
    directory,
    persistent: false,
    settings: {
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      max_connections: '300',
    },
  });
  await makeTemplate(cluster.url, directory);
  project.provide('databaseUrl', cluster.url);
  return async () => {
    await cluster.stop();
    await rm(directory, { recursive: true, force: true });
  };
}

async function makeTemplate(url: string, directory: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('create database template');
  await client.end();
  const config = readConfig({ REMOTE_DATA_LOG: join(directory, 'template.log') });
  const app = await openApp(config, databaseAt(url, 'template'), createLog({ logLevel: 'silent' }));
  await app.stop();
}

/** The address of another database of the same cluster. */
export const databaseAt = (url: string, name: string): string =>
  Object.assign(new URL(url), { pathname: `/${name}` }).href;
