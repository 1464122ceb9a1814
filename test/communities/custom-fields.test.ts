import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../helpers/world.ts';
import { change, done, found, newSlug, refusals, see } from './kit.ts';

const folder = mkdtempSync(join(tmpdir(), 'collegium-fields-'));
const field = (type: string, more: object = {}) => ({ type, title: { en: type }, ...more });
const customFields = {
  'kcr:text': field('text'),
  'kcr:paragraph': field('paragraph'),
  'kcr:html': field('html'),
  'kcr:number': field('number'),
  'kcr:boolean': field('boolean'),
  'kcr:date': field('date'),
  'kcr:url': field('url'),
  'kcr:choice': field('choice', { choices: ['arts', 'sciences'] }),
  'kcr:texts': field('text', { multiple: true }),
  'kcr:choices': {
    type: 'CHOICE',
    title: { en: 'Domains', de: 'Bereiche' },
    multiple: true,
    choices: ['arts', 'sciences'],
  },
};

let world: World;
/** An instance where every community needs some of them. */
let strict: World;
beforeAll(async () => {
  const fileOf = (name: string, content: object) => {
    const path = join(folder, name);
    writeFileSync(path, JSON.stringify(content));
    return { isWorking: false, env: { COLLEGIUM_CONFIG: path } };
  };
  const needed = { required: true };
  const few = {
    'kcr:text': field('text', needed),
    'kcr:html': field('html', needed),
    'kcr:boolean': field('boolean', needed),
    'kcr:texts': field('text', { multiple: true, ...needed }),
    'kcr:number': field('number'),
  };
  [world, strict] = await Promise.all([
    startWorld(fileOf('all.json', { customFields })),
    startWorld(fileOf('strict.json', { customFields: few })),
  ]);
});
afterAll(async () => {
  await Promise.all([world.stop(), strict.stop()]);
  rmSync(folder, { recursive: true });
});

describe('the fields of an instance', () => {
  it('are told to everyone, in the languages that there are', async () => {
    const { data } = await world.ask(
      undefined,
      '{ customFields { name type isRequired isMultiple choices title(languages: ["de-AT"]) } }',
    );

    expect(data.customFields.map((it: { name: string }) => it.name)).toEqual(
      Object.keys(customFields),
    );
    expect(data.customFields.at(-1)).toEqual({
      name: 'kcr:choices',
      type: 'CHOICE',
      isRequired: false,
      isMultiple: true,
      choices: ['arts', 'sciences'],
      title: 'Bereiche',
    });
    expect(data.customFields[0]).toMatchObject({ type: 'TEXT', title: 'text' });
  });
});

describe.concurrent('a custom field', () => {
  const of = async (name: string, value: unknown) => {
    const fields = { [name]: value };
    const founded = await change(
      world,
      world.admin,
      'createCommunity',
      { slug: newSlug(), title: 'x', customFields: fields },
      'customFields',
    );
    const { id } = await found(world);
    const changed = await change(
      world,
      world.admin,
      'updateCommunity',
      { communityId: id, customFields: fields },
      'customFields',
    );
    expect(refusals(changed)).toEqual(refusals(founded));
    expect(changed.community).toEqual(founded.community);
    return founded.community?.customFields ?? refusals(founded);
  };

  it.each<[string, unknown, unknown?]>([
    ['kcr:text', ' a \n b ', 'a b'],
    ['kcr:text', 'x'.repeat(10_000)],
    ['kcr:paragraph', 'a\n b'],
    ['kcr:html', '<p onclick="x">a<script>b</script></p>', '<p>a</p>'],
    ['kcr:number', -1.5],
    ['kcr:number', 0],
    ['kcr:boolean', false],
    ['kcr:date', '2028-02-29'],
    ['kcr:url', 'https://example.org'],
    ['kcr:choice', 'arts'],
    ['kcr:texts', ['a', ' b']],
    ['kcr:texts', []],
    ['kcr:choices', ['sciences', 'arts']],
  ])('%s takes %j', async (name, value, kept = value) => {
    const expected =
      name === 'kcr:texts' && Array.isArray(kept) ? kept.map((it) => it.trim()) : kept;
    expect(await of(name, value)).toEqual({ [name]: expected });
  });

  it.each<[string, unknown, string?]>([
    ['kcr:text', ''],
    ['kcr:text', 'x'.repeat(10_001)],
    ['kcr:text', 'half\ud83c'],
    ['kcr:text', 1],
    ['kcr:text', ['a']],
    ['kcr:paragraph', {}],
    ['kcr:html', '<script>b</script>'],
    ['kcr:number', '1'],
    ['kcr:number', true],
    ['kcr:boolean', 'false'],
    ['kcr:date', '2027-02-29'],
    ['kcr:date', '2027-02-28T00:00:00Z'],
    ['kcr:url', 'javascript:alert(1)'],
    ['kcr:choice', 'Arts'],
    ['kcr:choice', 'constructor'],
    ['kcr:texts', 'a'],
    ['kcr:texts', Array(101).fill('a')],
    ['kcr:texts', ['a', ''], 'kcr:texts.1'],
    ['kcr:texts', ['a', null], 'kcr:texts.1'],
    ['kcr:choices', ['arts', 'crafts'], 'kcr:choices.1'],
  ])('%s does not take %j', async (name, value, place = name) => {
    expect(await of(name, value)).toEqual([`INVALID customFields.${place}`]);
  });

  it('is cleared by null', async () => {
    expect(await of('kcr:text', null)).toEqual({});
  });

  it('that nobody configured is refused by its name, with what there is', async () => {
    const input = { slug: newSlug(), title: 'x', customFields: { 'kcr:text': '', colour: 1 } };

    const { userErrors } = await change(world, world.admin, 'createCommunity', input);

    expect(userErrors.map((it) => it.path?.slice(1).join('.')).sort()).toEqual([
      'customFields',
      'customFields.kcr:text',
    ]);
    expect(userErrors.find((it) => it.path?.length === 2)?.message).toMatch(
      /colour.*kcr:text, kcr/,
    );
  });

  it('is replaced together with the others, and stays where none are given', async () => {
    const { id, slug, owner } = await found(world, {
      customFields: { 'kcr:text': 'a', 'kcr:number': 1 },
    });
    const update = (input: object) =>
      done(world, owner.token, 'updateCommunity', { communityId: id, ...input }, 'version');

    const other = await update({ title: 'Other' });
    const untouched = await see(world, undefined, slug, 'customFields');
    await update({ customFields: { 'kcr:number': 2 } });
    const replaced = await see(world, undefined, slug, 'customFields');
    const same = await update({ customFields: { 'kcr:number': 2, 'kcr:text': null } });
    await update({ customFields: null });

    expect(untouched.customFields).toEqual({ 'kcr:text': 'a', 'kcr:number': 1 });
    expect(replaced.customFields).toEqual({ 'kcr:number': 2 });
    expect(same.version).toBe(other.version + 1);
    expect(await see(world, undefined, slug, 'customFields')).toEqual({ customFields: {} });
  });
});

describe.concurrent('a required custom field', () => {
  const all = { 'kcr:text': 'a', 'kcr:html': '<p>b</p>', 'kcr:boolean': false, 'kcr:texts': ['c'] };
  const places = Object.keys(all).map((it) => `INVALID customFields.${it}`);

  it.each([
    ['that are absent', {}],
    ['that are null', { customFields: null }],
    ['of which none is there', { customFields: {} }],
    [
      'that are empty',
      {
        customFields: { 'kcr:text': null, 'kcr:html': null, 'kcr:boolean': null, 'kcr:texts': [] },
      },
    ],
  ])('is missed among fields %s', async (_, input) => {
    const answer = await change(strict, strict.admin, 'createCommunity', {
      slug: newSlug(),
      title: 'x',
      ...input,
    });

    expect(refusals(answer)).toEqual(places);
  });

  it.each([
    ['null', null],
    ['nothing', {}],
    ['null for each', Object.fromEntries(Object.keys(all).map((it) => [it, null]))],
  ])('is not cleared by %s', async (_, customFields) => {
    const { id, slug, owner } = await found(strict, { customFields: all });

    const answer = await change(strict, owner.token, 'updateCommunity', {
      communityId: id,
      customFields,
    });

    expect(refusals(answer)).toEqual(places);
    expect(await see(strict, undefined, slug, 'customFields')).toEqual({ customFields: all });
  });

  it('is not asked for where the fields are left alone', async () => {
    const { id, slug, owner } = await found(strict, { customFields: all });
    await strict.sql(`update communities set custom_fields = '{}' where slug = $1`, [slug]);

    const { title } = await done(
      strict,
      owner.token,
      'updateCommunity',
      { communityId: id, title: 'Founded before there were fields' },
      'title',
    );

    expect(title).toBe('Founded before there were fields');
  });
});
