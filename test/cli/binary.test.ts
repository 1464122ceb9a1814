import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World, webhookToken } from '../helpers/world.ts';

const launcher = fileURLToPath(new URL('../../src/collegium.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'collegium-binary-'));
let world: World;
beforeAll(async () => {
  world = await startWorld({ sample: { population: 500 } });
});
afterAll(async () => {
  await world.stop();
  rmSync(folder, { recursive: true });
});

/** What the binary is given: the world's database and its sample service, as an operator would. */
function environment(): Record<string, string> {
  const endpoint = (path: string) => ({
    remote_endpoint: `${world.sample.url}${path}`,
    remote_identifier: 'id',
    remote_method: 'GET',
    token_env_variable_label: 'REMOTE_TOKEN',
  });
  return {
    PATH: process.env.PATH ?? '',
    NODE_ENV: 'test',
    DATABASE_URL: world.databaseUrl,
    VAR_DIRECTORY: folder,
    REMOTE_DATA_LOG: join(folder, 'remote.log'),
    REMOTE_TOKEN: 'remote-token',
    REMOTE_USER_DATA_WEBHOOK_TOKEN: webhookToken,
    REMOTE_USER_DATA_API_ENDPOINTS: JSON.stringify({
      knowledgeCommons: {
        users: endpoint('/wp-json/commons/v1/users/{placeholder}'),
        groups: endpoint('/wp-json/commons/v1/groups/{placeholder}'),
        provision: true,
        rate: 200,
      },
    }),
  };
}

function begin(args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [launcher, ...args], { env: { ...environment(), ...env } });
  let [out, err] = ['', ''];
  child.stdout.on('data', (it) => {
    out += it;
  });
  child.stderr.on('data', (it) => {
    err += it;
  });
  const ended = once(child, 'exit').then(([code]) => ({ code, out, err }));
  return { child, ended };
}

const run = (line: string, env?: Record<string, string>) => begin(line.split(' '), env).ended;

describe('the binary', { timeout: 60_000 }, () => {
  it('helps at once, without the server’s parts', async () => {
    const began = performance.now();
    const { code, out, err } = await run('--help');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('Usage: collegium');
    // The server's parts alone take longer, on any machine; a busy one is forgiven.
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it('works beside a server, with its worker, and leaves standard output to the answer', async () => {
    const ids = Array.from({ length: 120 }, (_, i) => `u000${100 + i}`).join(',');

    const { code, out } = await run(`sync user ${ids} --json`);

    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ total: 120, outcomes: { changed: 120 } });
    const [{ runs, looks }] = await world.sql(
      `select count(*)::int as runs, count(distinct remote_id)::int as looks from sync_runs
       where outcome = 'CHANGED' and kind = 'USER'`,
    );
    expect({ runs, looks }).toEqual({ runs: 120, looks: 120 });
  });

  it('stops at Ctrl-C, and says how far it came', async () => {
    const { child, ended } = begin(['sync', 'all', '--kind', 'users', '--rate', '10']);
    const seen = async () =>
      (
        await world.sql(
          `select count(*)::int as n from sync_runs where trigger = 'RECONCILIATION' and outcome = 'UNCHANGED'`,
        )
      )[0].n;
    while ((await seen()) < 5) await new Promise((resolve) => setTimeout(resolve, 50));
    child.kill('SIGINT');

    const { code, out } = await ended;

    expect(code).toBe(3);
    expect(out).toMatch(/^Stopped\. Looked at \d+ of 1\d\d in /);
  });

  it('posts a webhook with the words of its environment', async () => {
    const { code, out } = await run(`webhook send --users 1234 --url ${world.url}`);

    expect(code).toBe(0);
    expect(out).toMatch(/^users +1234 +updated +(accepted|unknown)/m);
  });

  it('says all that is wrong with the configuration, and what of it counts', async () => {
    const [wrong, checked, printed] = await Promise.all([
      run('user list --json', { PORT: '99999', LOG_LEVEL: 'loud' }),
      run('config check', { PORT: '99999', LOG_LEVEL: 'loud' }),
      run('config print'),
    ]);

    expect(wrong.code).toBe(1);
    expect(JSON.parse(wrong.err).errors.map((it: { code: string }) => it.code)).toEqual([
      'CONFIG',
      'CONFIG',
    ]);
    expect(checked.code).toBe(1);
    expect(checked.out).toMatch(/PORT: .*\n.*LOG_LEVEL: /);
    expect(printed.code).toBe(0);
    expect(printed.out).toMatch(/^idps\.knowledgeCommons\.users\.token \*\*\*$/m);
    expect(printed.out).not.toContain('remote-token');
    expect(printed.out).not.toContain(webhookToken);
  });

  it('says that the database is away', async () => {
    const { code, out, err } = await run('user list --json', {
      DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing',
    });

    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(JSON.parse(err).errors).toEqual([
      { code: 'DATABASE', message: expect.stringContaining('The database cannot be used: ') },
    ]);
  });
});
