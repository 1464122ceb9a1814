import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { assign, makeGroup } from '../api/make.ts';
import { upload } from '../helpers/upload.ts';
import { startWorld, type World } from '../helpers/world.ts';

let world: World;

interface Person {
  id: string;
  token: string;
  email: string;
}
let olga: Person;
let carl: Person;
let mira: Person;
let sam: Person;

beforeAll(async () => {
  world = await startWorld();
  olga = await person('olga');
  carl = await person('carl');
  mira = await person('mira');
  sam = await person('sam');
});
afterAll(() => world.stop());

async function person(username: string): Promise<Person> {
  const { token } = await world.makeUser(username);
  const email = `${username}@example.org`;
  await world.sql('update users set email = $1 where username = $2', [email, username]);
  const { data } = await world.ask(token, '{ viewer { id } }');
  return { id: data.viewer.id, token, email };
}

/** Sends a mutation and answers its payload; nothing may be wrong with it. */
async function change(who: Person, name: string, input: object, wanted: string) {
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input`;
  const query = `mutation ($input: ${type}!) {
    ${name}(input: $input) { ${wanted} userErrors { code message path } } }`;
  const { data, errors } = await world.ask(who.token, query, { input });
  expect(errors).toBeUndefined();
  expect(data[name].userErrors).toEqual([]);
  return data[name];
}

const read = async (who: Person | undefined, query: string) => {
  const { data, errors } = await world.ask(who?.token, query);
  expect(errors).toBeUndefined();
  return data;
};

/** The e-mail that somebody got about something, as it was dropped into the folder. */
async function mailTo({ email }: Person, subject: RegExp): Promise<string> {
  const folder = join(dirname(world.logFile), 'mail');
  return vi.waitFor(
    async () => {
      const names = await readdir(folder);
      const all = await Promise.all(names.map((it) => readFile(join(folder, it), 'utf8')));
      const found = all.find(
        (it) => it.includes(`To: ${email}`) && subject.test(/^Subject: (.*)$/m.exec(it)?.[1] ?? ''),
      );
      expect(found).toBeDefined();
      return found as string;
    },
    { timeout: 10_000, interval: 50 },
  );
}

const members = (slug: string) =>
  `community(slug: "${slug}") { members { nodes { id level name user { username } role { name } } } }`;

describe('the life of a community', () => {
  let communityId: string;
  let logo: string;

  it('begins when Olga founds it: she owns it', async () => {
    const { community } = await change(
      olga,
      'createCommunity',
      {
        slug: 'mosses',
        title: 'Mosses & Lichens',
        description: 'Everything that grows on stones.',
        type: 'topic',
        website: 'https://mosses.example',
        organizations: [
          { name: 'CERN', identifiers: [{ identifier: 'https://ror.org/01ggx4157' }] },
        ],
      },
      'community { id slug viewerLevel type { title } organizations { identifiers { identifier scheme } } version }',
    );

    expect(community).toMatchObject({
      slug: 'mosses',
      viewerLevel: 'OWNER',
      type: { title: 'Topic' },
      organizations: [{ identifiers: [{ identifier: '01ggx4157', scheme: 'ror' }] }],
      version: 1,
    });
    communityId = community.id;
  });

  it('is dressed with a logo, which everyone can see', async () => {
    const picture = await sharp({
      create: { width: 600, height: 400, channels: 3, background: '#2e7d32' },
    })
      .png()
      .toBuffer();

    const { data } = await upload(
      world,
      olga.token,
      `mutation ($input: SetCommunityLogoInput!) { setCommunityLogo(input: $input) {
        community { logo { small: url(size: SMALL) png: url(size: LARGE, format: PNG) } } userErrors { message } } }`,
      { communityId },
      new Uint8Array(picture),
    );

    expect(data.setCommunityLogo.userErrors).toEqual([]);
    logo = new URL(data.setCommunityLogo.community.logo.small).pathname;
    const response = await fetch(`${world.url}${logo}`);
    const { width, height, format } = await sharp(await response.arrayBuffer()).metadata();
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'image/webp']);
    expect([width, height, format]).toEqual([64, 64, 'webp']);
  });

  it('invites Carl as a curator, who reads of it in an e-mail and accepts', async () => {
    const { requests } = await change(
      olga,
      'inviteToCommunity',
      {
        communityId,
        users: [{ username: 'carl' }],
        level: 'CURATOR',
        message: '<p>You know more of mosses than anyone.</p>',
      },
      'requests { id title state }',
    );
    expect(requests).toMatchObject([
      { title: 'Invitation to join "Mosses & Lichens"', state: 'SUBMITTED' },
    ]);
    const requestId = requests[0].id;
    expect(await mailTo(carl, /olga invites you/)).toContain(`/requests/${requestId}`);

    await change(
      carl,
      'commentOnRequest',
      { requestId, content: 'Gladly!' },
      'comment { content }',
    );
    const { request } = await change(
      carl,
      'acceptRequest',
      { requestId },
      'request { state timeline { nodes { kind content author { username } } } community { viewerLevel } }',
    );

    expect(request.state).toBe('ACCEPTED');
    expect(request.community.viewerLevel).toBe('CURATOR');
    expect(request.timeline.nodes).toMatchObject([
      { kind: 'COMMENT', content: '<p>You know more of mosses than anyone.</p>' },
      { kind: 'COMMENT', content: 'Gladly!', author: { username: 'carl' } },
      { kind: 'ACCEPTED', author: { username: 'carl' } },
    ]);
    await mailTo(olga, /carl joined/);
  });

  it('takes a whole group in, as readers', async () => {
    const { role } = await makeGroup(world);
    const users = await world.sql(`select id from users where username in ('olga', 'sam')`);
    await assign(
      world,
      role,
      users.map(({ id }) => ({ uuid: id, id })),
    );

    await change(
      olga,
      'addCommunityMembers',
      { communityId, members: [{ roleId: role.id }], level: 'READER' },
      'members { level role { name } }',
    );

    const { community } = await read(sam, '{ community(slug: "mosses") { viewerLevel } }');
    expect(community.viewerLevel).toBe('READER');
  });

  it('is open to Mira, who asks to join and is let in at a level that Olga decides', async () => {
    await change(
      olga,
      'updateCommunity',
      { communityId, access: { memberPolicy: 'OPEN' } },
      'query { __typename }',
    );
    const asked = await change(
      mira,
      'requestMembership',
      { communityId, message: 'I press mosses since 1990.' },
      'request { id title }',
    );
    expect(asked.request.title).toBe('Request to join "Mosses & Lichens"');
    await mailTo(olga, /mira asks to join/);

    await change(
      olga,
      'acceptRequest',
      { requestId: asked.request.id, level: 'MANAGER', comment: 'Welcome!' },
      'request { state }',
    );

    await mailTo(mira, /Mosses & Lichens/);
    const { community } = await read(mira, `{ ${members('mosses')} }`);
    const levels = community.members.nodes.map(
      (it: { level: string; user: { username: string } | null }) => [it.user?.username, it.level],
    );
    expect(levels).toEqual(
      expect.arrayContaining([
        ['olga', 'OWNER'],
        ['carl', 'CURATOR'],
        ['mira', 'MANAGER'],
      ]),
    );
  });

  it('is renamed, and the old links still work', async () => {
    await change(olga, 'renameCommunity', { communityId, slug: 'bryology' }, 'community { slug }');

    const { community } = await read(undefined, '{ community(slug: "mosses") { slug oldSlugs } }');
    expect(community).toEqual({ slug: 'bryology', oldSlugs: ['mosses'] });
    const old = await fetch(`${world.url}${logo}`, { redirect: 'manual' });
    expect(old.status).toBe(308);
    expect(old.headers.get('location')).toBe(logo.replace('mosses', 'bryology'));
    expect((await fetch(`${world.url}${logo}`)).headers.get('content-type')).toBe('image/webp');
  });

  it('is handed over to Mira, and Olga leaves', async () => {
    const { community } = await read(olga, `{ ${members('bryology')} }`);
    const miraHere = community.members.nodes.find(
      (it: { user: { username: string } | null }) => it.user?.username === 'mira',
    );
    await change(
      olga,
      'updateCommunityMembers',
      { communityId, memberIds: [miraHere.id], level: 'OWNER' },
      'members { level }',
    );

    await change(olga, 'leaveCommunity', { communityId }, 'community { viewerLevel }');

    const after = await read(
      mira,
      `{ ${members('bryology')} viewer { communities { nodes { slug } } } }`,
    );
    const names = after.community.members.nodes.map(
      (it: { user: { username: string } | null }) => it.user?.username,
    );
    expect(names).not.toContain('olga');
    expect(after.viewer.communities.nodes).toEqual([{ slug: 'bryology' }]);
  });

  it('is deleted with a reason, which is what remains to be seen of it', async () => {
    await change(
      mira,
      'deleteCommunity',
      { communityId, reason: 'out-of-scope', note: 'Moved to a garden.' },
      'community { deletionState }',
    );

    const seen = await read(
      carl,
      `{ community(slug: "bryology") { id }
         tombstone(slug: "bryology") { reason { title(languages: ["de"]) } note removedBy { username } } }`,
    );
    expect(seen).toEqual({
      community: null,
      tombstone: {
        reason: { title: 'Nicht zum Thema gehörig' },
        note: 'Moved to a garden.',
        removedBy: null,
      },
    });
    const picture = await fetch(`${world.url}${logo.replace('mosses', 'bryology')}`);
    expect(picture.status).toBe(404);
  });

  it('is restored with everybody in their places, and tells its story', async () => {
    const { community } = await change(
      mira,
      'restoreCommunity',
      { communityId },
      'community { deletionState tombstone { note } logo { hash } auditLog { nodes { act } } }',
    );

    expect(community).toMatchObject({ deletionState: 'LIVE', tombstone: null });
    expect(community.logo.hash).toBeDefined();
    expect((await read(carl, '{ community(slug: "mosses") { viewerLevel } }')).community).toEqual({
      viewerLevel: 'CURATOR',
    });
    expect(community.auditLog.nodes.map((it: { act: string }) => it.act)).toEqual([
      'community.restored',
      'community.deleted',
      'community.left',
      'community.members_changed',
      'community.renamed',
      'community.member_joined',
      'community.updated',
      'community.members_added',
      'community.member_joined',
      'community.logo_set',
      'community.created',
    ]);
  });
});
