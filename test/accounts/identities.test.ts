import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toGlobalId } from '../../src/ids.ts';
import { ed, pemOf } from '../credentials/forge.ts';
import { signIn, viewerBy } from '../credentials/kit.ts';
import type { World } from '../helpers/world.ts';
import { startSignInWorld } from '../signin/kit.ts';
import { Remote } from '../sync/scene.ts';
import {
  act,
  auditOf,
  done,
  giveRole,
  known,
  makePerson,
  makePlace,
  type Person,
  refusals,
} from './kit.ts';

let world: World;
beforeAll(async () => {
  // Nobody comes in by what the other services know.
  const issuer = { idp: 'dserver', audience: 'us', public_key: pemOf(ed().publicKey) };
  world = await startSignInWorld({
    signIn: { guild: { kind: 'oidc', issuer: 'https://guild.test', client_id: 'us' } },
    file: { issuers: { 'https://issuer.test': { ...issuer, algorithms: ['EdDSA'] } } },
  });
});
afterAll(() => world.stop());

const link = (input: object, by = world.admin) => act(world, by, 'linkIdentity', input);
const unlink = (identityId: string, by: string | Record<string, string> = world.admin) =>
  act(world, by, 'unlinkIdentity', { identityId });
const identitiesOf = ({ uuid }: Person) =>
  world.sql('select idp, subject from identities where user_id = $1 order by idp', [uuid]);

describe('linkIdentity', () => {
  it('has a service know a user, once, and asks it for them', async () => {
    const remote = new Remote(world, 'myCommons');
    const group = remote.group();
    const { subject } = remote.person({ groups: [{ id: group, role: 'member' }] });
    const jane = await makePerson(world);
    const input = { userId: jane.id, idp: 'myCommons', subject };

    await done(world, world.admin, 'linkIdentity', input);
    await done(world, world.admin, 'linkIdentity', input);
    await world.settled();

    expect(await identitiesOf(jane)).toEqual([{ idp: 'myCommons', subject }]);
    const roles = await world.sql('select source from assignments where user_id = $1', [jane.uuid]);
    expect(roles).toEqual([{ source: 'myCommons' }]);
    const events = await auditOf(world, jane);
    expect(events.filter((it) => it.act === 'user.identity_linked')).toMatchObject([
      { details: { idp: 'myCommons', subject } },
    ]);
  });

  it('leads to a merge where another account has it', async () => {
    const [jane, john] = [await makePerson(world), await makePerson(world)];
    const { idp, subject } = await known(world, john, 'myCommons');

    const { userErrors } = await link({ userId: jane.id, idp, subject });

    expect(userErrors).toMatchObject([{ code: 'CONFLICT', path: ['input', 'subject'] }]);
    expect(userErrors[0]?.message).toContain(john.username);
    expect(userErrors[0]?.message).toContain('mergeUsers');
  });

  it.each([
    ['knows them already', 'myCommons', 'CONFLICT idp'],
    ['is none of ours', 'whoever', 'NOT_FOUND idp'],
  ])('refuses a service that %s', async (_, idp, code) => {
    const jane = await makePerson(world);
    await known(world, jane, 'myCommons');

    expect(refusals(await link({ userId: jane.id, idp, subject: 'new' }))).toEqual([code]);
  });

  it('refuses accounts that are over, and subjects that say nothing', async () => {
    const jane = await makePerson(world);
    await world.sql('update users set erased_at = now() where id = $1', [jane.uuid]);
    const input = { userId: jane.id, idp: 'myCommons', subject: 's-1' };

    expect(refusals(await link(input))).toEqual(['CONFLICT userId']);
    expect(refusals(await link({ ...input, subject: ' \u200b' }))).toEqual(['INVALID subject']);
  });

  it('tells people, and administrators of themselves, to sign in there', async () => {
    for (const it of [await makePerson(world), await makePerson(world, 'ADMINISTER')]) {
      const input = { userId: it.id, idp: 'myCommons', subject: 'mine' };

      expect(refusals(await link(input, it.token))).toEqual(['CONFLICT userId']);
      expect(await identitiesOf(it)).toEqual([]);
    }
  });

  it('names the page from which one signs in there: no typed address does', async () => {
    const jane = await makePerson(world);

    const { userErrors } = await link({ userId: jane.id, idp: 'guild', subject: 'x' }, jane.token);

    expect(userErrors[0]?.message).toContain(`${world.url}/console`);
  });
});

describe('unlinkIdentity', () => {
  it('ends what began by it, and takes what its service gave', async () => {
    const jane = await makePerson(world);
    const [one, two] = [await known(world, jane, 'myCommons'), await known(world, jane, 'orcid')];
    await giveRole(world, jane, 'myCommons');
    const [byOne, byTwo] = [
      await signIn(world, jane.uuid, one.uuid),
      await signIn(world, jane.uuid, two.uuid),
    ];

    await done(world, byTwo, 'unlinkIdentity', { identityId: one.id });

    expect(await identitiesOf(jane)).toEqual([{ idp: 'orcid', subject: two.subject }]);
    expect(await viewerBy(world.url, byOne)).toBeNull();
    expect(await viewerBy(world.url, byTwo)).toBe(jane.username);
    expect(await world.sql('select from assignments where user_id = $1', [jane.uuid])).toEqual([]);
    const acts = (await auditOf(world, jane)).map((it) => it.act);
    expect(acts).toContain('user.identity_unlinked');
  });

  it('leaves what other sources gave, and what the service gives another identity', async () => {
    const jane = await makePerson(world);
    const one = await known(world, jane, 'orcid');
    await known(world, jane, 'orcid');
    await giveRole(world, jane, 'orcid');
    await giveRole(world, jane, 'myCommons');

    await done(world, world.admin, 'unlinkIdentity', { identityId: one.id });

    const roles = await world.sql(
      'select source from assignments where user_id = $1 order by source',
      [jane.uuid],
    );
    expect(roles).toEqual([{ source: 'myCommons' }, { source: 'orcid' }]);
  });

  it('never takes the last way in of an account that is open', async () => {
    const jane = await makePerson(world);
    const one = await known(world, jane, 'orcid');
    const gone = await known(world, jane, 'myCommons');
    await world.sql('update identities set gone_at = now() where id = $1', [gone.uuid]);

    const own = await unlink(one.id, jane.token);
    const others = await unlink(one.id);

    expect(own.userErrors).toMatchObject(
      [{ code: 'CONFLICT', message: /only way in: link/ }].map((it) => ({
        ...it,
        message: expect.stringMatching(it.message),
      })),
    );
    expect(others.userErrors[0]?.message).toContain('deactivate');
    // What the service forgot is no way in.
    expect(refusals(await unlink(gone.id, jane.token))).toEqual([]);
    await done(world, world.admin, 'deactivateUser', { userId: jane.id });
    expect(refusals(await unlink(one.id))).toEqual([]);
  });

  it('does not take one that nobody signs in by for a way in', async () => {
    const jane = await makePerson(world);
    const way = await known(world, jane, 'dserver');
    const told = await known(world, jane, 'myCommons');

    const refused = await unlink(way.id, jane.token);

    expect(refused.userErrors[0]?.message).toContain('only way in');
    expect(refusals(await unlink(told.id, jane.token))).toEqual([]);
  });

  it('leaves a community an owner', async () => {
    const jane = await makePerson(world);
    const one = await known(world, jane, 'myCommons');
    await known(world, jane, 'orcid');
    const { role } = await giveRole(world, jane, 'myCommons');
    const place = await makePlace(world, []);
    await world.sql(
      `insert into members (id, community_id, role_id, level) values (gen_random_uuid(), $1, $2, 'OWNER')`,
      [place.uuid, role],
    );

    const answer = await unlink(one.id);

    expect(refusals(answer)).toEqual(['CONFLICT identityId']);
    expect(answer.userErrors[0]?.message).toContain(place.slug);
    expect(await identitiesOf(jane)).toHaveLength(2);
    expect(await world.sql('select from assignments where user_id = $1', [jane.uuid])).toHaveLength(
      1,
    );
  });

  it('does not exist for others', async () => {
    const [jane, john] = [await makePerson(world), await makePerson(world)];
    const one = await known(world, jane, 'orcid');

    expect(refusals(await unlink(one.id, john.token))).toEqual(['NOT_FOUND identityId']);
    const moderator = await makePerson(world, 'MODERATE');
    expect(refusals(await unlink(one.id, moderator.token))).toEqual(['FORBIDDEN']);
    expect(refusals(await unlink(toGlobalId('User', jane.uuid)))).toEqual(['NOT_FOUND identityId']);
  });

  it('has a look that was asked for before it come to nothing', async () => {
    const remote = new Remote(world, 'myCommons');
    const { subject, username } = await remote.member();
    const [{ id: uuid }] = await world.sql('select id from users where username = $1', [username]);
    const jane = { uuid, id: toGlobalId('User', uuid), username, token: '' };
    await known(world, jane, 'orcid');
    const [{ id }] = await world.sql(`select id from identities where subject = $1`, [subject]);
    // Somebody asked, and no worker has taken it in hand yet.
    await world.sql(
      `update sync_states set requested = requested + 1, due_at = now() + interval '1 hour'
       where remote_id = $1`,
      [subject],
    );

    await done(world, world.admin, 'unlinkIdentity', { identityId: toGlobalId('Identity', id) });

    expect(await world.sql('select from sync_states where remote_id = $1', [subject])).toEqual([]);
    // When the service speaks of them again they are somebody new, who has nothing of the account.
    await remote.tell('users', 'updated', subject);
    const [made] = await world.sql(
      'select u.id, u.username from users u join identities i on i.user_id = u.id where i.subject = $1',
      [subject],
    );
    expect(made.id).not.toBe(uuid);
    expect(made.username).toBe(`${username}-2`);
  });
});
