import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../helpers/world.ts';
import { type } from './kit.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

/** Types a command that must be done, and answers what programs are told. */
async function done(line: string | string[]) {
  const args = Array.isArray(line) ? line : line.split(' ');
  const { code, err, json } = await type(world, [...args, '--json']);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return json();
}

const viewer = async (token: string) =>
  (await world.ask(token, '{ viewer { username } }')).data?.viewer?.username;

describe('accounts', () => {
  it('are closed and opened, and what let them in is over', async () => {
    const { username, token } = await world.makeUser();

    const closed = await done(['user', 'deactivate', username, '--reason', 'left']);
    expect(closed).toMatchObject({ username, state: 'DEACTIVATED' });
    expect(await viewer(token)).toBeUndefined();

    expect(await done(`user activate ${username}`)).toMatchObject({ state: 'ACTIVE' });
    expect(await viewer(token)).toBeUndefined();
    const [{ details }] = await world.sql(
      `select details from audit_events where act = 'user.deactivated' order by id desc limit 1`,
    );
    expect(details.reason).toBe('left');
  });

  it('have the parts of their names said here', async () => {
    const { username } = await world.makeUser();
    const line = `user name-parts ${username} -g Jan -f Berg -r van -s Jr. -k Jantje`;

    const said = await done(line);
    expect(said).toMatchObject({
      local: {
        given: 'Jan',
        family: 'Berg',
        familyPrefix: 'van',
        suffix: 'Jr.',
        nickname: 'Jantje',
      },
      full: 'Jan Jantje van Berg, Jr.',
    });

    const other = await done(`user name-parts ${username} --given Johan`);
    expect(other.local).toEqual({ given: 'Johan' });
    expect((await done(`user name-parts ${username} --clear`)).local).toEqual({});
  });

  it('are merged as the rehearsal says', async () => {
    const [from, into] = [await world.makeUser(), await world.makeUser()];
    await done('role create merged');
    await done(`role assign merged ${from.username}`);

    const plan = await done(`user merge ${from.username} ${into.username} --dry-run`);
    expect((await done(`user show ${from.username}`)).state).toBe('ACTIVE');
    const merged = await done(`user merge ${from.username} ${into.username}`);

    expect(merged.changes).toEqual(plan.changes);
    expect((await done(`user show ${into.username}`)).roles).toEqual(['merged']);
    expect((await done(`user show ${from.username}`)).state).not.toBe('ACTIVE');
  });

  it('are told whole, and erased', async () => {
    const { id, username } = await world.makeUser();

    expect((await done(`user export ${username}`)).user.username).toBe(username);
    await done(`user erase ${username} --confirm ${username}`);

    expect((await type(world, `user show ${username}`)).code).toBe(1);
    const [row] = await world.sql('select erased_at from users where id = $1', [id]);
    expect(row.erased_at).not.toBeNull();
  });

  it('get an address that signs them in', async () => {
    const { username } = await world.makeUser();

    const { out, err } = await type(world, `user sign-in-link ${username}`);

    expect(out).toMatch(/^http:\/\/\S+\/sign-in\/link\?token=\S+\n$/);
    expect(err).toContain('shown only now');
    const url = new URL(out.trim());
    const [{ count }] = await world.sql('select count(*)::int as count from links');
    expect(count).toBe(1);
    expect(JSON.stringify(await world.sql('select * from links'))).not.toContain(
      url.searchParams.get('token'),
    );
  });
});

describe('tokens', () => {
  it('let somebody in until they are revoked, as far as their scopes go', async () => {
    const { username } = await world.makeUser();
    const { out, err } = await type(world, `token create ${username} -n ci --scope account,sync`);
    const token = out.trim();
    expect(err).toContain('shown only now');
    expect(await viewer(token)).toBe(username);

    const [kept] = (await done(`token list ${username}`)).filter(
      (it: { name: string }) => it.name === 'ci',
    );
    expect(kept.scopes).toEqual(['ACCOUNT', 'SYNC']);
    await done(`token revoke ${kept.id}`);

    expect(await viewer(token)).toBeUndefined();
    expect((await type(world, `token list ${username}`)).out).toMatch(/^ci +….{4} +revoked/m);
  });

  it('are not signed without a key', async () => {
    const { username } = await world.makeUser();
    const { code, err } = await type(world, `token sign ${username}`);

    expect(code).toBe(1);
    expect(err).toContain('set SIGNING_KEY or SIGNING_KEY_FILE');
  });
});

describe('roles', () => {
  it('are made, changed, given, taken and deleted', async () => {
    const [one, two] = [await world.makeUser(), await world.makeUser()];
    const both = `${one.username} ${two.username}`;

    expect(await done('role create desk --title Help --right moderate')).toMatchObject({
      name: 'desk',
      rights: ['MODERATE'],
    });
    expect(
      await done(['role', 'update', 'desk', '--name', 'helpdesk', '--right', '']),
    ).toMatchObject({ name: 'helpdesk', rights: [] });
    expect(await done(`role assign helpdesk ${both}`)).toEqual({
      role: 'helpdesk',
      added: [one.username, two.username],
    });
    expect((await type(world, `role assign helpdesk ${one.username}`)).out).toBe(
      'Nobody added to helpdesk. 1 had it before.\n',
    );
    expect(await done('role users helpdesk')).toHaveLength(2);
    expect(await done(`role unassign helpdesk ${both}`)).toMatchObject({ role: 'helpdesk' });
    expect((await done('role show helpdesk')).people).toBe(0);
    await done('role delete helpdesk');
    expect((await type(world, 'role show helpdesk')).code).toBe(1);
  });
});

describe('webhooks', () => {
  it('are posted to the running server, shown, and taken in again', async () => {
    const line = `webhook send --sample --idp knowledgeCommons --url ${world.url}`;
    const sent = await done(line);
    expect(sent.events.map((it: { outcome: string }) => it.outcome)).toEqual([
      'accepted',
      'accepted',
      'accepted',
    ]);
    await world.settled();
    expect((await done('user show knowledgeCommons:1234')).username).toBe('janeuser');

    expect(await done(`webhook show ${sent.deliveryId}`)).toMatchObject({
      idp: 'knowledgeCommons',
    });
    const again = await done(`webhook redeliver ${sent.deliveryId}`);
    expect(again.id).not.toBe(sent.deliveryId);
    expect(await done('webhook list')).toHaveLength(2);
  });

  it('say which server does not answer, and what it says', async () => {
    const away = await type(world, 'webhook send --sample --url http://127.0.0.1:1');
    expect(away.code).toBe(1);
    expect(away.err).toContain(
      'No server answers at http://127.0.0.1:1/api/webhooks/user_data_update',
    );

    const line = `webhook send --idp knowledgeCommons --users a,b --url ${world.url} --event deleted`;
    const { code, out } = await type(world, line);
    expect(code).toBe(0);
    expect(out).toMatch(/^users +a +deleted +unknown/m);
  });
});
