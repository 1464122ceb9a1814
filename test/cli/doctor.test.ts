import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../helpers/world.ts';
import { type } from './kit.ts';

const folder = mkdtempSync(join(tmpdir(), 'collegium-doctor-'));
const provider = createServer((request, response) => {
  response.statusCode = request.url === '/.well-known/openid-configuration' ? 200 : 404;
  response.end('{}');
});
let world: World;
beforeAll(async () => {
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
  const { port } = provider.address() as AddressInfo;
  const path = join(folder, 'collegium.json');
  const oidc = { kind: 'oidc', client_id: 'us', idp: 'knowledgeCommons' };
  const signIn = {
    here: { ...oidc, issuer: `http://127.0.0.1:${port}` },
    away: { ...oidc, issuer: 'http://127.0.0.1:1' },
  };
  writeFileSync(path, JSON.stringify({ signIn }));
  world = await startWorld({ env: { COLLEGIUM_CONFIG: path } });
}, 60_000);
afterAll(async () => {
  await world.stop();
  provider.close();
  rmSync(folder, { recursive: true });
});

interface Check {
  name: string;
  isFine: boolean;
  says: string;
  run?: string;
}

async function look(
  options = '',
): Promise<{ code: number; find(name: string): Check | undefined }> {
  const { code, json } = await type(world, `doctor --json --sample 10 ${options}`.trim());
  const checks: Check[] = json();
  return { code, find: (name) => checks.find((it) => it.name === name) };
}

describe('doctor', { timeout: 60_000 }, () => {
  it('asks those who sign people in only if it is told to', async () => {
    const quiet = await look();
    expect(quiet.code).toBe(0);
    expect(quiet.find('sign-in by here')).toBeUndefined();

    const { code, find } = await look('--network');
    expect(code).toBe(1);
    expect(find('sign-in by here')).toMatchObject({ isFine: true });
    expect(find('sign-in by away')).toMatchObject({
      isFine: false,
      says: expect.stringContaining('does not answer: bad port'),
      run: 'curl -sSi http://127.0.0.1:1/.well-known/openid-configuration',
    });
  });

  it('wants an administrator who can come in', async () => {
    await world.sql('update tokens set revoked_at = now()');
    expect((await look()).find('administrators')).toEqual({
      name: 'administrators',
      isFine: false,
      says: 'none of 1 has an identity to sign in by, or a token',
      run: 'npx collegium user sign-in-link the-administrator',
    });

    await world.sql(
      `insert into identities (id, user_id, idp, subject)
       select gen_random_uuid(), id, 'knowledgeCommons', '77' from users`,
    );
    expect((await look()).find('administrators')).toMatchObject({ isFine: true });

    await world.sql(`delete from assignments`);
    const { find } = await look();
    expect(find('administrators')?.says).toBe('nobody can administer');
    expect(find('roles with rights')).toMatchObject({
      isFine: false,
      run: 'npx collegium role assign administrators <username>',
    });
  });

  it('tells of dead letters, held runs, unknown services and e-mails that failed', async () => {
    await world.sql(`insert into identities (id, user_id, idp, subject)
      select gen_random_uuid(), id, 'oldCommons', '1' from users limit 1`);
    await world.sql(`insert into sync_states (id, idp, kind, remote_id, trigger, due_at, dead_at)
      values (gen_random_uuid(), 'myCommons', 'USER', '1', 'WEBHOOK', now(), now())`);
    await world.sql(`insert into sync_states (id, idp, kind, remote_id, trigger, due_at, requested, synced, held_run_id)
      values (gen_random_uuid(), 'myCommons', 'USER', '2', 'WEBHOOK', now(), 1, 1, gen_random_uuid())`);
    await world.sql(`insert into mails (id, user_id, kind, subject, body, state)
      select gen_random_uuid(), id, 'INVITATION', 'a', 'b', 'FAILED' from users limit 1`);

    const { code, find } = await look();

    expect(code).toBe(1);
    expect(find('services')?.says).toBe('not configured: oldCommons (1 identities, 0 groups)');
    expect(find('sync of myCommons')).toMatchObject({
      isFine: false,
      says: '1 given up; 1 held until somebody approves or rejects',
      run: 'npx collegium sync status',
    });
    expect(find('e-mails')).toMatchObject({ isFine: false, says: '1 could not be sent' });
  });
});
