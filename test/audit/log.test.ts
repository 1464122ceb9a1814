import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Actor } from '../../src/actor.ts';
import { retain } from '../../src/audit/upkeep.ts';
import { newId, toGlobalId } from '../../src/ids.ts';
import { makeUserWith } from '../api/make.ts';
import { askBy, bearer, signIn } from '../credentials/kit.ts';
import { makeRole } from '../groups/kit.ts';
import { startWorld, type World } from '../helpers/world.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look into whatever they asked for
type Loose = any;

let world: World;
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
});
afterAll(() => world.stop());

const query = `query ($subjectId: ID, $actorId: ID, $acts: [String!], $since: DateTimeISO, $until: DateTimeISO) {
  auditLog(first: 100, subjectId: $subjectId, actorId: $actorId, acts: $acts, since: $since, until: $until) {
    totalCount nodes { act actorKind actorId via viaId ip subjectId at } } }`;

async function log(variables: object, token = world.admin): Promise<Loose[]> {
  const { data, errors } = await world.ask(token, query, variables);
  expect(errors).toBeUndefined();
  expect(data.auditLog.totalCount).toBe(data.auditLog.nodes.length);
  return data.auditLog.nodes;
}

/** Writes a line as if something had been done. */
async function write(columns: Record<string, unknown>): Promise<{ id: string; subject: string }> {
  const [id, subject] = [newId(), newId()];
  const all = {
    id,
    act: 'role.updated',
    actor_kind: 'SYSTEM',
    subject_type: 'Role',
    subject_id: subject,
    ...columns,
  };
  const names = Object.keys(all);
  await world.sql(
    `insert into audit_events (${names}) values (${names.map((_, n) => `$${n + 1}`)})`,
    Object.values(all),
  );
  return { id, subject: toGlobalId('Role', subject) };
}

describe('a line of the log', () => {
  it.each([
    ['TOKEN', newId(), (id: string) => toGlobalId('Token', id)],
    ['SESSION', newId(), (id: string) => toGlobalId('Session', id)],
    ['JWT', 'the-jti', (id: string) => id],
    ['SENDER', 'myCommons', (id: string) => id],
  ])('says by which %s', async (via, viaId, shown) => {
    const { subject } = await write({ via, via_id: viaId, ip: '192.0.2.7' });

    expect(await log({ subjectId: subject })).toMatchObject([
      { via, viaId: shown(viaId), ip: '192.0.2.7' },
    ]);
  });

  it('says nothing of that where the server itself did it', async () => {
    const { subject } = await write({});

    expect(await log({ subjectId: subject })).toMatchObject([
      { actorKind: 'SYSTEM', actorId: null, via: null, viaId: null, ip: null },
    ]);
  });

  it('names the session by the id under which it can be ended', async () => {
    const admin = await makeUserWith(world, 'ADMINISTER');
    const headers = await signIn(world, admin.id);
    const role = await makeRole(world);
    await askBy(
      world.url,
      headers,
      'mutation ($input: UpdateRoleInput!) { updateRole(input: $input) { userErrors { message } } }',
      { input: { roleId: role.id, title: 'x' } },
    );

    const [line] = await log({ subjectId: role.id });
    const { data } = await askBy(world.url, headers, '{ viewer { sessions { nodes { id } } } }');

    expect(line).toMatchObject({ via: 'SESSION', viaId: data.viewer.sessions.nodes[0].id });
  });

  it('tells the owners of a community what was done there, but not by what and from where', async () => {
    const owner = await world.makeUser();
    const create =
      'mutation ($input: CreateCommunityInput!) { createCommunity(input: $input) { community { slug } } }';
    const { data } = await askBy(world.url, bearer(owner.token), create, {
      input: { slug: `c-${newId()}`, title: 'Theirs' },
    });
    const read = `query ($slug: String!) { community(slug: $slug) { auditLog { nodes { act via viaId ip } } } }`;
    const told = async (token: string) =>
      (await world.ask(token, read, data.createCommunity.community)).data.community.auditLog.nodes;

    expect(await told(owner.token)).toEqual([
      { act: 'community.created', via: 'TOKEN', viaId: null, ip: null },
    ]);
    expect(await told(world.admin)).toEqual([
      expect.objectContaining({ viaId: expect.stringMatching(/^tok_/), ip: '127.0.0.1' }),
    ]);
  });
});

describe('auditLog', () => {
  it('is cut down to whom, what, which and when', async () => {
    const [one, two] = [await world.makeUser(), await world.makeUser()];
    const lines: { subject: string }[] = [];
    for (const [actor, act, at] of [
      [one, 'role.created', '2001-01-01T00:00:00Z'],
      [one, 'role.updated', '2001-01-02T00:00:00Z'],
      [two, 'role.created', '2001-01-03T00:00:00Z'],
    ] as const) {
      lines.push(await write({ act, at, actor_kind: 'USER', actor_id: actor.id }));
    }
    const found = async (variables: object) => {
      const some = await log({ until: '2001-02-01T00:00:00Z', ...variables });
      return lines.flatMap((it, n) =>
        some.some(({ subjectId }) => subjectId === it.subject) ? n : [],
      );
    };
    const actorId = toGlobalId('User', one.id);

    expect(await found({})).toEqual([0, 1, 2]);
    expect(await found({ actorId })).toEqual([0, 1]);
    expect(await found({ acts: ['role.created'] })).toEqual([0, 2]);
    expect(await found({ acts: ['role.created', 'role.updated'], actorId })).toEqual([0, 1]);
    expect(await found({ acts: [] })).toEqual([]);
    expect(await found({ since: '2001-01-02T00:00:00Z' })).toEqual([1, 2]);
    expect(await found({ until: '2001-01-02T00:00:00Z' })).toEqual([0]);
    expect(await found({ subjectId: lines[1]?.subject, actorId })).toEqual([1]);
    expect(await found({ actorId: lines[1]?.subject })).toEqual([]);
    expect(await found({ actorId: 'nobody' })).toEqual([]);
    expect(await found({ acts: ['role.created\0'] })).toEqual([0, 2]);
  });
});

describe('after RETENTION_DAYS', () => {
  it('nobody knows any more from where, but who and by what', async () => {
    const days = world.app.begin().config.retentionDays;
    const at = (before: number) => new Date(Date.now() - before * 86_400_000);
    const said = { via: 'JWT', via_id: 'x', ip: '192.0.2.9' };
    const old = await write({ ...said, at: at(days + 1) });
    const young = await write({ ...said, at: at(days - 1) });

    await retain(world.app.begin(Actor.system));

    expect(await log({ subjectId: old.subject })).toMatchObject([
      { via: 'JWT', viaId: 'x', ip: null },
    ]);
    expect(await log({ subjectId: young.subject })).toMatchObject([{ ip: '192.0.2.9' }]);
  });

  it('is what a job sees to', async () => {
    const schedules = await world.app.queue.getSchedules();

    expect(schedules.map((it) => it.name)).toContain('retain-audit');
  });
});
