import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { fromGlobalId, toGlobalId } from '../../src/ids.ts';
import type { Level } from '../../src/level.ts';
import type { World } from '../helpers/world.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look into whatever they asked for
export type Loose = any;

const award = 'award { title number identifiers { identifier scheme } }';
const organization = 'name identifiers { identifier scheme }';
/** All that people say of a community. */
export const settings = `title description curationPolicy page website type { key }
  organizations { ${organization} } funding { funder { ${organization} } ${award} }
  access { visibility membersVisibility memberPolicy recordSubmissionPolicy reviewPolicy }
  customFields theme { brand isEnabled style } allowsChildren parent { id }`;

/** What a mutation answered; only `denied` where it was not the actor's to do. */
export interface Answer {
  denied?: string;
  community: Loose;
  userErrors: { code: string; message: string; path: string[] | null; currentVersion?: number }[];
}

/** A name that no other community has. */
export const newSlug = () => `c-${randomUUID().slice(0, 18)}`;

/** Sends a mutation about a community. */
export async function change(
  world: World,
  token: string | undefined,
  name: string,
  input: object,
  fields = 'id slug version',
): Promise<Answer> {
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input`;
  const { data, errors } = await world.ask(
    token,
    `mutation ($input: ${type}!) { ${name}(input: $input) {
      community { ${fields} }
      userErrors { code message path ... on VersionConflictError { currentVersion } }
    } }`,
    { input },
  );
  if (!errors) return data[name];
  const [{ extensions }] = errors;
  if (!['FORBIDDEN', 'UNAUTHENTICATED'].includes(extensions.code)) {
    throw new Error(JSON.stringify(errors));
  }
  return { denied: extensions.code, community: null, userErrors: [] };
}

/** The same, which has to succeed. @returns the community. */
export async function done(...args: Parameters<typeof change>): Promise<Loose> {
  const { community, userErrors, denied } = await change(...args);
  expect({ denied, userErrors }).toEqual({ denied: undefined, userErrors: [] });
  return community;
}

export interface Person {
  id: string;
  username: string;
  token: string;
}

/** A community that somebody founded. */
export interface Founded {
  id: string;
  uuid: string;
  slug: string;
  version: number;
  owner: Person;
}

/** Founds a community as somebody new. */
export async function found(world: World, input: object = {}, by?: Person): Promise<Founded> {
  const owner = by ?? (await world.makeUser());
  const slug = newSlug();
  const made = await done(world, owner.token, 'createCommunity', { slug, title: slug, ...input });
  return { ...made, uuid: fromGlobalId(made.id)?.uuid ?? '', owner };
}

/** Somebody new, who is a member. */
export async function member(world: World, community: { uuid: string }, level: Level) {
  const person = await world.makeUser();
  await world.sql(
    `insert into members (id, community_id, user_id, level) values (gen_random_uuid(), $1, $2, $3)`,
    [community.uuid, person.id, level],
  );
  return person;
}

/** Somebody new, who has this right in the whole instance. */
export async function withRight(world: World, right: string) {
  const person = await world.makeUser();
  const [role] = await world.sql(
    'insert into roles (id, name, rights) values (gen_random_uuid(), $1, $2) returning id',
    [newSlug(), [right]],
  );
  await world.sql(`insert into assignments (role_id, user_id, source) values ($1, $2, 'LOCAL')`, [
    role.id,
    person.id,
  ]);
  return person;
}

/** What somebody sees of a community under a slug. */
export async function see(
  world: World,
  token: string | undefined,
  slug: string,
  fields = 'id slug',
): Promise<Loose> {
  const { data, errors } = await world.ask(
    token,
    `query ($slug: String!) { community(slug: $slug) { ${fields} } }`,
    { slug },
  );
  expect(errors).toBeUndefined();
  return data.community;
}

/** What was written down of a community, oldest first. */
export async function auditOf(world: World, { uuid }: { uuid: string }): Promise<string[]> {
  const events = await world.sql('select act from audit_events where subject_id = $1 order by id', [
    uuid,
  ]);
  return events.map(({ act }) => act);
}

/** What there is of a refusal to compare: codes and places. */
export const refusals = ({ userErrors }: Answer): string[] =>
  userErrors.map(({ code, path }) => `${code} ${path?.slice(1).join('.')}`);

/** An id of a community that never was. */
export const nobody = () => toGlobalId('Community', randomUUID());
