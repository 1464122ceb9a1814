import { describe, expect, it } from 'vitest';
import { jane, member, start } from './start.ts';

describe('a switch', () => {
  it('makes the service slow', async () => {
    const { service, read } = await start();
    service.switches.set('*', { mode: 'slow', delayMs: 60 });

    const before = performance.now();
    await read(jane);

    expect(performance.now() - before).toBeGreaterThan(55);
  });

  it('makes the next requests fail', async () => {
    const { service, read } = await start();

    service.switches.set('*', { mode: 'failing', status: 502, times: 2 });

    const answers = [await read(jane), await read(member), await read(jane)];
    expect(answers.map(({ status }) => status)).toEqual([502, 502, 200]);
  });

  it('is for one path, some paths or all, the most exact one counting', async () => {
    const { service, read } = await start();

    service.switches.set('*', { mode: 'failing', status: 500 });
    service.switches.set('/wp-json/*', { mode: 'failing', status: 501 });
    service.switches.set(`${jane}/`, { mode: 'failing', status: 502 });

    expect((await read(jane)).status).toBe(502);
    expect((await read('/wp-json/commons/v1/groups/12345')).status).toBe(501);
    expect((await read(member)).status).toBe(500);
    service.switches.clear(jane);
    expect((await read(jane)).status).toBe(501);
    service.switches.clear();
    expect((await read(jane)).status).toBe(200);
  });

  it('degrades the answers', async () => {
    const { service, read } = await start();

    service.switches.set('*', { mode: 'degraded' });

    expect((await read(jane)).body).toMatchObject({ username: 'janeuser', groups: [] });
    expect(await read(member)).toMatchObject({
      status: 200,
      body: { groups: [], meta: { authorized: true, error: { status: 'non-fatal', code: 1001 } } },
    });
  });

  it.each([
    [jane, { code: 'rest_user_invalid_id' }],
    ['/wp-json/commons/v1/groups/12345', { code: 'rest_group_invalid_id' }],
    [member, { meta: { error: { code: 1005 } } }],
    ['/api/v1/groups/12345/', { meta: { error: { code: 1007 } } }],
  ])('makes %s absent', async (path, body) => {
    const { service, read } = await start();

    service.switches.set(path, { mode: 'absent' });

    expect(await read(path)).toMatchObject({ status: 404, body });
  });

  it('answers with garbage', async () => {
    const { service, ask } = await start();

    service.switches.set('*', { mode: 'garbage' });
    const html = await ask(jane);
    expect([html.status, await html.text()]).toEqual([200, expect.stringMatching(/^<!doctype/)]);

    service.switches.set('*', { mode: 'garbage', garbage: 'half' });
    const half = await ask(jane);
    expect(half.status).toBe(200);
    await expect(half.json()).rejects.toThrow(SyntaxError);
  });

  it('answers without end', async () => {
    const { service, ask } = await start();
    service.switches.set('*', { mode: 'garbage', garbage: 'endless' });

    let length = 0;
    for await (const chunk of (await ask(jane)).body ?? []) {
      length += chunk.length;
      if (length > 5_000_000) break;
    }

    expect(length).toBeGreaterThan(5_000_000);
  });

  it.each([30, 'Wed, 21 Oct 2099 07:28:00 GMT'])('asks to come back: %s', async (retryAfter) => {
    const { service, ask } = await start();

    service.switches.set('*', { mode: 'limited', retryAfter });

    const response = await ask(jane);
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe(String(retryAfter));
  });

  it('drops the connection', async () => {
    const { service, ask } = await start();

    service.switches.set('*', { mode: 'dropped', times: 1 });

    await expect(ask(jane)).rejects.toThrow();
    expect((await ask(jane)).status).toBe(200);
  });

  it('is set from outside', async () => {
    const { read, change } = await start();

    await change('PUT', `/switches?path=${jane}`, { mode: 'failing' });
    expect((await read(jane)).status).toBe(503);
    expect((await read('/control/switches')).body).toMatchObject({ [jane]: { mode: 'failing' } });
    await change('DELETE', '/switches');
    expect((await read(jane)).status).toBe(200);
    expect((await change('PUT', '/switches', { mode: 'sleepy' })).status).toBe(400);
    expect((await change('PUT', '/switches')).status).toBe(400);
  });
});
