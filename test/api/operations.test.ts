import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse, print, separateOperations, validate } from 'graphql';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { schema } from '../../src/app.ts';
import { startWorld, type World } from '../helpers/world.ts';

const folder = resolve(import.meta.dirname, '../../schema/operations');
const files = globSync('*.graphql', { cwd: folder });
const text = files.map((it) => readFileSync(resolve(folder, it), 'utf8')).join('\n');
const operations = separateOperations(parse(text));

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

async function send(name: string, variables = {}) {
  const operation = operations[name];
  if (!operation) throw new Error(`There is no operation ${name}.`);
  const { data, errors } = await world.ask(world.admin, print(operation), variables);
  expect(errors).toBeUndefined();
  return data;
}

it.each(Object.keys(operations))('fits the contract: %s', (name) => {
  expect(validate(schema, operations[name] ?? parse(''))).toEqual([]);
});

it('does the main job by the operations that programs send', async () => {
  const user = { remote: { idp: 'knowledgeCommons', subject: '1234' } };
  const group = { remote: { idp: 'knowledgeCommons', subject: '12345' } };

  const { viewer } = await send('Viewer');
  const { previewRemoteUser } = await send('PreviewUser', { user });
  const { syncRemoteUser } = await send('SyncUser', { user, waitMs: 10_000 });
  const { syncRemoteGroup } = await send('SyncGroup', { group, waitMs: 10_000 });
  const { linkCommunityToGroup } = await send('LinkCommunity', {
    groupId: syncRemoteGroup.group.id,
    community: { create: {} },
  });
  const { explainMembership } = await send('Why', { userId: syncRemoteUser.user.id });
  const { syncRuns } = await send('Held');

  expect(viewer.roles.nodes).toEqual([{ name: 'administrators', rights: ['ADMINISTER'] }]);
  expect(previewRemoteUser.plan.changes).toContainEqual(
    expect.objectContaining({ kind: 'USER_PROVISIONED' }),
  );
  expect(syncRemoteUser).toMatchObject({ run: { outcome: 'CHANGED' }, userErrors: [] });
  expect(syncRemoteGroup).toMatchObject({ run: { outcome: 'CHANGED' }, userErrors: [] });
  expect(linkCommunityToGroup).toMatchObject({
    community: { slug: syncRemoteGroup.group.slug },
    userErrors: [],
  });
  expect(explainMembership).toContainEqual(
    expect.objectContaining({
      source: 'knowledgeCommons',
      community: { slug: linkCommunityToGroup.community.slug },
    }),
  );
  expect(syncRuns.nodes).toEqual([]);
});

it('does what people do with communities by the operations that programs send', async () => {
  const input = { slug: 'mosses', title: 'Mosses', access: { visibility: 'RESTRICTED' } };
  const { createCommunity } = await send('CreateCommunity', { input });
  const { id: communityId, version } = createCommunity.community;
  await world.makeUser('carl');

  const { updateCommunity } = await send('UpdateCommunity', {
    input: { communityId, expectedVersion: version, title: 'Lichens' },
  });
  const { renameCommunity } = await send('RenameCommunity', {
    input: { communityId, slug: 'lichens' },
  });
  const { inviteToCommunity } = await send('Invite', {
    input: { communityId, users: [{ username: 'carl' }], level: 'CURATOR' },
  });
  const { requests } = await send('MyRequests');
  const { community } = await send('Members', { slug: 'mosses' });
  const { viewer } = await send('MyCommunities');
  const { deleteCommunity } = await send('DeleteCommunity', { input: { communityId } });
  const { restoreCommunity } = await send('RestoreCommunity', { input: { communityId } });
  const { communities } = await send('Communities', { filter: { visibilities: ['RESTRICTED'] } });

  expect(updateCommunity).toMatchObject({ community: { title: 'Lichens' }, userErrors: [] });
  expect(renameCommunity).toMatchObject({ community: { slug: 'lichens' }, userErrors: [] });
  expect(inviteToCommunity.requests).toMatchObject([{ kind: 'INVITATION', level: 'CURATOR' }]);
  expect(requests.nodes).toEqual(inviteToCommunity.requests);
  expect(community.members.nodes).toMatchObject([{ level: 'OWNER' }]);
  expect(viewer.communities.nodes).toContainEqual(
    expect.objectContaining({ slug: 'lichens', viewerLevel: 'OWNER' }),
  );
  expect(deleteCommunity.community.deletionState).toBe('DELETED');
  expect(restoreCommunity.community.deletionState).toBe('LIVE');
  expect(communities.nodes).toContainEqual(expect.objectContaining({ slug: 'lichens' }));
});
