import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeUserWith } from '../api/make.ts';
import { newGroup } from '../communities/place.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { indexAll } from '../search/index-all.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look into whatever they asked for
type Loose = any;

let world: World;
let tokens: string[];
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
  const rights = ['SYNC', 'MODERATE'] as const;
  tokens = [world.admin];
  for (const it of rights) tokens.push((await makeUserWith(world, it)).token);
  await newGroup(world, ['member', 'editor'], [], { name: 'Astronomers', slug: 'stars' });
  await newGroup(world, ['member'], [], {
    name: 'Amateur astronomers',
    slug: 'amateurs',
    idp: 'knowledgeCommons',
  });
  await newGroup(world, [], [], {
    name: 'Botanists',
    slug: 'plants',
    description: 'No astronomers.',
  });
  await indexAll(world, 'groups', 'roles');
});
afterAll(() => world.stop());

const said = 'totalCount totalCountIsExact parsedQuery warnings { code } engine';

async function list(args: string, token: string | undefined = world.admin): Promise<Loose> {
  const { data, errors } = await world.ask(
    token,
    `{ groups${args && `(${args})`} { nodes { name } ${said} facets { idps { idp count isSelected } isExact } } }`,
  );
  expect(errors).toBeUndefined();
  return data.groups;
}

const namesOf = ({ nodes }: Loose) => nodes.map((it: Loose) => it.name);
const idpsOf = ({ facets }: Loose) =>
  facets.idps.map((it: Loose) => `${it.idp}:${it.count}${it.isSelected ? '!' : ''}`);

describe('groups(query:)', () => {
  it('finds groups by name, slug, description and remote id, for those who may list them', async () => {
    for (const token of tokens) {
      expect(namesOf(await list('query: "astronomers"', token))).toEqual([
        'Astronomers',
        'Amateur astronomers',
        'Botanists',
      ]);
    }
    expect(namesOf(await list('query: "plan"'))).toEqual(['Botanists']);
    const [{ id }] = await world.sql(`select remote_id as id from groups where slug = 'plants'`);
    expect(namesOf(await list(`query: "${id}"`))).toEqual(['Botanists']);
    expect(await list('query: "stars NOT (moon"')).toMatchObject({
      totalCount: 0,
      totalCountIsExact: true,
      parsedQuery: 'stars AND moon',
      warnings: [{ code: 'BROKEN' }],
      engine: 'POSTGRESQL',
    });
  });

  it('counts by service, whichever was chosen, with a query and without', async () => {
    const whole = await list('');
    expect(whole).toMatchObject({ totalCount: 3, parsedQuery: null, facets: { isExact: true } });
    expect(idpsOf(whole)).toEqual(['myCommons:2', 'knowledgeCommons:1']);
    const chosen = await list('idp: "knowledgeCommons"');
    expect([chosen.totalCount, idpsOf(chosen)]).toEqual([
      1,
      ['myCommons:2', 'knowledgeCommons:1!'],
    ]);
    const searched = await list('query: "name:astronomers", idp: "knowledgeCommons"');
    expect([namesOf(searched), searched.totalCount, idpsOf(searched)]).toEqual([
      ['Amateur astronomers'],
      1,
      ['knowledgeCommons:1!', 'myCommons:1'],
    ]);
    for (const args of ['idp: "nowhere"', 'idp: "nowhere", query: "plants"', 'idp: "\\u0000"']) {
      const { totalCount, facets } = await list(args);
      expect([args, totalCount, facets.idps.at(-1)]).toEqual([
        args,
        0,
        { idp: expect.any(String), count: 0, isSelected: true },
      ]);
    }
  });

  it.each(['groups', 'roles'])('are no business of others: %s', async (field) => {
    const { token } = await world.makeUser(`user-${randomUUID().slice(0, 8)}`);
    for (const args of ['', '(query: "astronomers")']) {
      const code = async (who?: string) =>
        (await world.ask(who, `{ ${field}${args} { totalCount } }`)).errors?.[0].extensions.code;

      expect(await code()).toBe('UNAUTHENTICATED');
      expect(await code(token)).toBe('FORBIDDEN');
    }
  });
});

describe('roles(query:)', () => {
  it('finds remote roles by their group and category, and local ones by name', async () => {
    const names = async (query: string) => {
      const { data, errors } = await world.ask(
        world.admin,
        `query ($query: String) { roles(query: $query) { nodes { name category } ${said} } }`,
        { query },
      );
      expect(errors).toBeUndefined();
      expect(data.roles.totalCount).toBe(data.roles.nodes.length);
      return data.roles.nodes.map((it: Loose) => it.category ?? it.name).sort();
    };

    expect(await names('stars')).toEqual(['editor', 'member']);
    expect(await names('stars editor')).toEqual(['editor']);
    expect(await names('category:editor')).toEqual(['editor']);
    expect(await names('administrators')).toEqual(['administrators']);
  });
});
