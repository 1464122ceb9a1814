import { randomUUID } from 'node:crypto';
import type { Ask } from '../communities/matrix-acts.ts';
import type { World } from '../helpers/world.ts';
import { indexAll } from '../search/index-all.ts';
import type { Cell, Needs } from './matrix-scene.ts';
import type { Targets } from './matrix-table.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers are whatever was asked for
type Loose = any;

export interface Act extends Needs {
  /** What it is done to. */
  on: Targets;
  ask(cell: Cell): Ask;
  /** What is to be done before; by the world's own administrator. */
  before?: (world: World, cells: Cell[]) => Promise<unknown>;
  /** A mutation that only tells something. */
  isQuestion?: true;
}

const query = (
  on: Targets,
  text: string,
  find: (data: Loose, cell: Cell) => unknown,
  variables: (cell: Cell) => object = () => ({}),
): Act => ({
  on,
  ask: (cell) => ({ query: text, variables: variables(cell), find: (data) => find(data, cell) }),
});

const change = (on: Targets, mutation: string, input: (cell: Cell) => object): Act => ({
  on,
  ask: (cell) => ({ mutation, input: input(cell) }),
});

const node = (on: Targets, id: (cell: Cell) => string): Act =>
  query(
    on,
    'query ($id: ID!) { node(id: $id) { id } }',
    ({ node }) => node,
    (it) => ({ id: id(it) }),
  );

/** A field of the user; false where there is nothing in it to see. */
const ofUser = (field: string, find: (user: Loose, cell: Cell) => unknown): Act =>
  query(
    'people',
    `query ($id: ID!) { node(id: $id) { ... on User { ${field} } } }`,
    ({ node }, cell) => node && Boolean(find(node, cell)),
    ({ other }) => ({ id: other.id }),
  );

const ofRole = (field: string, find: (role: Loose, cell: Cell) => unknown): Act =>
  query(
    'roles',
    `query ($id: ID) { role(id: $id) { ${field} } }`,
    ({ role }, cell) => role && Boolean(find(role, cell)),
    ({ role }) => ({ id: role.id }),
  );

const isAmong = (id: string, { nodes }: { nodes: { id: string }[] }): boolean =>
  nodes.some((it) => it.id === id);
const some = ({ nodes, totalCount }: Loose): boolean => {
  if (nodes.length > 0 !== totalCount > 0) throw new Error('it lists what it does not count');
  return nodes.length > 0;
};
const list = (field: string): Act =>
  query('nothing', `{ ${field}(first: 1) { totalCount } }`, (data) => data[field]);

const aboutOther = (mutation: string, more: (cell: Cell) => object = () => ({})) =>
  change('people', mutation, (cell) => ({ userId: cell.other.id, ...more(cell) }));
const aboutRole = (mutation: string, more: (cell: Cell) => object = () => ({})) =>
  change('roles', mutation, (cell) => ({ roleId: cell.role.id, ...more(cell) }));
const aboutOneself = (mutation: string, input: (cell: Cell) => object) =>
  change('nothing', mutation, input);

const merging = ({ other, third }: Cell) => ({ fromUserId: other.id, intoUserId: third.id });

/** The keys of the plans of merges, as they were previewed. */
const plans = new WeakMap<Cell, string>();

async function previewAll(world: World, cells: Cell[]): Promise<void> {
  for (const cell of cells) {
    const { data } = await world.ask(
      world.admin,
      `mutation ($input: PreviewMergeInput!) { previewMerge(input: $input) { plan { key } } }`,
      { input: merging(cell) },
    );
    plans.set(cell, data.previewMerge.plan?.key ?? 'none');
    await world.sql('delete from rate_limits');
  }
}

/** Every act of the matrix, by what it is called there. */
export const acts: Record<string, Act> = {
  'be told who one is': query('nothing', '{ viewer { id } }', ({ viewer }) => viewer),
  'find them by their name': query(
    'people',
    'query ($username: String!) { user(username: $username) { id } }',
    ({ user }) => user,
    ({ other: { username } }) => ({ username }),
  ),
  'find them by their id': node('people', ({ other }) => other.id),
  'find them among ids': query(
    'people',
    'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }',
    ({ nodes }) => nodes[0],
    ({ other }) => ({ ids: [other.id] }),
  ),
  'find them by a search': {
    ...query(
      'people',
      'query ($query: String) { users(query: $query) { nodes { id } } }',
      ({ users }, { other }) => isAmong(other.id, users),
      ({ other }) => ({ query: `username:${other.username}` }),
    ),
    before: (world) => indexAll(world, 'users'),
  },
  'list all users': list('users'),
  'see their address': ofUser('email', (it) => it.email),
  'see how their account stands': ofUser('state', (it) => it.state),
  'see their identities': ofUser('identities { id }', (it) => it.identities.length > 0),
  'see their tokens': ofUser('tokens { nodes { id } totalCount }', (it) => some(it.tokens)),
  'see their sessions': ofUser('sessions { nodes { id } totalCount }', (it) => some(it.sessions)),
  'find an identity of theirs by its id': node('people', ({ other }) => other.identities[0].id),
  'find a token of theirs by its id': node('people', ({ other }) => other.token.id),
  'find a session of theirs by its id': node('people', ({ other }) => other.session.id),
  'see why they are in their roles': query(
    'people',
    'query ($id: ID!) { explainMembership(userId: $id) { source } }',
    (data) => data.explainMembership,
    ({ other }) => ({ id: other.id }),
  ),
  'see all that was done': list('auditLog'),
  'see what was done to them': query(
    'people',
    'query ($id: ID) { auditLog(subjectId: $id) { totalCount } }',
    ({ auditLog }) => auditLog,
    ({ other }) => ({ id: other.id }),
  ),

  'make an account': aboutOneself('createUser', () => ({ username: `n${randomUUID()}` })),
  'change it': aboutOther('updateUser', () => ({ affiliation: 'Elsewhere' })),
  'say that they are who they say': aboutOther('verifyUser', () => ({ isVerified: true })),
  'close it': aboutOther('deactivateUser'),
  'open it again': { ...aboutOther('activateUser'), other: { state: 'DEACTIVATED' } },
  'preview to merge it into another': {
    ...change('people', 'previewMerge', merging),
    idps: [],
    isQuestion: true,
  },
  'merge it into another': {
    ...change('people', 'mergeUsers', (cell) => ({
      ...merging(cell),
      expectedPlan: plans.get(cell),
    })),
    idps: [],
    before: previewAll,
  },
  'link an identity to it': {
    ...aboutOther('linkIdentity', () => ({ idp: 'myCommons', subject: randomUUID() })),
    idps: [],
  },
  'unlink an identity from it': change('people', 'unlinkIdentity', ({ other }) => ({
    identityId: other.identities[0].id,
  })),
  'export it': aboutOther('exportUser'),
  'erase it': aboutOther('eraseUser', ({ other }) => ({ confirmUsername: other.username })),
  'change what one says of oneself': aboutOneself('updateProfile', () => ({ givenName: 'Ada' })),
  'change what one wants to be seen': aboutOneself('updatePreferences', () => ({
    emailVisibility: 'PUBLIC',
  })),
  'change which letters one gets': aboutOneself('updateNotifications', () => ({ enabled: false })),
  'ask for another address': {
    ...aboutOneself('changeEmail', () => ({ email: `${randomUUID()}@example.org` })),
    // A service that knows somebody keeps their address.
    idps: [],
  },

  'make a token': aboutOneself('createToken', () => ({ name: 'new', scopes: ['ACCOUNT'] })),
  'rename a token of theirs': change('people', 'updateToken', ({ other }) => ({
    tokenId: other.token.id,
    name: 'renamed',
  })),
  'revoke a token of theirs': change('people', 'revokeToken', ({ other }) => ({
    tokenId: other.token.id,
  })),
  'end a session of theirs': change('people', 'endSession', ({ other }) => ({
    sessionId: other.session.id,
  })),
  'sign them out everywhere': aboutOther('endOtherSessions'),

  'list all groups': list('groups'),
  'list all roles': list('roles'),
  'find it by its name': query(
    'roles',
    'query ($name: String) { role(name: $name) { id } }',
    ({ role }) => role,
    ({ role: { name } }) => ({ name }),
  ),
  'find it by its id': node('roles', ({ role }) => role.id),
  'find its group': query(
    'groups',
    'query ($id: String!) { group(idp: "myCommons", remoteId: $id) { id } }',
    ({ group }) => group,
    ({ role }) => ({ id: role.group.remoteId }),
  ),
  'see who is in it': ofRole('users(first: 100) { nodes { id } totalCount }', (it) =>
    some(it.users),
  ),
  'see by whose word they are in it': ofRole('assignments { nodes { source } totalCount }', (it) =>
    some(it.assignments),
  ),
  'see the roles of somebody': ofUser('roles { nodes { id } totalCount }', (it) => some(it.roles)),
  'see by whose word somebody has them': ofUser(
    'assignments { nodes { source } totalCount }',
    (it) => some(it.assignments),
  ),
  'make a role': aboutOneself('createRole', () => ({ name: `r-${randomUUID()}` })),
  'make a role with rights': aboutOneself('createRole', () => ({
    name: `r-${randomUUID()}`,
    rights: ['SYNC'],
  })),
  'say something of it': aboutRole('updateRole', () => ({ title: randomUUID() })),
  'give it rights': aboutRole('updateRole', () => ({ rights: ['ADMINISTER', 'MODERATE'] })),
  'delete it': aboutRole('deleteRole'),
  'give it to somebody': aboutRole('assignRole', ({ self, other }) => ({
    users: [{ id: self.id }, { id: other.id }],
  })),
  'take it from somebody': aboutRole('unassignRole', ({ third }) => ({
    users: [{ id: third.id }],
  })),
};

/** What is about other things, and is held elsewhere. */
export const elsewhere = {
  queries: [
    ...['communities', 'community', 'communityTypes', 'customFields', 'featuredCommunities'],
    ...['removalReasons', 'requests', 'tombstone', 'mails', 'remoteServices', 'syncRuns'],
    ...['syncStates', 'webhookDeliveries'],
  ],
  /** Those of communities are by their scope; these are of letters and of syncs. */
  mutations: ['retryMail', 'approveSync', 'rejectSync'],
};
