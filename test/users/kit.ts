import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { toGlobalId } from '../../src/ids.ts';
import type { World } from '../helpers/world.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look into whatever they asked for
type Loose = any;

/** A user by their own id, as callers see them, and by what they sign in. */
export interface Person {
  uuid: string;
  id: string;
  username: string;
  token: string;
}

/** A user with columns as given. */
export async function makePerson(world: World, columns: Loose = {}): Promise<Person> {
  const { id: uuid, username, token } = await world.makeUser(`u-${randomUUID().slice(0, 13)}`);
  for (const [column, value] of Object.entries(columns)) {
    await world.sql(`update users set ${column} = $2 where id = $1`, [uuid, value]);
  }
  return { uuid, id: toGlobalId('User', uuid), username, token };
}

/** An ORCID iD of these digits and their check digit. */
export const iD = (n: number): string => {
  const digits = String(n).padStart(15, '0');
  const total = [...digits].reduce((sum, digit) => ((sum + Number(digit)) * 2) % 11, 0);
  const check = (12 - total) % 11;
  return `${digits}${check === 10 ? 'X' : check}`.replace(/(.{4})(?=.)/g, '$1-');
};

/** What a mutation is answered, whatever it is. */
export function send(world: World, token: string | undefined, name: string, input: object) {
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input`;
  return world.ask(
    token,
    `mutation ($input: ${type}!) { ${name}(input: $input) {
      user { id username email fullName givenName familyName affiliation orcid locale timeZone
        visibility emailVisibility isEmailVerified lockedFields version nameFull nameInverted }
      userErrors { code message path ... on VersionConflictError { currentVersion } } } }`,
    { input },
  );
}

/** The user after a change that was done. */
export async function done(world: World, token: string, name: string, input: object) {
  const { data, errors } = await send(world, token, name, input);
  expect([errors, data?.[name].userErrors]).toEqual([undefined, []]);
  return data[name].user as Loose;
}

/** What is wrong with an input: `CODE path` of each mistake. */
export async function refused(world: World, token: string, name: string, input: object) {
  const { data, errors } = await send(world, token, name, input);
  expect([errors, data?.[name].user]).toEqual([undefined, null]);
  return data[name].userErrors.map(
    (it: Loose) => `${it.code} ${it.path.slice(1).join('.')}`,
  ) as string[];
}

/** The code with which a change is denied. */
export async function denied(
  world: World,
  token: string | undefined,
  name: string,
  input: object,
): Promise<string> {
  const { errors } = await send(world, token, name, input);
  return errors?.[0].extensions.code;
}

/** All columns of a user, as the database has them. */
export async function rowOf(world: World, { uuid }: Pick<Person, 'uuid'>): Promise<Loose> {
  const [row] = await world.sql('select * from users where id = $1', [uuid]);
  return row;
}

/** Which columns another row has otherwise. */
export const differences = (before: Loose, after: Loose): string[] =>
  Object.keys(before)
    .filter((it) => JSON.stringify(before[it]) !== JSON.stringify(after[it]))
    .sort();

/** What the audit log says of changes of a user. */
export const eventsOf = (world: World, { uuid }: Pick<Person, 'uuid'>): Promise<Loose[]> =>
  world.sql(
    `select act, actor_id, via, details from audit_events
      where subject_id = $1 and act = 'user.updated' order by id`,
    [uuid],
  );
