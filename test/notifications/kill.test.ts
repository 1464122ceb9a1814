import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import type { World } from '../helpers/world.ts';
import { until } from '../sync/kit.ts';
import { hurry, invite, mailsOf, makeReaders, openPost, settled } from './kit.ts';

const launcher = fileURLToPath(new URL('../../src/collegium.js', import.meta.url));

/** A worker that is a process of its own, on the world's database. */
function startProcess({ databaseUrl, logFile }: World, smtpUrl: string) {
  const child = spawn(process.execPath, [launcher, 'serve'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: databaseUrl,
      PROCESSES: 'worker',
      SAMPLE_SERVICE: 'false',
      LOG_LEVEL: 'error',
      REMOTE_DATA_LOG: logFile,
      SMTP_URL: smtpUrl,
    },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

it('a process that is killed leaves one e-mail of which nobody knows whether it was sent', async () => {
  const { world, server } = await openPost({ isWorking: false });
  const ids = await makeReaders(world, 20);
  await invite(world, ...ids);
  // The server takes the tenth e-mail, and its answer never comes.
  const addresses = await world.sql<{ email: string }>(
    'select email from users where id = any($1) order by id',
    [ids],
  );
  const tenth = addresses[9]?.email ?? '';
  server.manners.set(tenth, { hold: new Promise(() => {}) });
  const child = startProcess(world, server.url);

  await until(() => server.received.some((it) => it.to[0] === tenth), 30_000);
  child.kill('SIGKILL');
  await once(child, 'exit');

  const before = await mailsOf(world);
  const sent = before.filter((it) => it.state === 'SENT');
  const inHand = before.filter((it) => it.state === 'QUEUED' && it.attempts === 1);
  expect(sent.length + 1).toBe(server.received.length);
  expect(inHand).toHaveLength(1);
  // It is let alone as long as the process could still be about to write it down.
  expect(inHand[0]?.dueIn).toBeGreaterThan(60);
  server.manners.clear();
  await world.app.work();
  await until(() => server.received.length === 20, 30_000);
  expect(server.received.filter((it) => it.to[0] === tenth)).toHaveLength(1);

  await hurry(world);
  await settled(world);

  const messages = server.received.map((it) => it.headers.get('message-id'));
  expect(messages).toHaveLength(21);
  expect(new Set(messages).size).toBe(20);
  expect(server.received.filter((it) => it.to[0] === tenth)).toHaveLength(2);
}, 60_000);
