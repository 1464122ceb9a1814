import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Actor } from './actor.ts';
import { type App, openApp } from './app.ts';
import { readConfig } from './config.ts';
import { createToken } from './credentials/tokens.ts';
import { play, type Stage, say } from './demo-story.ts';
import { sampleSettings, startSample } from './development.ts';
import { startEmbedded } from './embedded/postgres.ts';
import { makeAdministrator } from './groups/service.ts';
import { createLog } from './log.ts';
import * as users from './users/service.ts';

const secrets = { webhookToken: 'the-token-of-the-demo', sampleToken: 'the-sample-service' };
async function stage(app: App, url: string, sampleUrl: string): Promise<Stage> {
  const system = () => app.begin(Actor.system);
  await users.create(system(), { username: 'demo' });
  await makeAdministrator(system(), 'demo');
  const { token } = await createToken(system(), { username: 'demo', name: 'demo', days: 1 });
  const send = (address: string, bearer: string | undefined, body?: object, method = 'POST') =>
    fetch(address, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(bearer && { authorization: `Bearer ${bearer}` }),
      },
      body: body && JSON.stringify(body),
    });
  return {
    async post(body) {
      const response = await send(
        `${url}/api/webhooks/user_data_update`,
        secrets.webhookToken,
        body,
      );
      return { ...((await response.json()) as { events: never }), status: response.status };
    },
    async ask(query, variables) {
      const response = await send(`${url}/graphql`, token, { query, variables });
      const { data, errors } = (await response.json()) as { data: object; errors?: object };
      if (errors) throw new Error(`GraphQL answered ${JSON.stringify(errors)}`);
      return data;
    },
    async remote(method, path, body) {
      const response = await send(`${sampleUrl}/control${path}`, undefined, body, method);
      if (!response.ok)
        throw new Error(`The sample service answered ${response.status} to ${path}`);
    },
  };
}

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'collegium-demo-'));
  const closers: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  try {
    say('Starting an embedded PostgreSQL, the sample identity service and the server …');
    const postgres = await startEmbedded({ directory: folder, persistent: false });
    closers.unshift(postgres.stop);
    const sample = await startSample(secrets.sampleToken);
    closers.unshift(sample.stop);
    const config = readConfig({
      NODE_ENV: 'test',
      PORT: '0',
      REMOTE_DATA_LOG: join(folder, 'remote_data_updates.log'),
      ...sampleSettings(sample.url, secrets),
    });
    const app = await openApp(config, postgres.url, createLog({ logLevel: 'warn' }));
    closers.unshift(app.stop);
    await app.work();
    await play(await stage(app, await app.listen(), sample.url));
    say('\nAll is as it should be.');
  } finally {
    for (const close of closers) await close();
  }
}

await main().catch((error: unknown) => {
  process.stderr.write(`\nThe demo failed: ${error instanceof Error ? error.stack : error}\n`);
  process.exitCode = 1;
});
