import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toGlobalId } from '../../src/ids.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { change, newNumber, Remote, said, userOf } from './scene.ts';

type Property = 'username' | 'email' | 'orcid';
const properties: Property[] = ['username', 'email', 'orcid'];

let world: World;
/** A service for each property: it tells us its own numbers, and is asked by the property. */
const remotes = new Map<Property, Remote>();
beforeAll(async () => {
  world = await startWorld({
    idps: (sample) =>
      Object.fromEntries(
        properties.map((property) => [
          `by-${property}`,
          {
            users: {
              remote_endpoint: `${sample.url}/api/v1/members/{placeholder}`,
              remote_identifier: property,
              token_env_variable_label: 'REMOTE_TOKEN',
            },
            groups: {
              remote_endpoint: `${sample.url}/api/v1/groups/{placeholder}`,
              token_env_variable_label: 'REMOTE_TOKEN',
            },
            provision: true,
            rate: 10_000,
            webhook: { token_env_variable_label: 'WEBHOOK_TOKEN' },
          },
        ]),
      ),
  });
  for (const it of properties) remotes.set(it, new Remote(world, `by-${it}`));
});
afterAll(() => world.stop());

/** An ORCID iD that only this number has; its last digit is the sum of the others. */
function orcidOf(n: number): string {
  const digits = String(n).padStart(15, '0');
  const total = [...digits].reduce((sum, digit) => ((sum + Number(digit)) * 2) % 11, 0);
  const check = (12 - total) % 11;
  return `${digits}${check === 10 ? 'X' : check}`.replace(/(.{4})(?=.)/g, '$1-');
}

/** Somebody here whom a service tells by a number of its own, and knows by another property alone. */
async function known(property: Property) {
  const remote = remotes.get(property) as Remote;
  const n = newNumber();
  const own = { username: `k${n}`, email: `k${n}@example.org`, orcid: orcidOf(n) };
  const { id } = await world.makeUser(own.username);
  await world.sql('update users set email = $2, orcid = $3 where id = $1', [
    id,
    own.email,
    own.orcid,
  ]);
  const { subject } = await remote.adopt(own.username);
  remote.forgets(subject);
  world.sample.world.people.set(own[property], { ...own, groups: [] });
  const calls = (asked: string) =>
    world.sample.calls.count(remote.path('users', encodeURIComponent(asked)));
  return { remote, id, subject, asked: own[property], ...own, calls };
}

describe('a service that is asked for people by', () => {
  it.each(properties)('%s tells of whom it names by a number', async (property) => {
    const { remote, subject, asked, username, calls } = await known(property);
    remote.says(asked, { institutional_affiliation: 'Asked University' });

    const [run] = await remote.tell('users', 'updated', subject);

    expect(run).toMatchObject({ outcome: 'CHANGED' });
    expect((await userOf(world, username)).affiliation).toBe('Asked University');
    expect([calls(asked), calls(subject)]).toEqual([1, 0]);
  });

  it.each(properties)('%s is asked the same for a preview', async (property) => {
    const { remote, subject, asked, calls } = await known(property);
    remote.says(asked, { institutional_affiliation: 'Asked University' });

    const { plan } = await change(
      world,
      'previewRemoteUser',
      { user: { remote: { idp: remote.idp, subject } } },
      'plan { changes { kind field after } }',
    );

    expect(said(plan.changes)).toContainEqual({
      kind: 'USER_FIELD_CHANGED',
      field: 'affiliation',
      after: 'Asked University',
    });
    expect([calls(asked), calls(subject)]).toEqual([1, 0]);
  });

  it.each(properties)('%s suspends whom it does not know by it', async (property) => {
    const { remote, subject, asked, username } = await known(property);
    remote.forgets(asked);

    await remote.tell('users', 'deleted', subject);

    expect((await userOf(world, username)).state).toBe('SUSPENDED');
  });

  it.each(properties)('%s makes whoever is new by what it calls them', async (property) => {
    const remote = remotes.get(property) as Remote;
    const { username } = await remote.member();

    expect(await userOf(world, username)).toMatchObject({ username, state: 'ACTIVE' });
  });

  it('email is asked by its own number for whoever has no address here', async () => {
    const { remote, id, subject, username, calls, email } = await known('email');
    await world.sql('update users set email = null where id = $1', [id]);
    world.sample.world.people.set(subject, {
      id: subject,
      username,
      institutional_affiliation: 'Number University',
      groups: [],
    });

    await remote.tell('users', 'updated', subject);

    expect((await userOf(world, username)).affiliation).toBe('Number University');
    expect([calls(email), calls(subject)]).toEqual([0, 1]);
  });

  it.each(properties)('%s is asked for a group by the number of the group', async (property) => {
    const { remote, subject, asked, username } = await known(property);
    const group = remote.group({ id: Number(subject), name: `Namesake ${subject}` });
    // What a person is called here must not lead to another group.
    world.sample.world.groups.set(asked, { id: group, slug: 'wrong', name: 'Wrong' });
    remote.says(asked, { institutional_affiliation: 'Asked University' });

    const { status } = await world.post({
      idp: remote.idp,
      updates: {
        users: [{ id: subject, event: 'updated' }],
        groups: [{ id: subject, event: 'created' }],
      },
    });
    await remote.settled('users', [subject]);
    await remote.settled('groups', [subject]);

    expect(status).toBe(202);
    expect(await remote.groupOf(group)).toMatchObject({ name: `Namesake ${subject}` });
    expect((await userOf(world, username)).affiliation).toBe('Asked University');
  });

  it('username looks at the group of that number when it is previewed', async () => {
    const { remote, subject } = await known('username');
    remote.group({ id: Number(subject), name: `Namesake ${subject}` });

    const { plan } = await change(
      world,
      'previewRemoteGroup',
      { group: { remote: { idp: remote.idp, subject } } },
      'plan { changes { kind group } }',
    );

    expect(plan.changes).toContainEqual({ kind: 'GROUP_CREATED', group: subject });
  });
});

describe('an identity', () => {
  it('stays the number by which the service tells of somebody', async () => {
    const { remote, id, subject } = await known('username');

    await remote.tell('users', 'updated', subject);

    const { data } = await world.ask(
      world.admin,
      'query ($id: ID!) { node(id: $id) { ... on User { identities { idp subject } } } }',
      { id: toGlobalId('User', id) },
    );
    expect(data.node.identities).toEqual([{ idp: remote.idp, subject }]);
  });
});
