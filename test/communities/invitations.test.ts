import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId, toGlobalId } from '../../src/ids.ts';
import { makeUsers } from '../api/make.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { Kit, type Person, type Place } from '../requests/kit.ts';

let world: World;
let kit: Kit;
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
  kit = new Kit(world);
});
afterAll(() => world.stop());

const problem = (code: string, ...path: (string | number)[]) =>
  expect.objectContaining({ code, path: ['input', ...path.map(String)] });

async function scene() {
  const [owner, manager, curator, reader, person] = (await Promise.all(
    Array.from({ length: 5 }, () => kit.person()),
  )) as [Person, Person, Person, Person, Person];
  const community = await kit.community(
    [
      [owner, 'OWNER'],
      [manager, 'MANAGER'],
      [curator, 'CURATOR'],
      [reader, 'READER'],
    ],
    { member_policy: 'OPEN' },
  );
  return { owner, manager, curator, reader, person, community };
}

const invite = (by: Person | string, { id }: Place, users: object[], level = 'READER', more = {}) =>
  kit.does(typeof by === 'string' ? by : by.token, 'inviteToCommunity', {
    communityId: id,
    users,
    level,
    ...more,
  });

describe.concurrent('who invites', () => {
  it.each([
    ['owner', 'OWNER', true],
    ['owner', 'MANAGER', true],
    ['manager', 'OWNER', false],
    ['manager', 'MANAGER', true],
    ['manager', 'READER', true],
    ['curator', 'READER', false],
    ['reader', 'READER', false],
    ['person', 'READER', false],
  ] as const)('%s as %s: %s', async (who, level, isAllowed) => {
    const it = await scene();
    const somebody = await kit.person();

    const answer = await invite(it[who], it.community, [{ id: somebody.id }], level);

    if (!isAllowed) return expect(answer).toEqual({ denied: 'FORBIDDEN' });
    expect(answer).toMatchObject({
      requests: [
        {
          kind: 'INVITATION',
          state: 'SUBMITTED',
          isOpen: true,
          level,
          user: { id: somebody.id },
          createdBy: { id: it[who].id },
          community: { id: it.community.id },
        },
      ],
      userErrors: [],
    });
  });

  it('can be an administrator, and nobody who is not signed in', async () => {
    const { community, person } = await scene();

    const answer = await invite(world.admin, community, [{ id: person.id }], 'OWNER');
    const nobody = await kit.does(undefined, 'inviteToCommunity', {
      communityId: community.id,
      users: [{ id: person.id }],
      level: 'READER',
    });

    expect(answer.requests).toHaveLength(1);
    expect(nobody).toEqual({ denied: 'UNAUTHENTICATED' });
  });

  it('sees the community, which is not deleted', async () => {
    const { owner, person } = await scene();
    const hidden = await kit.community([], { visibility: 'RESTRICTED' });
    const gone = await kit.community([[owner, 'OWNER']], { deleted_at: new Date() });

    expect(await invite(owner, hidden, [{ id: person.id }])).toMatchObject({
      userErrors: [problem('NOT_FOUND', 'communityId')],
    });
    expect(await invite(owner, gone, [{ id: person.id }])).toMatchObject({
      userErrors: [problem('CONFLICT', 'communityId')],
    });
  });
});

describe.concurrent('who is invited', () => {
  it('is found by id, username, public address and ORCID iD', async () => {
    const { owner, community } = await scene();
    const byId = await kit.person();
    const byName = await kit.person();
    const byAddress = await kit.person({ email_visibility: 'PUBLIC' });
    const byOrcid = await kit.person({ orcid: '0000-0002-1825-0097' });

    const { requests } = await invite(owner, community, [
      { id: byId.id },
      { username: byName.username.toUpperCase() },
      { email: ` ${byAddress.username.toUpperCase()}@Example.org ` },
      { orcid: 'https://orcid.org/0000-0002-1825-0097' },
    ]);

    expect(requests.map((it: { user: object }) => it.user)).toEqual(
      [byId, byName, byAddress, byOrcid].map(({ id }) => ({ id })),
    );
  });

  it('is not found if they hide, are gone, or hide the address', async () => {
    const { owner, community, person } = await scene();
    const hidden = await kit.person({ visibility: 'RESTRICTED' });
    const suspended = await kit.person({ state: 'SUSPENDED', email_visibility: 'PUBLIC' });
    const orcid = '0000-0001-5109-3700';
    await kit.person({ orcid });
    await kit.person({ orcid });
    const refs = [
      { id: hidden.id },
      { username: hidden.username },
      { email: `${person.username}@example.org` },
      { id: suspended.id },
      { email: `${suspended.username}@example.org` },
      { username: 'nobody-at-all' },
      { username: '\u0000' },
      { email: '\ud800' },
      { id: toGlobalId('User', newId()) },
      { id: community.id },
      { id: '' },
      { username: '' },
      { orcid },
      { orcid: "' or 1=1 --" },
    ];

    const answer = await invite(owner, community, [{ id: person.id }, ...refs]);

    expect(answer).toMatchObject({
      requests: null,
      userErrors: refs.map((_, i) => problem('NOT_FOUND', 'users', i + 1)),
    });
  });

  it('by an address that is not public is found by moderators and by themselves', async () => {
    const { owner, community, person } = await scene();
    const email = `${person.username}@example.org`;
    await kit.enterByRole(community, person, 'MANAGER');

    const own = await invite(person, community, [{ email }]);
    await world.sql('delete from requests where community_id = $1', [community.uuid]);

    expect(own.requests).toHaveLength(1);
    expect((await invite(owner, community, [{ email }])).requests).toBeNull();
    expect((await invite(world.admin, community, [{ email }])).requests).toHaveLength(1);
  });

  it('is told of everything that is wrong, each at its place, and nothing is done', async () => {
    const { owner, reader, community, person } = await scene();
    const [asking, pending] = [await kit.person(), await kit.person()];
    await kit.askToJoin(asking, community);
    await kit.invite(owner, community, pending);

    const answer = await invite(owner, community, [
      { id: person.id },
      { id: reader.id },
      { username: asking.username },
      { id: pending.id },
      { username: person.username },
      { username: 'nobody-at-all' },
    ]);

    expect(answer).toMatchObject({
      requests: null,
      userErrors: [
        problem('CONFLICT', 'users', 1),
        problem('CONFLICT', 'users', 2),
        problem('CONFLICT', 'users', 3),
        problem('INVALID', 'users', 4),
        problem('NOT_FOUND', 'users', 5),
      ],
    });
    expect(await kit.invite(owner, community, person)).toMatchObject({ state: 'SUBMITTED' });
  });

  it('can be so again after any end', async () => {
    const { owner, community, person } = await scene();

    for (const [by, mutation] of [
      [person, 'declineRequest'],
      [owner, 'cancelRequest'],
    ] as const) {
      const { id } = await kit.invite(owner, community, person);
      await kit.does(by.token, mutation, { requestId: id });
    }
    const last = await kit.invite(owner, community, person);
    await kit.expire(last.id);

    expect((await kit.invite(owner, community, person)).isOpen).toBe(true);
  });

  it('may be in by a role, for a place of their own', async () => {
    const { owner, community, person } = await scene();
    await kit.enterByRole(community, person, 'READER');

    expect((await kit.invite(owner, community, person, 'MANAGER')).isOpen).toBe(true);
  });

  it('is one to a hundred', async () => {
    const { owner, community } = await scene();
    const users = (await makeUsers(world, 101)).map(({ id }) => ({ id }));

    expect(await invite(owner, community, [])).toMatchObject({
      userErrors: [problem('INVALID', 'users')],
    });
    expect(await invite(owner, community, users)).toMatchObject({
      userErrors: [problem('INVALID', 'users')],
    });
    const { requests } = await invite(owner, community, users.slice(1));
    expect(requests.map((it: { user: object }) => it.user)).toEqual(users.slice(1));
  });
});

describe.concurrent('what is said with an invitation', () => {
  it('begins its timeline', async () => {
    const { owner, community, person } = await scene();

    const message = '<p>Do <em>join</em> us</p><script>x()</script>';
    const { id } = await kit.invite(owner, community, person, 'READER', { message });

    expect((await kit.read(person.token, id)).timeline.nodes).toMatchObject([
      { kind: 'COMMENT', content: '<p>Do <em>join</em> us</p>', author: { id: owner.id } },
    ]);
  });

  it('says something, or it is not sent', async () => {
    const { owner, community, person } = await scene();

    const answer = await invite(owner, community, [{ id: person.id }], 'READER', {
      message: '<p> </p>',
    });

    expect(answer).toMatchObject({ requests: null, userErrors: [problem('INVALID', 'message')] });
    expect(await kit.read(person.token, 'req_x')).toBeNull();
    expect((await kit.invite(owner, community, person)).isOpen).toBe(true);
  });
});

describe('the e-mails about an invitation', () => {
  it('go to whom it is for, and then to who keeps the community but for who did it', async () => {
    const { owner, manager, curator, reader, person, community } = await scene();
    const people = { owner, manager, curator, reader, person };
    let id = '';
    const invited = () =>
      kit.invite(owner, community, person, 'READER', { message: 'Come &amp; see' });
    const submitted = await kit.mails(people, async () => {
      id = (await invited()).id;
    });
    const [mail] = await world.sql('select subject, body from mails where user_id = $1', [
      person.uuid,
    ]);
    const answered = async (by: Person, mutation: string) =>
      kit.mails(people, () => kit.does(by.token, mutation, { requestId: id }));
    const declined = await answered(person, 'declineRequest');
    id = (await invited()).id;
    const cancelled = await answered(manager, 'cancelRequest');
    id = (await invited()).id;
    const commented = await kit.mails(people, () =>
      kit.does(person.token, 'commentOnRequest', { requestId: id, content: 'Why?' }),
    );
    const accepted = await answered(person, 'acceptRequest');

    expect(submitted).toEqual(['INVITATION_SUBMITTED to person']);
    expect(mail.subject).toContain(community.title);
    expect(mail.body).toContain('Come & see');
    expect(mail.body).toContain(`/requests/req_`);
    expect(declined).toEqual(['INVITATION_DECLINED to manager', 'INVITATION_DECLINED to owner']);
    expect(cancelled).toEqual(['INVITATION_CANCELLED to person']);
    expect(commented).toEqual(['COMMENTED to manager', 'COMMENTED to owner']);
    expect(accepted).toEqual(['INVITATION_ACCEPTED to manager', 'INVITATION_ACCEPTED to owner']);
  });

  it('lead each of those who are invited together to their own', async () => {
    const { owner, community } = await scene();
    const people = [await kit.person(), await kit.person(), await kit.person()];

    const { requests } = await invite(
      owner,
      community,
      people.map(({ id }) => ({ id })),
    );

    const mails = await world.sql('select user_id, body from mails where user_id = any($1)', [
      people.map((it) => it.uuid),
    ]);
    const bodyOf = ({ uuid }: Person) => mails.find((it) => it.user_id === uuid)?.body;
    for (const [i, it] of people.entries()) expect(bodyOf(it)).toContain(requests[i].id);
    expect(mails).toHaveLength(3);
  });

  it('go to the people of roles that want them', async () => {
    const { owner, manager, person, community } = await scene();
    const [loud, silent] = [await kit.person(), await kit.person()];
    await kit.enterByRole(community, loud, 'MANAGER');
    const role = await kit.enterByRole(community, silent, 'OWNER');
    await world.sql('update members set is_notified = false where role_id = $1', [role]);
    const { id } = await kit.invite(owner, community, person);

    const mails = await kit.mails({ owner, manager, loud, silent }, () =>
      kit.does(person.token, 'declineRequest', { requestId: id }),
    );

    expect(mails).toEqual(['loud', 'manager', 'owner'].map((it) => `INVITATION_DECLINED to ${it}`));
  });

  it('are not written if nothing was done', async () => {
    const { owner, reader, person, community } = await scene();

    const mails = await kit.mails({ person, reader }, () =>
      invite(owner, community, [{ id: person.id }, { id: reader.id }]),
    );

    expect(mails).toEqual([]);
  });
});
