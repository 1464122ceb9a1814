import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { newId, toGlobalId } from '../../src/ids.ts';
import type { Level } from '../../src/level.ts';
import { makeUserWith } from '../api/make.ts';
import { askBy, bearer, makeIdentity } from '../credentials/kit.ts';
import type { World } from '../helpers/world.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look into whatever they asked for
export type Loose = any;

/** Somebody with an account. */
export interface Person {
  uuid: string;
  id: string;
  username: string;
  token: string;
}

/** What a mutation answered; only `denied` where it was not the actor's to do. */
export interface Answer {
  denied?: string;
  message?: string;
  userErrors: { code: string; message: string; path: string[] | null }[];
  [field: string]: Loose;
}

const payloads: Record<string, string> = {
  deactivateUser: 'user { id state }',
  activateUser: 'user { id state }',
  linkIdentity: 'user { id identities { id idp subject } }',
  unlinkIdentity: 'user { id identities { id idp subject } }',
  exportUser: 'document',
  eraseUser: 'user { id username state erasedAt }',
  previewMerge: planOf(),
  mergeUsers: `user { id } ${planOf()}`,
};
function planOf() {
  return `plan { key changes { kind identityId idp subject roleId source communityId memberId requestId
    field before after reference count } }`;
}

/** Sends one of the mutations of accounts by a token, or by whatever headers say who it is. */
export async function act(
  { url }: World,
  by: string | Record<string, string> | undefined,
  name: string,
  input: object,
): Promise<Answer> {
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input`;
  const headers = by === undefined ? {} : typeof by === 'string' ? bearer(by) : by;
  const { data, errors } = await askBy(
    url,
    headers,
    `mutation ($input: ${type}!) { ${name}(input: $input) {
      ${payloads[name]} userErrors { code message path } } }`,
    { input },
  );
  if (!errors) return data[name];
  const [{ extensions, message }] = errors as Loose[];
  if (!['FORBIDDEN', 'UNAUTHENTICATED', 'RATE_LIMITED'].includes(extensions.code)) {
    throw new Error(JSON.stringify(errors));
  }
  return { denied: extensions.code, message, userErrors: [] };
}

/** The same, which has to succeed. */
export async function done(...args: Parameters<typeof act>): Promise<Answer> {
  const answer = await act(...args);
  const { denied, userErrors } = answer;
  expect({ denied, userErrors }).toEqual({ denied: undefined, userErrors: [] });
  return answer;
}

/** What there is of a refusal to compare. */
export const refusals = ({ denied, userErrors }: Answer): string[] =>
  denied ? [denied] : userErrors.map(({ code, path }) => `${code} ${path?.slice(1).join('.')}`);

/** Somebody new. */
export async function makePerson(world: World, right?: 'ADMINISTER' | 'MODERATE' | 'SYNC') {
  const made = right ? await makeUserWith(world, right) : await world.makeUser();
  return personOf(made);
}

export const personOf = (it: { id: string; username: string; token: string }): Person => ({
  uuid: it.id,
  id: toGlobalId('User', it.id),
  username: it.username,
  token: it.token,
});

/** A community that these own. */
export async function makePlace(world: World, owners: Person[], level: Level = 'OWNER') {
  const [uuid, slug] = [newId(), `c-${randomUUID().slice(0, 18)}`];
  await world.sql('insert into communities (id, slug, title) values ($1, $2, $2)', [uuid, slug]);
  for (const it of owners) await join(world, uuid, it, level);
  return { uuid, id: toGlobalId('Community', uuid), slug };
}

export async function join(world: World, community: string, { uuid }: Person, level: Level) {
  const id = newId();
  await world.sql(
    'insert into members (id, community_id, user_id, level) values ($1, $2, $3, $4)',
    [id, community, uuid, level],
  );
  return id;
}

/** Has a service know somebody; answers the identity's id as callers see it. */
export async function known(
  world: World,
  { uuid }: Person,
  idp: string,
  subject: string = randomUUID(),
) {
  const id = await makeIdentity(world, uuid, subject, idp);
  return { uuid: id, id: toGlobalId('Identity', id), idp, subject };
}

/** A role of a remote group that somebody has by its service. */
export async function giveRole(world: World, { uuid }: Person, idp = 'myCommons') {
  const [group, role, remoteId] = [newId(), newId(), randomUUID()];
  await world.sql(
    `insert into groups (id, idp, remote_id, slug, name) values ($1, $2, $3, 'g', 'G')`,
    [group, idp, remoteId],
  );
  await world.sql(`insert into roles (id, group_id, category) values ($1, $2, 'member')`, [
    role,
    group,
  ]);
  await world.sql('insert into assignments (role_id, user_id, source) values ($1, $2, $3)', [
    role,
    uuid,
    idp,
  ]);
  return { role, group, remoteId };
}

export const stateOf = async (world: World, { uuid }: Person): Promise<string> =>
  (await world.sql('select state from users where id = $1', [uuid]))[0].state;

/** What was written down of somebody, oldest first. */
export const auditOf = (world: World, { uuid }: Person) =>
  world.sql('select act, details from audit_events where subject_id = $1 order by id', [uuid]);

/** Merges as the preview says. */
export async function mergeAs(world: World, token: string, from: Person, into: Person) {
  const ids = { fromUserId: from.id, intoUserId: into.id };
  const { plan } = await done(world, token, 'previewMerge', ids);
  const merged = await done(world, token, 'mergeUsers', { ...ids, expectedPlan: plan.key });
  return { previewed: plan, merged: merged.plan };
}
