import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startWorld, type World } from '../helpers/world.ts';

const folder = mkdtempSync(join(tmpdir(), 'collegium-status-'));
let world: World;
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
  await world.sql(
    `insert into search_indexes (engine, kind, name, state)
     values ('ELASTICSEARCH', 'users', 'collegium-users-77', 'LIVE')`,
  );
});
afterAll(async () => {
  await world.stop();
  rmSync(folder, { recursive: true });
});

/** Runs a command where an Elasticsearch is configured that is not there. */
async function run(...args: string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli.ts', ...args], {
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'test',
      DATABASE_URL: world.databaseUrl,
      ELASTICSEARCH_URL: 'http://somebody:password@127.0.0.1:1',
      VAR_DIRECTORY: folder,
      REMOTE_DATA_LOG: join(folder, 'remote.log'),
    },
  });
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  expect(out + err).not.toContain('password');
  return { code, out };
}

it('of an Elasticsearch that is away says that it heals by itself', async () => {
  const { code, out } = await run('search', 'status');

  expect(code).toBe(0);
  expect(out).toMatch(
    /^elasticsearch +users +collegium-users-77 +live +Elasticsearch was not reached: .*; heals by itself once it is back +0 +-$/m,
  );
});

it('is what doctor says, with how to look', async () => {
  const { code, out } = await run('doctor');

  expect(code).toBe(1);
  expect(out).toMatch(
    /^WRONG +elasticsearch users: index: Elasticsearch was not reached: .*; heals by itself once it is back\n +curl -sS "\$ELASTICSEARCH_URL"$/m,
  );
  expect(out).toMatch(/^ +ok +postgresql users: index: read, /m);
});
