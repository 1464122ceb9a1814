import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toGlobalId } from '../../src/ids.ts';
import { assign, makeGroup } from '../api/make.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { indexAll } from '../search/index-all.ts';
import {
  differences,
  done,
  eventsOf,
  makePerson,
  type Person,
  refused,
  rowOf,
  send,
} from './kit.ts';

let world: World;
let stranger: Person;
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
  stranger = await makePerson(world);
});
afterAll(() => world.stop());

const update = (person: Person, input: object) =>
  done(world, person.token, 'updatePreferences', input);
const refuse = (person: Person, input: object) =>
  refused(world, person.token, 'updatePreferences', input);

describe('updatePreferences', () => {
  it('changes who sees one, and how one reads', async () => {
    const person = await makePerson(world);
    const input = {
      visibility: 'RESTRICTED',
      emailVisibility: 'PUBLIC',
      locale: 'de-CH',
      timeZone: 'Europe/Zurich',
    };

    expect(await update(person, input)).toMatchObject({ ...input, version: 2 });
    expect(await update(person, { locale: null })).toMatchObject({ ...input, locale: null });
    expect(await update(person, { timeZone: null })).toMatchObject({ timeZone: null });
    expect(await eventsOf(world, person)).toMatchObject([
      { details: { changed: expect.arrayContaining(Object.keys(input)) } },
      { details: { changed: ['locale'] } },
      { details: { changed: ['timeZone'] } },
    ]);
  });

  it.each([
    ['locale', 'de', 'de'],
    ['locale', 'DE-ch', 'de-CH'],
    ['locale', 'zh-hant-tw', 'zh-Hant-TW'],
    ['locale', 'fr_FR', 'fr-FR'],
    ['timeZone', 'UTC', 'UTC'],
    ['timeZone', 'europe/zurich', 'Europe/Zurich'],
    ['timeZone', 'America/Argentina/Buenos_Aires', 'America/Argentina/Buenos_Aires'],
  ])('takes as a %s %s, and keeps %s', async (field, given, kept) => {
    const person = await makePerson(world);

    const user = await update(person, { [field]: given });

    // Which of two names of one zone is kept is the platform's to say.
    expect(user[field].replace('Argentina/', '')).toBe(kept.replace('Argentina/', ''));
  });

  it.each([
    ['locale', 'German'],
    ['locale', 'd'],
    ['locale', 'de-'],
    ['locale', ''],
    ['locale', 'x'.repeat(65)],
    ['timeZone', 'Europe/Nowhere'],
    ['timeZone', '+01:00'],
    ['timeZone', ''],
    ['timeZone', 'local'],
    ['visibility', null],
    ['emailVisibility', null],
  ])('takes as a %s not %j', async (field, given) => {
    const person = await makePerson(world);
    const before = await rowOf(world, person);

    expect(await refuse(person, { [field]: given, visibility: null })).toContain(
      `INVALID ${field}`,
    );
    expect(await rowOf(world, person)).toEqual(before);
  });

  it.each([
    ['visibility', 'visibility', 'RESTRICTED'],
    ['emailVisibility', 'email_visibility', 'PUBLIC'],
    ['locale', 'locale', 'de'],
    ['timeZone', 'time_zone', 'UTC'],
  ])('touches no other column for %s', async (field, column, value) => {
    const person = await makePerson(world);
    const before = await rowOf(world, person);

    await update(person, { [field]: value });

    expect(differences(before, await rowOf(world, person))).toEqual(
      [column, 'updated_at', 'version'].sort(),
    );
  });

  it.each(['fullName', 'email', 'state', 'notifies', 'userId'])(
    'has no word for %s',
    async (key) => {
      const { errors } = await send(world, stranger.token, 'updatePreferences', { [key]: 'x' });

      expect(errors?.[0].extensions.code).toBe('BAD_USER_INPUT');
    },
  );

  it('leaves a choice to the user: no lock, and what is empty a service may fill', async () => {
    const person = await makePerson(world);
    await world.sql(
      `insert into identities (id, user_id, idp, subject) values (gen_random_uuid(), $1, 'myCommons', $2)`,
      [person.uuid, randomUUID()],
    );

    expect((await update(person, { locale: 'de', timeZone: 'UTC' })).lockedFields).toEqual([]);
  });
});

describe('who hides', () => {
  it('is found no more from the next moment on, with nobody who indexes anything', async () => {
    const word = `w${randomUUID().replaceAll('-', '')}`;
    const person = await makePerson(world, { full_name: word, email: `${word}@example.org` });
    await update(person, { emailVisibility: 'PUBLIC' });
    await indexAll(world, 'users');
    const { role, name } = await makeGroup(world);
    await assign(world, role, [person, stranger]);
    const find = async (token: string) => {
      const { data } = await world.ask(
        token,
        `query ($id: ID!, $word: String!, $email: String!) {
          byName: users(query: $word) { nodes { id } totalCount }
          byEmail: users(query: $email) { nodes { id } totalCount }
          user(username: "${person.username}") { id }
          node(id: $id) { id }
          role(name: "${name}") { users { nodes { id } } } }`,
        { id: toGlobalId('User', person.uuid), word, email: `${word}@example.org` },
      );
      const { byName, byEmail, user, node, role } = data;
      const lists = [byName, byEmail, role.users];
      return [
        ...lists.map(({ nodes }) => nodes.some((it: { id: string }) => it.id === person.id)),
        user !== null,
        node !== null,
      ];
    };

    expect(await find(stranger.token)).toEqual([true, true, true, true, true]);
    await update(person, { visibility: 'RESTRICTED' });
    expect(await find(stranger.token)).toEqual([false, false, false, false, false]);
    // Nor are they counted, before anything is written anew.
    const { data } = await world.ask(stranger.token, `{ users(query: "${word}") { totalCount } }`);
    expect(data.users.totalCount).toBe(0);
    await indexAll(world, 'users');
    expect(await find(stranger.token)).toEqual([false, false, false, false, false]);
    expect(await find(person.token)).toEqual([true, true, true, true, true]);
    await update(person, { visibility: 'PUBLIC' });
    await indexAll(world, 'users');
    expect(await find(stranger.token)).toEqual([true, true, true, true, true]);
  });
});
