import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Actor } from '../../src/actor.ts';
import { fullOf, invertedOf, partsOf } from '../../src/users/names.ts';
import { setNameParts } from '../../src/users/profile.ts';
import type { NameParts } from '../../src/users/user.ts';
import { makeUserWith } from '../api/make.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { done, eventsOf, makePerson, type Person, refused, rowOf } from './kit.ts';

/** As KCWorks puts names together, which its tests say; the last five are where it does not well. */
const table: [NameParts, string | null, string | null][] = [
  [{ given: 'Jane', family: 'Doe' }, 'Jane Doe', 'Doe, Jane'],
  [{ given: 'Jane', middle: 'Ruth Ann', family: 'Doe' }, 'Jane Ruth Ann Doe', 'Doe, Jane Ruth Ann'],
  [{ given: 'Jim', family: 'Doe', suffix: 'Jr.' }, 'Jim Doe, Jr.', 'Doe, Jim, Jr.'],
  [{ given: 'Jan', familyPrefixFixed: 'van', family: 'Loon' }, 'Jan van Loon', 'van Loon, Jan'],
  [
    { given: 'Ana', familyPrefixFixed: 'de la', family: 'Cruz' },
    'Ana de la Cruz',
    'de la Cruz, Ana',
  ],
  [{ given: 'Otto', familyPrefix: 'von', family: 'Berg' }, 'Otto von Berg', 'Berg, Otto von'],
  [
    { given: 'Anna', middle: 'Maria', familyPrefix: 'van der', family: 'Berg', suffix: 'III' },
    'Anna Maria van der Berg, III',
    'Berg, Anna Maria van der, III',
  ],
  [{ given: 'Sean', familyPrefixFixed: "O'", family: 'Casey' }, "Sean O'Casey", "O'Casey, Sean"],
  [
    { given: 'Nora', familyPrefixFixed: "O'", spousal: 'Bell', family: 'Casey' },
    "Nora O'Casey Bell",
    "O'Casey Bell, Nora",
  ],
  [{ given: 'Mary', spousal: 'Bell', family: 'Doe' }, 'Mary Bell Doe', 'Bell Doe, Mary'],
  [
    { given: 'Mary', familyPrefixFixed: 'de', spousal: 'Bell', family: 'Doe' },
    'Mary de Bell Doe',
    'de Bell Doe, Mary',
  ],
  [
    { given: 'Lew', parental: 'Lwowitsch', family: 'Iwanow' },
    'Lew Lwowitsch Iwanow',
    'Iwanow, Lew Lwowitsch',
  ],
  [{ given: 'John', nickname: 'Jack', family: 'Doe' }, 'John Jack Doe', 'Doe, John Jack'],
  [{ family: 'Doe' }, 'Doe', 'Doe'],
  [{ given: 'Jane' }, 'Jane', 'Jane'],
  [{}, null, null],
  [{ undivided: 'Sukarno' }, 'Sukarno', 'Sukarno'],
  [{ undivided: 'Sukarno', given: 'Jane', family: 'Doe' }, 'Sukarno', 'Sukarno'],
  [{ family: 'Doe', suffix: 'Jr.' }, 'Doe, Jr.', 'Doe, Jr.'],
  [{ given: 'Jean', familyPrefix: 'd’', family: 'Arc' }, 'Jean d’Arc', 'Arc, Jean d’'],
  [{ given: "Ma'", family: 'Doe' }, "Ma' Doe", "Doe, Ma'"],
];

describe('a name', () => {
  it.each(table)('of %j is %s, and %s in a list', (parts, full, inverted) => {
    expect([fullOf(parts), invertedOf(parts)]).toEqual([full, inverted]);
  });

  it.each<[string, Parameters<typeof partsOf>[0], NameParts]>([
    [
      'a service alone',
      { givenName: 'Jane', familyName: 'Doe', nameParts: {} },
      { given: 'Jane', family: 'Doe' },
    ],
    [
      'what was said here first',
      { givenName: 'A. M.', familyName: 'van Berg', nameParts: { given: 'Anna', family: 'Berg' } },
      { given: 'Anna', family: 'Berg' },
    ],
    [
      'a service where nothing was said here',
      { givenName: 'Ana', familyName: 'Diaz', nameParts: { spousal: 'Bell' } },
      { given: 'Ana', family: 'Diaz', spousal: 'Bell' },
    ],
    [
      'one that is not divided, and nothing beside',
      { givenName: 'Su', familyName: 'Karno', nameParts: { undivided: 'Sukarno', suffix: 'Jr.' } },
      { undivided: 'Sukarno' },
    ],
    ['nobody', { givenName: null, familyName: null, nameParts: {} }, {}],
  ])('has its parts from %s', (_, known, expected) => {
    expect(partsOf(known)).toEqual(expected);
  });
});

describe('the parts of a name', () => {
  let world: World;
  let moderator: { id: string; token: string };
  beforeAll(async () => {
    world = await startWorld({ isWorking: false });
    moderator = await makeUserWith(world, 'MODERATE');
  });
  afterAll(() => world.stop());

  const named = () => makePerson(world, { given_name: 'Anna Maria', family_name: 'van der Berg' });
  const query = `query ($id: ID!) { node(id: $id) { ... on User { fullName nameFull nameInverted
    nameParts { given middle family familyPrefix familyPrefixFixed spousal parental undivided suffix nickname }
    localNameParts { given middle family familyPrefix } } } }`;
  const see = async ({ id }: Person, token: string) =>
    (await world.ask(token, query, { id })).data.node;

  it('are told by a service until somebody says what they are', async () => {
    const person = await named();
    const before = await see(person, person.token);

    await done(world, person.token, 'updateProfile', {
      nameParts: { given: 'Anna', middle: ' Maria ', familyPrefix: 'van der', family: 'Berg' },
    });

    const after = await see(person, person.token);
    expect(before).toMatchObject({
      nameParts: { given: 'Anna Maria', family: 'van der Berg', middle: null },
      localNameParts: { given: null, family: null },
      nameInverted: 'van der Berg, Anna Maria',
    });
    expect(after).toMatchObject({
      fullName: null,
      nameParts: { given: 'Anna', middle: 'Maria', familyPrefix: 'van der', family: 'Berg' },
      localNameParts: { given: 'Anna', middle: 'Maria', familyPrefix: 'van der', family: 'Berg' },
      nameFull: 'Anna Maria van der Berg',
      nameInverted: 'Berg, Anna Maria van der',
    });
    expect(await rowOf(world, person)).toMatchObject({
      given_name: 'Anna Maria',
      family_name: 'van der Berg',
      locked_fields: [],
    });
  });

  it('stay where they are absent, and are cleared by null', async () => {
    const person = await named();
    const say = (nameParts: object | null) =>
      done(world, person.token, 'updateProfile', { nameParts });
    const kept = async () => (await rowOf(world, person)).name_parts;

    await say({ given: 'Anna', suffix: 'Jr.' });
    await say({ suffix: null, nickname: 'Nan' });
    expect(await kept()).toEqual({ given: 'Anna', nickname: 'Nan' });
    await say({});
    expect(await kept()).toEqual({ given: 'Anna', nickname: 'Nan' });
    await say(null);
    expect(await kept()).toEqual({});
  });

  it.each([
    ['an empty one', { given: ' ' }, 'INVALID nameParts.given'],
    ['one too long', { family: 'x'.repeat(251) }, 'INVALID nameParts.family'],
    ['what is not to be seen', { suffix: '\u200b\u202e' }, 'INVALID nameParts.suffix'],
  ])('are not %s', async (_, nameParts, expected) => {
    const person = await named();

    expect(await refused(world, person.token, 'updateProfile', { nameParts })).toEqual([expected]);
  });

  it('are read for others, and what was said here only by those who moderate', async () => {
    const [person, stranger] = [await named(), await makePerson(world)];
    await done(world, person.token, 'updateProfile', { nameParts: { given: 'Anna' } });

    const theirs = await see(person, stranger.token);
    const moderators = await see(person, moderator.token);

    expect(theirs).toMatchObject({ nameParts: { given: 'Anna' }, localNameParts: null });
    expect(moderators).toMatchObject({ localNameParts: { given: 'Anna' } });
  });

  it('are set on the command line, instead of all before', async () => {
    const person = await makePerson(world, { name_parts: { given: 'A', nickname: 'B' } });
    const system = () => world.app.begin(Actor.system);

    expect(await setNameParts(system(), person.uuid, { undivided: 'Sukarno' })).toBe(person.uuid);

    expect((await rowOf(world, person)).name_parts).toEqual({ undivided: 'Sukarno' });
    expect(await eventsOf(world, person)).toMatchObject([
      { act: 'user.updated', details: { changed: ['nameParts'] } },
    ]);
    await expect(setNameParts(system(), person.uuid, { given: '' })).rejects.toMatchObject({
      all: [{ path: ['input', 'nameParts', 'given'] }],
    });
  });
});
