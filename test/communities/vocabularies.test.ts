import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { titleIn } from '../../src/vocabulary.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { change, done, found, refusals, see } from './kit.ts';

const folder = mkdtempSync(join(tmpdir(), 'collegium-words-'));
let world: World;
beforeAll(async () => {
  const path = join(folder, 'collegium.json');
  const vocabularies = {
    communityTypes: {
      'journal-club': { en: 'Journal club', de: 'Lesekreis', 'pt-BR': 'Clube de leitura' },
      event: { en: 'Happening' },
      topic: false,
    },
    removalReasons: { merged: { en: 'Merged with another' }, spam: false },
  };
  writeFileSync(path, JSON.stringify({ vocabularies }));
  world = await startWorld({ isWorking: false, env: { COLLEGIUM_CONFIG: path } });
});
afterAll(async () => {
  await world.stop();
  rmSync(folder, { recursive: true });
});

describe('a title', () => {
  const term = (titles: Record<string, string>) => ({ titles: new Map(Object.entries(titles)) });
  const words = term({
    en: 'Moss',
    de: 'Moos',
    'de-CH': 'Miesch',
    'zh-Hant': '苔',
    'pt-BR': 'Musgo',
  });

  it.each([
    [[], 'Moss'],
    [['de'], 'Moos'],
    [['de-AT'], 'Moos'],
    [['de-CH'], 'Miesch'],
    [['de-ch-1996'], 'Miesch'],
    [['DE'], 'Moos'],
    [['zh-Hant-TW'], '苔'],
    [['zh-Hans', 'de'], 'Moos'],
    [['pt'], 'Moss'],
    [['fr', 'pt-br'], 'Musgo'],
    [['en', 'de'], 'Moss'],
    [['en-GB', 'de'], 'Moss'],
    [['fr', 'it'], 'Moss'],
    [['', '-', '-de', 'de-'], 'Moos'],
    [['constructor'], 'Moss'],
  ])('is in the first of %j that there is', (languages, expected) => {
    expect(titleIn(words, languages)).toBe(expected);
  });
});

describe('the words of an instance', () => {
  const words = async (field: string, languages: string[]) => {
    const { data } = await world.ask(
      undefined,
      `query ($languages: [String!]!) { ${field} { key title(languages: $languages) } }`,
      { languages },
    );
    return data[field].map((it: { key: string; title: string }) => `${it.key}: ${it.title}`);
  };

  it('are ours, others, and not those that were taken away', async () => {
    expect(await words('communityTypes', ['de-AT'])).toEqual([
      'organization: Organisation',
      'event: Happening',
      'project: Projekt',
      'journal-club: Lesekreis',
    ]);
    const reasons = await words('removalReasons', ['pt']);
    expect(reasons).toContain('merged: Merged with another');
    expect(reasons.join()).not.toContain('spam');
  });

  it('can be used, and those that were taken away cannot', async () => {
    const { id, owner, slug } = await found(world, { type: 'journal-club' });
    const update = (type: string) =>
      change(world, owner.token, 'updateCommunity', { communityId: id, type });
    const remove = (reason: string) =>
      change(world, owner.token, 'deleteCommunity', { communityId: id, reason });

    const refused = [await update('topic'), await remove('spam')];
    const seen = await see(world, undefined, slug, 'type { key title(languages: ["pt-BR"]) }');
    const removed = await remove('merged');

    expect(refused.map(refusals)).toEqual([['INVALID type'], ['INVALID reason']]);
    expect(refused[0]?.userErrors[0]?.message).toBe(
      'is none of: organization, event, project, journal-club',
    );
    expect(seen).toEqual({ type: { key: 'journal-club', title: 'Clube de leitura' } });
    expect(removed.userErrors).toEqual([]);
  });
});

describe('a community whose type was taken away', () => {
  const faded = async () => {
    const community = await found(world);
    await world.sql(`update communities set type = 'topic' where id = $1`, [community.uuid]);
    return community;
  };

  it('goes on having it, under the only name that is left', async () => {
    const { slug } = await faded();

    const { type } = await see(world, undefined, slug, 'type { key title(languages: ["de"]) }');

    expect(type).toEqual({ key: 'topic', title: 'topic' });
    const { data } = await world.ask(
      undefined,
      '{ communities(filter: { types: ["topic"] }) { nodes { slug } } }',
    );
    expect(data.communities.nodes).toContainEqual({ slug });
  });

  it('may be sent back as it is, and loses it when it gets another', async () => {
    const { id, owner } = await faded();
    const update = (input: object) =>
      done(
        world,
        owner.token,
        'updateCommunity',
        { communityId: id, ...input },
        'type { key } version',
      );

    expect(await update({ type: 'topic', title: 'Moss' })).toEqual({
      type: { key: 'topic' },
      version: 2,
    });
    expect(await update({ type: 'event' })).toEqual({ type: { key: 'event' }, version: 3 });
    const back = await change(world, owner.token, 'updateCommunity', {
      communityId: id,
      type: 'topic',
    });
    expect(refusals(back)).toEqual(['INVALID type']);
  });

  it('keeps a removal reason, too, that was taken away', async () => {
    const { id, uuid, slug, owner } = await found(world);
    await done(world, owner.token, 'deleteCommunity', { communityId: id });
    await world.sql(`update communities set removal_reason_id = 'spam' where id = $1`, [uuid]);

    const answer = await change(
      world,
      owner.token,
      'updateTombstone',
      { communityId: id, reason: 'spam', note: 'Still.' },
      'tombstone { note reason { key title } }',
    );

    const tombstone = { note: 'Still.', reason: { key: 'spam', title: 'spam' } };
    expect(answer).toMatchObject({ userErrors: [], community: { tombstone } });
    const { data } = await world.ask(
      undefined,
      'query ($slug: String!) { tombstone(slug: $slug) { note reason { key title } } }',
      { slug },
    );
    expect(data).toEqual({ tombstone });
  });
});

it('a filter by a word that is none finds nothing', async () => {
  for (const types of [['nothing'], ['nul\u0000'], ['\ud83c'], []]) {
    const { data, errors } = await world.ask(
      undefined,
      'query ($types: [String!]) { communities(filter: { types: $types }) { totalCount } }',
      { types },
    );
    expect({ data, errors }).toEqual({
      data: { communities: { totalCount: 0 } },
      errors: undefined,
    });
  }
});
