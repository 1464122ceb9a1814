import { Actor } from './actor.ts';
import { type App, openApp } from './app.ts';
import { createToken } from './credentials/tokens.ts';
import { openSite, type Site } from './development.ts';
import { makeAdministrator } from './groups/service.ts';
import { createLog } from './log.ts';
import { createSignInLink } from './signin/links/sign-in-links.ts';
import * as users from './users/service.ts';

/** Milliseconds from the wish to stop to the end, whatever is still under way. */
const patienceMs = 25_000;

/** Runs the server until it is told to stop. */
export async function serve(): Promise<void> {
  const site = await openSite();
  const { config, databaseUrl } = site;
  const log = createLog(config);
  const app = await openApp(config, databaseUrl, log);
  if (config.processes.includes('worker')) await app.work();
  const url = config.processes.includes('web') ? await app.listen() : undefined;
  if (url && site.secrets) await introduce(app, site, url);

  let isStopping = false;
  const stop = async (signal: string) => {
    // Whoever asks twice does not want to wait.
    if (isStopping) process.exit(1);
    isStopping = true;
    log.info({ signal }, 'stopping');
    setTimeout(() => process.exit(1), patienceMs).unref();
    await app.stop();
    await site.close();
    log.info('stopped');
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => void stop(signal));
}

/** Minutes in which somebody who just started the server opens its console. */
const linkMinutes = 60;

/** What somebody who just started the server needs to begin: a way in as the administrator, and a webhook to send. */
async function introduce(app: App, { secrets, sampleUrl }: Site, url: string): Promise<void> {
  const ctx = () => app.begin(Actor.system);
  const username = 'admin';
  const [known] = await app.orm.em
    .fork()
    .execute('select state from users where lower(username) = ?', [username]);
  if (known && known.state !== 'ACTIVE') {
    process.stderr.write(
      `The account "${username}" is closed: npx collegium user activate ${username}\n`,
    );
    return;
  }
  if (!known) {
    await users.create(ctx(), { username });
    await makeAdministrator(ctx(), username);
  }
  const { token } = await createToken(ctx(), { username, name: 'npm start', days: 1 });
  const link = await createSignInLink(ctx(), username, linkMinutes);
  process.stderr.write(`
  Collegium runs in development mode, with an embedded PostgreSQL and a sample identity service.

  Console    ${link}
             signs you in as "${username}", once and within an hour
  GraphQL    ${url}/graphql
  Services   ${sampleUrl} as "knowledgeCommons" (WordPress) and "myCommons" (Profiles)

  Say that two people and a group changed:

    curl -X POST ${url}/api/webhooks/user_data_update \\
      -H 'authorization: Bearer ${secrets?.webhookToken}' -H 'content-type: application/json' \\
      -d '{"idp":"knowledgeCommons","updates":{"users":[{"id":"1234","event":"updated"},{"id":"5678","event":"created"}],"groups":[{"id":"12345","event":"updated"}]}}'

  And see what came of it, as the administrator:

    curl ${url}/graphql -H 'authorization: Bearer ${token}' -H 'content-type: application/json' \\
      -d '{"query":"{ syncRuns { nodes { outcome changes { kind field after group category } user { username } } } }"}'

`);
}
