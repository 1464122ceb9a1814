import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signingSecret, startWorld, type World, webhookToken } from '../helpers/world.ts';
import { bearer, newPerson, notice, send, signed } from './sender.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

interface Line {
  event: string;
  [key: string]: unknown;
}

/** The log's lines once the one that is waited for is there. */
async function linesWith(isWanted: (line: Line) => boolean): Promise<Line[]> {
  for (const until = Date.now() + 10_000; ; await sleep(20)) {
    const lines = (await world.remoteLog())
      .split('\n')
      .filter(Boolean)
      .map((line): Line => JSON.parse(line));
    if (lines.some(isWanted)) return lines;
    if (Date.now() > until) throw new Error(`not in the log:\n${await world.remoteLog()}`);
  }
}

describe('the log of remote data', () => {
  it('has a line for the POST, the signal and the task', async () => {
    const id = newPerson(world, '501');
    const body = notice([id]);

    const { headers, body: answer } = await send(world, { body });

    await world.settled();
    const lines = await linesWith((it) => it.event === 'task' && it.id === id);
    const requestId = headers.get('x-request-id');
    expect(lines.filter((it) => it.requestId === requestId && it.event === 'post')).toEqual([
      {
        time: expect.any(String),
        event: 'post',
        requestId,
        from: '127.0.0.1',
        bytes: body.length,
        status: 202,
      },
    ]);
    expect(lines.filter((it) => it.event === 'signal' && it.id === id)).toEqual([
      {
        time: expect.any(String),
        event: 'signal',
        requestId,
        idp: 'knowledgeCommons',
        kind: 'users',
        id,
        signal: 'updated',
        outcome: 'ACCEPTED',
        deliveryId: answer.deliveryId,
      },
    ]);
    expect(lines.filter((it) => it.event === 'task' && it.id === id)).toMatchObject([
      { idp: 'knowledgeCommons', kind: 'USER', trigger: 'WEBHOOK', outcome: 'CHANGED' },
    ]);
  });

  it.each<[number, string, object]>([
    [401, notice(['1234']), {}],
    [400, 'null', bearer],
    [413, notice(['1234']).padEnd(65 * 1024), bearer],
    [500, notice(['\u{1f480}']), bearer],
  ])('has a line for a POST that is told %d', async (status, body, headers) => {
    await world.sql(`
      create or replace function refuse() returns trigger language plpgsql as
        $$ begin raise 'This one is poison'; end $$;
      create or replace trigger poison before insert on sync_states
        for each row when (new.remote_id = '\u{1f480}') execute function refuse();`);

    const answer = await send(world, { body, headers });

    const requestId = answer.headers.get('x-request-id');
    const lines = await linesWith((it) => it.requestId === requestId);
    expect(answer.status).toBe(status);
    expect(lines.filter((it) => it.requestId === requestId)).toMatchObject([
      { event: 'post', status },
    ]);
  });

  it('has a line for a GET or a PUT neither', async () => {
    const { headers } = await send(world, { method: 'PUT' });

    const put = headers.get('x-request-id');
    const marker = await send(world, { body: '1' });
    const lines = await linesWith((it) => it.requestId === marker.headers.get('x-request-id'));
    expect(lines.filter((it) => it.requestId === put)).toEqual([]);
  });

  it('has no token, no secret and no e-mail address in it, and stays lines of JSON', async () => {
    const canary = 'canary@example.org';
    const ids = [canary, `"${canary}"`, `\\${canary}\\`, `x ${canary}, and more`, signingSecret];
    const body = notice([...ids, `Bearer ${webhookToken}`, world.admin]);
    world.sample.world.people.set('canary', {
      id: '511',
      username: 'canary',
      email: canary,
      name: canary,
      groups: [{ id: 12345, role: canary }],
    });
    world.sample.switches.set('/wp-json/commons/v1/users/512', { mode: 'failing', status: 400 });

    await send(world, { body, headers: { ...bearer, ...signed(body, canary) } });
    await send(world, { body: notice(['511', '512']) });
    await send(world, { body: canary });
    await send(world, { body, headers: { authorization: `Bearer wrong-${webhookToken}` } });

    await world.settled();
    await linesWith((it) => it.event === 'task' && it.id === '512');
    const log = await world.remoteLog();
    expect(log).toContain('"id":"\\"[e-mail]\\""');
    for (const secret of [
      canary,
      'canary@',
      webhookToken,
      signingSecret,
      signingSecret.slice('whsec_'.length),
      world.admin,
      'remote-token',
    ]) {
      expect(log).not.toContain(secret);
    }
  });
});
