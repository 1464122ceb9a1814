import { describe, expect, it } from 'vitest';
import { generate } from '../../src/sample/world.ts';
import { jane, member, start } from './start.ts';

describe('the world', () => {
  it('lets any field be absent, null or empty', async () => {
    const { service, read } = await start();

    service.world.people.patch('1234', { email: null, orcid: '', groups: [] });
    service.world.people.delete('janeuser', 'time_zone');

    expect((await read(jane)).body).toMatchObject({ email: null, orcid: '', groups: [] });
    expect((await read(jane)).body).not.toHaveProperty('time_zone');
    service.world.people.patch('janeuser', { groups: null });
    expect((await read(member)).body.groups).toBeNull();
    service.world.people.delete('janeuser', 'groups');
    expect((await read(jane)).body).not.toHaveProperty('groups');
  });

  it('is changed from outside', async () => {
    const { read, change } = await start();
    const group = '/wp-json/commons/v1/groups/1234';

    await change('PUT', '/groups/1234', { id: 1234, name: 'Reading Circle' });
    expect((await read(group)).body).toEqual({ id: 1234, name: 'Reading Circle' });
    await change('PATCH', '/people/janeuser', { groups: [{ id: 1234, role: 'admin' }] });
    expect((await read(jane)).body.groups).toEqual([
      { id: 1234, name: 'Reading Circle', role: 'admin' },
    ]);
    await change('DELETE', '/groups/1234');
    expect((await read(group)).body.id).toBe(0);
    await change('DELETE', '/people/1234/email');
    expect((await read(jane)).body).not.toHaveProperty('email');
    await change('DELETE', '/people/1234');
    expect((await read(jane)).status).toBe(404);
    expect((await change('PATCH', '/people/1234', {})).status).toBe(404);
  });

  it('makes as many people as asked for', async () => {
    const { service, read } = await start({ population: 100_000 });

    const { body } = await read('/wp-json/commons/v1/users/u100000');

    expect(generate(100_000)).toEqual(generate(100_000));
    expect(new Set(body.groups.map(({ id }) => id)).size).toBe(10);
    expect(body.groups[0]?.name).toBe('Working Group 0');
    expect((await read('/wp-json/commons/v1/users/u100001')).status).toBe(404);
    service.world.people.delete('u000001');
    expect((await read('/wp-json/commons/v1/users/u000001')).status).toBe(404);
  });

  it('has only ORCID iDs with the right checksum', async () => {
    const { service } = await start();
    const known = ['janeuser', 'jcarberry', 'mtanaka', 'sven_lindqvist', 'odubois'];
    const people = known.map((name) => service.world.people.get(name));

    for (const orcid of [...people, ...Array.from({ length: 50 }, (_, i) => generate(i + 1))]
      .map((person) => String(person?.orcid))
      .map((text) => text.replaceAll('-', ''))) {
      const sum = [...orcid.slice(0, -1)].reduce((sum, digit) => (sum + Number(digit)) * 2, 0);
      expect(orcid).toMatch(/^\d{15}[\dX]$/);
      expect((sum + (orcid.endsWith('X') ? 10 : Number(orcid.at(-1)))) % 11).toBe(1);
    }
  });
});

describe('the controls', () => {
  it('count calls by path', async () => {
    const { service, read, change } = await start();

    await Promise.all([read(jane), read(member), read('/api/v1/members/janeuser')]);

    expect(service.calls.count()).toBe(3);
    expect(service.calls.count(member)).toBe(2);
    expect((await read(`/control/calls?path=${jane}`)).body).toMatchObject({ count: 1 });
    await change('DELETE', '/calls');
    expect(service.calls.count()).toBe(0);
  });

  it('change the settings', async () => {
    const { service, read, change } = await start();

    await change('PATCH', '', { token: 'new', latencyMs: 30, wrapMembers: true });

    expect(service.settings).toEqual({ token: 'new', latencyMs: 30, wrapMembers: true });
    expect((await read(jane)).status).toBe(401);
    expect((await read(member, 'new')).body).toMatchObject({ results: { username: 'janeuser' } });
  });
});
