import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { identifierShape } from '../../src/communities/settings/identifiers.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { change, done, found, refusals, settings } from './kit.ts';

/** `scheme:identifier` as it is kept, or why not. */
function read(identifier: string, scheme?: string | null): string {
  const { data, error } = identifierShape.safeParse({ identifier, scheme });
  return data ? `${data.scheme}:${data.identifier}` : `! ${error?.issues.map((it) => it.message)}`;
}

describe('an identifier', () => {
  it.each([
    ['01ggx4157', 'ror:01ggx4157'],
    ['https://ror.org/01ggx4157', 'ror:01ggx4157'],
    ['ror.org/03yrm5c26', 'ror:03yrm5c26'],
    ['00k4n6c32', 'ror:00k4n6c32'],
    ['0000 0001 2103 2683', 'isni:0000000121032683'],
    ['0000-0002-1694-233x', 'isni:000000021694233X'],
    ['https://isni.org/isni/0000000121032683', 'isni:0000000121032683'],
    ['grid.9132.9', 'grid:grid.9132.9'],
    ['https://www.grid.ac/institutes/grid.9132.9', 'grid:grid.9132.9'],
    ['Q42944', 'wikidata:Q42944'],
    ['https://www.wikidata.org/wiki/Q42944', 'wikidata:Q42944'],
    ['10.13039/501100000780', 'doi:10.13039/501100000780'],
    ['https://doi.org/10.13039/501100000780', 'doi:10.13039/501100000780'],
    ['doi:10.13039/501100000780', 'doi:10.13039/501100000780'],
    ['https://cern.ch', 'url:https://cern.ch'],
    ['246686', 'other:246686'],
    ['.../246686', 'other:.../246686'],
    ['javascript:alert(1)', 'other:javascript:alert(1)'],
  ])('%s is found to be %s', (identifier, expected) => {
    expect(read(identifier)).toBe(expected);
    expect(read(identifier, null)).toBe(expected);
  });

  it.each([
    ['01ggx4157', 'ROR', 'ror:01ggx4157'],
    ['https://ror.org/01ggx4157', 'ror', 'ror:01ggx4157'],
    ['10.13039/501100000780', 'crossreffunderid', 'crossreffunderid:10.13039/501100000780'],
    ['grid.9132.9', 'gridac', 'gridac:grid.9132.9'],
    ['.../246686', 'openaire', 'openaire:.../246686'],
    ['x', 'constructor', 'constructor:x'],
    ['x', '__proto__', '__proto__:x'],
    ['01ggx4158', 'ours', 'ours:01ggx4158'],
  ])('%s of the scheme %s is kept as %s', (identifier, scheme, expected) => {
    expect(read(identifier, scheme)).toBe(expected);
  });

  it.each([
    ['01ggx4158', 'ror', 'with a wrong check digit'],
    ['01ggx41570', 'ror', 'too long'],
    ['01iggx157', 'ror', 'with a letter that there is not'],
    ['11ggx4157', 'ror', 'that begins otherwise'],
    ['0000000121032684', 'isni', 'with a wrong check digit'],
    ['000000012103268', 'isni', 'too short'],
    ['9132.9', 'grid', 'without its name'],
    ['Q0', 'wikidata', 'of nothing'],
    ['11.1234/x', 'doi', 'of another kind'],
    ['10.1234/', 'doi', 'without an end'],
    ['10.1234/x', 'ror', 'of another scheme'],
    ['javascript:alert(1)', 'url', 'of no web'],
    ['https://', 'url', 'of nowhere'],
  ])('%s is no %s %s', (identifier, scheme) => {
    expect(read(identifier, scheme)).toBe(`! is not an identifier of the scheme ${scheme}`);
  });

  it.each([
    ['https://ror.org/01ggx4158', 'ror'],
    ['https://isni.org/isni/0000000121032684', 'isni'],
    ['https://doi.org/11.1/x', 'doi'],
    ['https://www.wikidata.org/wiki/Moss', 'wikidata'],
  ])('%s is a wrong %s, not any address', (identifier, scheme) => {
    expect(read(identifier)).toBe(`! is not an identifier of the scheme ${scheme}`);
  });

  it('has at most 500 characters, and its scheme 50', () => {
    expect(read('x'.repeat(500))).toBe(`other:${'x'.repeat(500)}`);
    expect(read('x'.repeat(501))).toMatch(/^! is longer/);
    expect(read('x', 'y'.repeat(51))).toMatch(/^! is longer/);
    expect(read(' ')).toBe('! is empty');
    expect(read('x', '')).toBe('! is empty');
  });
});

describe.concurrent('a community', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ isWorking: false });
  });
  afterAll(() => world.stop());

  /** The metadata of the ancestor's first draft, in our words. */
  const draft = {
    title: 'My Community',
    type: 'event',
    curationPolicy: 'This is the kind of records we accept.',
    description: 'This is an example Community.',
    page: 'Information for my community.',
    website: 'https://inveniosoftware.org/',
    funding: [
      {
        funder: {
          name: 'European Commission',
          identifiers: [{ identifier: '00k4n6c32', scheme: 'ror' }],
        },
        award: {
          title: 'OpenAIRE',
          number: '246686',
          identifiers: [{ identifier: '.../246686', scheme: 'openaire' }],
        },
      },
    ],
    organizations: [{ name: 'CERN', identifiers: [{ identifier: '01ggx4157', scheme: 'ror' }] }],
    access: { visibility: 'PUBLIC', memberPolicy: 'OPEN', recordSubmissionPolicy: 'OPEN' },
  };

  it('is founded as the ancestor’s draft has it, and changed as it has it', async () => {
    const { type, access, ...same } = draft;
    const whole = { ...same, type: { key: type }, access: expect.objectContaining(access) };
    const { id, owner, slug } = await found(world, draft);

    const input = { ...draft, communityId: id, title: 'My Updated Community' };
    const changed = await done(world, owner.token, 'updateCommunity', input, settings);

    expect(changed).toMatchObject({ ...whole, title: 'My Updated Community' });
    const again = await found(world, draft);
    expect(again.slug).not.toBe(slug);
  });

  it('fills in what an identifier lacks, and finds awards by one of three', async () => {
    const { id, owner } = await found(world);
    const funder = { name: 'European Commission' };
    const input = {
      communityId: id,
      organizations: [{ name: 'CERN', identifiers: [{ identifier: 'https://ror.org/01ggx4157' }] }],
      funding: [
        { funder },
        { funder, award: { title: 'OpenAIRE' } },
        { funder, award: { number: '246686' } },
        { funder, award: { identifiers: [{ identifier: '10.1234/award' }] } },
      ],
    };

    const { organizations, funding } = await done(
      world,
      owner.token,
      'updateCommunity',
      input,
      settings,
    );

    expect(organizations).toEqual([
      { name: 'CERN', identifiers: [{ identifier: '01ggx4157', scheme: 'ror' }] },
    ]);
    const none = { title: null, number: null, identifiers: [] };
    expect(funding.map((it: { award: unknown }) => it.award)).toEqual([
      null,
      { ...none, title: 'OpenAIRE' },
      { ...none, number: '246686' },
      { ...none, identifiers: [{ identifier: '10.1234/award', scheme: 'doi' }] },
    ]);
  });

  const ror = { identifier: '01ggx4157', scheme: 'ror' };
  const sameRor = { identifier: 'https://ror.org/01ggx4157' };
  const isni = { identifier: '0000000121032683', scheme: 'isni' };
  it.each([
    ['of the same name', [{ name: 'CERN' }, { name: 'Cern' }], ['organizations.1']],
    ['of the same name in NFC', [{ name: 'Café' }, { name: 'Cafe\u0301' }], ['organizations.1']],
    [
      'with one identifier, however it is written',
      [
        { name: 'A', identifiers: [ror] },
        { name: 'B', identifiers: [sameRor] },
      ],
      ['organizations.1'],
    ],
    [
      'with one identifier among others',
      [
        { name: 'A', identifiers: [isni, ror] },
        { name: 'B', identifiers: [ror] },
      ],
      ['organizations.1'],
    ],
    [
      'all alike',
      [{ name: 'A' }, { name: 'a' }, { name: 'A ' }],
      ['organizations.1', 'organizations.2'],
    ],
    [
      'of one name and different identifiers',
      [
        { name: 'University Hospital', identifiers: [ror] },
        { name: 'University Hospital', identifiers: [isni] },
      ],
      [],
    ],
  ])('has no two organisations %s', async (_, organizations, places) => {
    const { id, owner } = await found(world);

    const answer = await change(world, owner.token, 'updateCommunity', {
      communityId: id,
      organizations,
    });

    expect(refusals(answer)).toEqual(places.map((it) => `INVALID ${it}`));
  });
});
