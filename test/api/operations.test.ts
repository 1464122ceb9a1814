import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse, print, separateOperations, validate } from 'graphql';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { schema } from '../../src/app.ts';
import { startWorld, type World } from '../helpers/world.ts';

const file = resolve(import.meta.dirname, '../../schema/operations/sync.graphql');
const text = readFileSync(file, 'utf8');
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
