import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../helpers/world.ts';
import { change, done, found, type Loose, newSlug, refusals, see, settings } from './kit.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
});
afterAll(() => world.stop());

/** What a founder and an owner who changes it are answered: what is kept, or what is refused. */
async function both(input: object, token = world.admin): Promise<Loose> {
  const slug = newSlug();
  const founded = await change(
    world,
    token,
    'createCommunity',
    { slug, title: slug, ...input },
    settings,
  );
  const { id, slug: other } = await found(world);
  const changed = await change(
    world,
    token,
    'updateCommunity',
    { communityId: id, ...input },
    settings,
  );
  const answers = [founded, changed].map((it) =>
    it.userErrors.length > 0 ? refusals(it) : it.community,
  );
  if (founded.userErrors.length > 0) {
    expect(await see(world, world.admin, slug)).toBeNull();
    expect(await see(world, world.admin, other, 'version')).toEqual({ version: 1 });
  }
  if (Array.isArray(answers[0])) expect(answers[1]).toEqual(answers[0]);
  else expect(answers[1]).toEqual({ ...answers[0], title: answers[1].title });
  return answers[0];
}

const x = (many: number) => 'x'.repeat(many);
const astral = '\u{1f33f}';
const address = (many: number) => `https://example.org/${x(many - 20)}`;

describe.concurrent('a community keeps', () => {
  it.each<[string, object, object?]>([
    ['a title of 1 character', { title: 'x' }],
    ['a title of 250', { title: x(250) }],
    ['a title of 250 outside the first plane', { title: astral.repeat(250) }],
    ['a title that is cleaned', { title: ' Cafe\u0301 \u202e\u0000 \n x' }, { title: 'Café x' }],
    ['a description of 2,000', { description: astral.repeat(2000) }],
    ['the lines of a description', { description: 'a\n\n\tb' }],
    ['no description', { description: null }],
    ['a page of 50,000', { page: x(50_000) }],
    [
      'a page without what is unsafe',
      { page: '<p onclick="x">a<script>b</script></p>' },
      { page: '<p>a</p>' },
    ],
    ['no page where nothing is left of it', { page: '<script>b</script>' }, { page: null }],
    ['a curation policy of 50,000', { curationPolicy: `<b>${x(49_993)}</b>` }],
    ['no curation policy', { curationPolicy: '' }, { curationPolicy: null }],
    ['an address of 2,000', { website: address(2000) }],
    ['an address in letters of elsewhere', { website: 'https://exämple.org/straße' }],
    ['no address', { website: null }],
    ['a type', { type: 'event' }, { type: { key: 'event' } }],
    ['no type', { type: null }, { type: null }],
    ['no organisations', { organizations: null }, { organizations: [] }],
    ['no funding', { funding: null }, { funding: [] }],
    ['no custom fields', { customFields: null }, { customFields: {} }],
    ['some access', { access: { memberPolicy: 'OPEN' } }],
    [
      'access as it was',
      { access: {} },
      { access: expect.objectContaining({ visibility: 'PUBLIC' }) },
    ],
    [
      'a theme',
      { theme: { brand: 'Moss', style: { primaryColor: '#00508C', secondaryColor: '#abc' } } },
      {
        theme: {
          brand: 'Moss',
          isEnabled: true,
          style: { primaryColor: '#00508C', secondaryColor: '#abc' },
        },
      },
    ],
    [
      'an empty theme',
      { theme: { style: { primaryColor: null, fontFamily: null } } },
      { theme: { brand: null, isEnabled: true, style: {} } },
    ],
    ['no theme', { theme: null }],
    ['that it allows children', { allowsChildren: true }],
    ['no parent', { parentId: null }, { parent: null }],
  ])('%s', async (_, input, expected = input) => {
    expect(await both(input)).toMatchObject(expected);
  });
});

describe.concurrent('a community is refused for', () => {
  it.each<[string, object, ...string[]]>([
    ['an empty title', { title: '' }, 'title'],
    ['a blank title', { title: ' \t\u00a0\n' }, 'title'],
    ['a title that nobody sees', { title: '\u200b\u202e\u2060\u200d' }, 'title'],
    ['a title of 251', { title: x(251) }, 'title'],
    ['a title with half a character', { title: 'a\ud83c' }, 'title'],
    ['an empty description', { description: '' }, 'description'],
    ['a blank description', { description: '\n ' }, 'description'],
    ['a description of 2,001', { description: astral.repeat(2001) }, 'description'],
    ['a description with half a character', { description: '\udf3f' }, 'description'],
    ['a page of 50,001', { page: `<script>x</script>${x(50_001)}` }, 'page'],
    ['a page that grows when it is made safe', { page: '&'.repeat(10_001) }, 'page'],
    ['a curation policy of 50,001', { curationPolicy: x(50_001) }, 'curationPolicy'],
    ['an empty address', { website: '' }, 'website'],
    ['an address of 2,001', { website: address(2001) }, 'website'],
    ['javascript:', { website: 'javascript:alert(1)' }, 'website'],
    ['data:', { website: 'data:text/html,x' }, 'website'],
    ['an address without a host', { website: 'https:///x' }, 'website'],
    ['a type that is none', { type: 'Event' }, 'type'],
    ['an empty type', { type: '' }, 'type'],
    ['the type of an object', { type: 'constructor' }, 'type'],
    ['a custom field', { customFields: { 'kcr:domain': 'x' } }, 'customFields'],
    ['clearing its access', { access: null }, 'access'],
    ['clearing who sees it', { access: { visibility: null } }, 'access.visibility'],
    ['clearing who may join', { access: { memberPolicy: null } }, 'access.memberPolicy'],
    ['clearing whether it allows children', { allowsChildren: null }, 'allowsChildren'],
    ['a long brand', { theme: { brand: x(101) } }, 'theme.brand'],
    ['a colour by name', { theme: { style: { primaryColor: 'red' } } }, 'theme.style.primaryColor'],
    [
      'a colour of 8 digits',
      { theme: { style: { tertiaryColor: '#00508cff' } } },
      'theme.style.tertiaryColor',
    ],
    [
      'a colour and more',
      { theme: { style: { primaryTextColor: '#000;x' } } },
      'theme.style.primaryTextColor',
    ],
    ['a long font', { theme: { style: { fontFamily: x(201) } } }, 'theme.style.fontFamily'],
    ['a nameless organisation', { organizations: [{ name: ' ' }] }, 'organizations.0.name'],
    ['a long name', { organizations: [{ name: x(251) }] }, 'organizations.0.name'],
    [
      '101 organisations',
      { organizations: Array.from(Array(101), (_, n) => ({ name: `${n}` })) },
      'organizations',
    ],
    [
      'one twice',
      { organizations: [{ name: 'CERN' }, { name: 'A' }, { name: 'cern' }] },
      'organizations.2',
    ],
    ['a nameless funder', { funding: [{ funder: { name: '' } }] }, 'funding.0.funder.name'],
    ['an award of nothing', { funding: [{ funder: { name: 'a' }, award: {} }] }, 'funding.0.award'],
    [
      'an award with too much',
      { funding: [{ funder: { name: 'a' }, award: { title: x(501), number: x(101) } }] },
      'funding.0.award.title',
      'funding.0.award.number',
    ],
    ['101 funders', { funding: Array(101).fill({ funder: { name: 'a' } }) }, 'funding'],
    [
      '101 identifiers',
      { organizations: [{ name: 'a', identifiers: Array(101).fill({ identifier: 'x' }) }] },
      'organizations.0.identifiers',
    ],
  ])('%s', async (_, input, ...places) => {
    expect(await both(input)).toEqual(places.map((it) => `INVALID ${it}`));
  });

  it('a parent that is none', async () => {
    expect(await both({ parentId: 'com_AZqOlxgAcAGgAAAAAAAAAA' })).toEqual(['NOT_FOUND parentId']);
    expect(await both({ parentId: '' })).toEqual(['NOT_FOUND parentId']);
  });

  it('everything at once that is wrong', async () => {
    const wrong = {
      title: '',
      description: x(2001),
      page: x(50_001),
      website: 'ftp://example.org',
      type: 'nothing',
      organizations: [
        { name: 'CERN', identifiers: [{ identifier: '0', scheme: 'ror' }] },
        { name: '' },
      ],
      funding: [{ funder: { name: 'a' }, award: { title: '' } }],
      access: { visibility: null },
      customFields: { a: 1 },
      theme: { style: { primaryColor: 'red' } },
      allowsChildren: null,
    };

    const places = await both(wrong);

    expect(places).toEqual([
      'INVALID title',
      'INVALID description',
      'INVALID page',
      'INVALID website',
      'INVALID type',
      'INVALID organizations.0.identifiers.0.identifier',
      'INVALID organizations.1.name',
      'INVALID funding.0.award.title',
      'INVALID access.visibility',
      'INVALID customFields',
      'INVALID theme.style.primaryColor',
      'INVALID allowsChildren',
    ]);
  });

  it('lacking a title when it is founded, and for clearing it later', async () => {
    const { id } = await found(world);

    const cleared = await change(world, world.admin, 'updateCommunity', {
      communityId: id,
      title: null,
    });
    const left = await done(world, world.admin, 'updateCommunity', { communityId: id }, 'title');

    expect(refusals(cleared)).toEqual(['INVALID title']);
    expect(left.title).not.toBe('');
  });
});

describe.concurrent('a slug', () => {
  const founded = async (slug: string) => {
    const answer = await change(world, world.admin, 'createCommunity', { slug, title: 'x' });
    return answer.userErrors.length > 0 ? refusals(answer) : answer.community.slug;
  };
  const renamed = async (slug: string) => {
    const { id } = await found(world);
    const answer = await change(world, world.admin, 'renameCommunity', { communityId: id, slug });
    return answer.userErrors.length > 0 ? refusals(answer) : answer.community.slug;
  };

  it.each([
    ['s', 's'],
    ['7', '7'],
    ['_under-score_', '_under-score_'],
    ['--x--', '--x--'],
    ['Upper-CASE', 'upper-case'],
    [' around ', 'around'],
    [x(100), x(100)],
    ['features', 'features'],
    ['deadbeefdeadbeefdeadbeefdeadbee', 'deadbeefdeadbeefdeadbeefdeadbee'],
    ['deadbeefdeadbeefdeadbeefdeadbeef0', 'deadbeefdeadbeefdeadbeefdeadbeef0'],
  ])('may be %j', async (slug, expected) => {
    expect(await founded(slug)).toBe(expected);
  });

  it.each([
    '',
    ' ',
    '-',
    '---',
    '___',
    '-_-',
    x(101),
    'a b',
    'a.b',
    'a/b',
    'a%20b',
    'über',
    'Kelvin-\u212a',
    'nul\u0000',
    '\u202ea',
    'ѕlug',
    'half\ud83c',
    'featured',
    'Featured',
    'new',
    'search',
    'api',
    'logo',
    'requests',
    'deadbeefdeadbeefdeadbeefdeadbeef',
    '0190F3B2-4C5D-7E6F-8A9B-0C1D2E3F4A5B',
    '0190f3b2-4c5d-7e6f-8a9b0c1d2e3f4a5b',
    '0190-f3b2-4c5d-7e6f-8a9b-0c1d-2e3f-4a5b',
    '-deadbeef_deadbeef-deadbeefdeadbeef-',
  ])('is never %j', async (slug) => {
    expect(await founded(slug)).toEqual(['INVALID slug']);
    expect(await renamed(slug)).toEqual(['INVALID slug']);
  });

  it('is refused together with what else is wrong', async () => {
    const answer = await change(world, world.admin, 'createCommunity', { slug: '-', title: '' });

    expect(refusals(answer).sort()).toEqual(['INVALID slug', 'INVALID title']);
  });

  it.each(['nul\u0000', '', '../x', x(101), 'half\ud83c'])(
    'is looked for as %j in vain',
    async (slug) => {
      expect(await see(world, world.admin, slug)).toBeNull();
      const { data, errors } = await world.ask(
        world.admin,
        'query ($slug: String!) { tombstone(slug: $slug) { slug } }',
        { slug },
      );
      expect({ data, errors }).toEqual({ data: { tombstone: null }, errors: undefined });
      const { status } = await fetch(
        `${world.url}/communities/${encodeURIComponent(slug.toWellFormed())}`,
      );
      expect([404, 414]).toContain(status);
    },
  );
});
