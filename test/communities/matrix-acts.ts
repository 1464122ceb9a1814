import { createHash } from 'node:crypto';
import sharp from 'sharp';
import type { Cell, Crowd, Needs, Thing } from './matrix-scene.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers are whatever was asked for
type Loose = any;

/** How an act of the matrix is asked for. */
export type Ask =
  | { mutation: string; input: object; file?: Uint8Array<ArrayBuffer> }
  | {
      query: string;
      variables: object;
      /** What is looked for: null if there is no such thing, false if there is nothing of it to see. */
      find: (data: Loose) => unknown;
    }
  | { path: string };

export interface Act extends Needs {
  ask(cell: Cell, crowd: Crowd): Ask;
}

const logo = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'teal' } })
  .png()
  .toBuffer()
  .then((it) => new Uint8Array(it));

/** Reads something of the community, which is found by its slug. */
const reading =
  (fields: string, find: (community: Loose) => unknown) =>
  ({ slug }: Cell): Ask => ({
    query: `query ($slug: String!) { community(slug: $slug) { id ${fields} } }`,
    variables: { slug },
    find: ({ community }) => community && find(community),
  });

const some = (it: { nodes: unknown[]; totalCount: number }): boolean => {
  if (it.nodes.length > 0 !== it.totalCount > 0) throw new Error('it lists what it does not count');
  return it.nodes.length > 0;
};

const node =
  (thing: (cell: Cell) => { id: string }) =>
  (cell: Cell): Ask => ({
    query: 'query ($id: ID!) { node(id: $id) { __typename id } }',
    variables: { id: thing(cell).id },
    find: (data) => data.node,
  });

const listing =
  (filter: object) =>
  ({ id, slug }: Cell): Ask => ({
    query: `query ($filter: CommunityFilterInput) {
      communities(first: 100, filter: $filter) { nodes { id } totalCount } }`,
    // Each community of a scene is of a type of its own.
    variables: { filter: { types: [slug], ...filter } },
    find: ({ communities }) =>
      some(communities) && communities.nodes.every((it: Loose) => it.id === id),
  });

const buried =
  (find: (tombstone: Loose) => unknown) =>
  ({ slug }: Cell): Ask => ({
    query: `query ($slug: String!) { tombstone(slug: $slug) { communityId removedBy { id } } }`,
    variables: { slug },
    find: ({ tombstone }) => tombstone && find(tombstone),
  });

const change =
  (mutation: string, input: (cell: Cell, crowd: Crowd) => object) =>
  (cell: Cell, crowd: Crowd): Ask => ({ mutation, input: input(cell, crowd) });

/** Changes the community itself. */
const changing = (mutation: string, more: (cell: Cell, crowd: Crowd) => object = () => ({})) =>
  change(mutation, (cell, crowd) => ({ communityId: cell.id, ...more(cell, crowd) }));

const founding = (more: (cell: Cell) => object) =>
  change('createCommunity', (cell) => ({ slug: `${cell.slug}-new`, title: 'New', ...more(cell) }));

const updating = (what: (cell: Cell) => object) => changing('updateCommunity', what);

const updatingMember = (who: (cell: Cell) => Thing, what: object) =>
  changing('updateCommunityMembers', (cell) => ({ memberIds: [who(cell).id], ...what }));

const removing = (who: (cell: Cell) => Thing) =>
  changing('removeCommunityMembers', (cell) => ({ memberIds: [who(cell).id] }));

const adding = (who: (crowd: Crowd) => object, level: string) =>
  changing('addCommunityMembers', (_, crowd) => ({ members: [who(crowd)], level }));

const inviting = (level: string) =>
  changing('inviteToCommunity', (_, { guest }) => ({ users: [{ id: guest.id }], level }));

type Asked = 'invitation' | 'membership' | 'extra';
const answering = (mutation: string, which: Asked, more: object = {}) =>
  change(mutation, (cell) => ({ requestId: cell[which].id, ...more }));

/** The actor’s own membership; for those who have none one that is not there. */
const own = ({ actor, members, extra }: Cell): Thing => {
  const name = actor.split(' ')[1] as keyof Cell['members'];
  return actor === 'a manager by a role' ? extra : (members[name] ?? extra);
};

/** The id under which everyone sees a member. */
const publicIdOf = ({ uuid }: Thing): string =>
  `pub_${createHash('md5').update(uuid).digest('base64url')}`;

const ownRequest = (kind: string, level = 'READER'): Needs => ({
  extra: ({ actor }, { actors, guest }) => ({
    kind,
    level,
    user_id: (actor === 'anyone' ? guest : actors[actor]).uuid,
  }),
});

const theme = { brand: 'teal' };

/** The actor’s own community, as if it were the one that the cell is about. */
const asHut = (cell: Cell): Cell => ({ ...cell, ...cell.hut });

/** A wish of the hut to be a child of the community, and one of the community to be a child of the hall. */
const wishOfHut: Needs = {
  community: () => ({ allows_children: true }),
  extra: ({ hut }) => ({ kind: 'SUBCOMMUNITY', child_id: hut.uuid }),
};
const wishForHall: Needs = {
  extra: ({ uuid, hall }) => ({ kind: 'SUBCOMMUNITY', community_id: hall.uuid, child_id: uuid }),
};

const isAmong = (id: string, { nodes }: { nodes: { id: string }[] }): boolean =>
  nodes.some((it) => it.id === id);

/** Looks for the community among those of somebody. */
const askingOf = (member: Thing, { id }: Cell): Ask => ({
  query: `query ($id: ID!) {
    node(id: $id) { ... on User { communities(first: 100) { nodes { id } } } } }`,
  variables: { id: member.id },
  find: (data) => data.node && isAmong(id, data.node.communities),
});

const ofRequest = (field: string) =>
  reading(`${field}(first: 1) { nodes { id } totalCount }`, (it) => some(it[field]));

const listingRequests =
  (which: 'invitation' | 'membership') =>
  (cell: Cell): Ask => ({
    query: `query ($kinds: [RequestKind!]) { requests(first: 100, kinds: $kinds) { nodes { id } } }`,
    variables: { kinds: [which === 'invitation' ? 'INVITATION' : 'MEMBERSHIP'] },
    find: ({ requests }) => isAmong(cell[which].id, requests),
  });

/** Every act of the matrix, by what it is called there. */
export const acts: Record<string, Act> = {
  'find it by its slug': { ask: reading('', () => true) },
  'find it by its former slug': {
    ask: (it) => reading('', () => true)({ ...it, slug: it.oldSlug }),
  },
  'find it by its id': { ask: node((it) => it) },
  'find it among other ids': {
    ask: ({ id, hut }) => ({
      query: 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }',
      variables: { ids: [hut.id, id] },
      find: ({ nodes }) => nodes[1],
    }),
  },
  'find it in the list': { ask: listing({}) },
  'find it in the list of all states': {
    ask: listing({ deletionStates: ['LIVE', 'DELETED', 'MARKED_FOR_PURGE'] }),
  },
  'find it in the list of what is restricted': {
    ask: listing({
      deletionStates: ['LIVE', 'DELETED', 'MARKED_FOR_PURGE'],
      visibilities: ['RESTRICTED'],
    }),
  },
  'find it in the list of what is put forward': { ask: listing({ isFeatured: true }) },
  'find it among what is put forward': {
    ask: ({ id }) => ({
      query: '{ featuredCommunities(first: 100) { nodes { id } } }',
      variables: {},
      find: (data) => isAmong(id, data.featuredCommunities),
    }),
  },
  'find it as the parent of its child': {
    hut: ({ uuid }) => ({ parent_id: uuid }),
    community: () => ({ allows_children: true }),
    ask: (cell) => reading('parent { id }', ({ parent }) => parent !== null)(asHut(cell)),
  },
  'find it among the children of its parent': {
    community: ({ hall }) => ({ parent_id: hall.uuid }),
    ask: (cell) =>
      reading('children { nodes { id } totalCount }', (it) => some(it.children))({
        ...cell,
        slug: cell.hall.slug,
      }),
  },
  'see the children of it': {
    hut: ({ uuid }) => ({ parent_id: uuid }),
    community: () => ({ allows_children: true }),
    ask: reading('children { nodes { id } totalCount }', (it) => some(it.children)),
  },
  'list the children of it': {
    hut: ({ uuid }) => ({ parent_id: uuid }),
    community: () => ({ allows_children: true }),
    ask: ({ id }) => ({
      query: `query ($filter: CommunityFilterInput) {
        communities(filter: $filter) { nodes { id } totalCount } }`,
      variables: { filter: { parentId: id } },
      find: ({ communities }) => some(communities),
    }),
  },
  'find it among their own communities': {
    ask: ({ id }) => ({
      query: '{ viewer { communities(first: 100) { nodes { id } } } }',
      variables: {},
      find: ({ viewer }) => viewer && isAmong(id, viewer.communities),
    }),
  },
  'find it among the communities of a visible member': {
    ask: (cell, { shown }) => askingOf(shown, cell),
  },
  'find it among the communities of a hidden member': {
    ask: (cell, { shy }) => askingOf(shy, cell),
  },
  'find it on their own invitation': {
    ...ownRequest('INVITATION'),
    ask: ({ extra }) => ({
      query: 'query ($id: ID!) { node(id: $id) { ... on Request { community { id } } } }',
      variables: { id: extra.id },
      find: (data) => data.node && data.node.community !== null,
    }),
  },
  'see why they are in it': {
    ask: ({ id, actor }, { actors }) => ({
      query: 'query ($id: ID!) { explainMembership(userId: $id) { community { id } } }',
      variables: { id: actors[actor].id },
      find: (data) => data.explainMembership.some((it: Loose) => it.community?.id === id),
    }),
  },
  'find it as the community of its group': {
    group: 'its own',
    ask: ({ group }) => ({
      query: `query ($remoteId: String!) {
        group(idp: "myCommons", remoteId: $remoteId) { community { id } } }`,
      variables: { remoteId: group.remoteId },
      find: (data) => data.group && data.group.community !== null,
    }),
  },
  'open the page of it over HTTP': { ask: ({ slug }) => ({ path: `/communities/${slug}` }) },
  'open the page of it by its former slug': {
    ask: ({ oldSlug }) => ({ path: `/communities/${oldSlug}` }),
  },
  'fetch the logo of it': { ask: ({ slug }) => ({ path: `/communities/${slug}/logo` }) },
  'fetch the logo of it by its whole address': {
    ask: ({ slug, hash }) => ({ path: `/communities/${slug}/logo/256/${hash}.png` }),
  },

  'find the tombstone of it': { ask: buried(() => true) },
  'find the hidden tombstone of it': {
    community: () => ({ is_tombstone_visible: false }),
    ask: buried(() => true),
  },
  'see who removed it': { ask: buried((it) => it.removedBy !== null) },
  'see the tombstone on it': {
    ask: reading('tombstone { removedAt }', (it) => it.tombstone !== null),
  },
  'see the history of it': {
    ask: reading('auditLog { totalCount }', (it) => it.auditLog.totalCount > 0),
  },
  'search the audit log for it': {
    ask: ({ id }) => ({
      query: 'query ($id: ID!) { auditLog(subjectId: $id) { totalCount } }',
      variables: { id },
      find: (data) => data.auditLog,
    }),
  },
  'see whether it is verified': {
    ask: reading('isVerified', (it) => it.isVerified !== null),
  },
  'see that it is put forward': { ask: reading('isFeatured', (it) => it.isFeatured) },
  'see when it is put forward': {
    ask: reading('featuredEntries { id }', (it) => it.featuredEntries !== null),
  },
  'find by its id when it is put forward': { ask: node((it) => it.entry) },

  'see the members of it': {
    ask: reading('members { nodes { id } totalCount }', (it) => some(it.members)),
  },
  'see how many members it has': {
    ask: reading('memberCount', (it) => it.memberCount !== null),
  },
  'see which kinds of members it has': {
    ask: reading('members { facets { levels { count } } }', (it) =>
      it.members.facets.levels.some(({ count }: Loose) => count > 0),
    ),
  },
  'find a hidden member of it by id': { ask: node(({ members }) => members.shy) },
  'see the visible members of it': {
    ask: reading('publicMembers { nodes { id } totalCount }', (it) => some(it.publicMembers)),
  },
  'find a visible member of it by id': {
    ask: node(({ members }) => ({ id: publicIdOf(members.shown) })),
  },
  'find a hidden member of it by their public id': {
    ask: node(({ members }) => ({ id: publicIdOf(members.shy) })),
  },
  'see the visible members of it, for members only': {
    community: () => ({ members_visibility: 'RESTRICTED' }),
    ask: reading('publicMembers { nodes { id } totalCount }', (it) => some(it.publicMembers)),
  },

  'see the requests of it': { ask: ofRequest('requests') },
  'see the invitations of it': { ask: ofRequest('invitations') },
  'see who asks to join it': { ask: ofRequest('membershipRequests') },
  'find an invitation to it by id': { ask: node((it) => it.invitation) },
  'find a comment on an invitation to it by id': { ask: node((it) => it.invitation.comment) },
  'find an invitation to it in their list': { ask: listingRequests('invitation') },
  'find who asks to join it in their list': { ask: listingRequests('membership') },

  'found one like it': {
    ask: (cell, crowd) =>
      founding(() => ({
        access: { visibility: cell.state.includes('restricted') ? 'RESTRICTED' : 'PUBLIC' },
      }))(cell, crowd),
  },
  'found one with a theme beside it': { ask: founding(() => ({ theme: theme })) },
  'found one for children beside it': { ask: founding(() => ({ allowsChildren: true })) },
  'found a child of it': {
    community: () => ({ allows_children: true }),
    ask: founding(({ id }) => ({ parentId: id })),
  },
  'describe it': { ask: updating(() => ({ description: 'Other.' })) },
  'open or close it': { ask: updating(() => ({ access: { memberPolicy: 'CLOSED' } })) },
  'change who sees it': {
    ask: updating(({ state }) => ({
      access: { visibility: state.includes('restricted') ? 'PUBLIC' : 'RESTRICTED' },
    })),
  },
  'give it a theme': { ask: updating(() => ({ theme })) },
  'let it have children': { ask: updating(() => ({ allowsChildren: true })) },
  'give it a parent': { ask: updating(({ hall }) => ({ parentId: hall.id })) },
  'make it a parent of their own': {
    community: () => ({ allows_children: true }),
    ask: (cell, crowd) => updating(() => ({ parentId: cell.id }))(asHut(cell), crowd),
  },
  'rename it': { ask: changing('renameCommunity', ({ slug }) => ({ slug: `${slug}-2` })) },
  'delete it': { ask: changing('deleteCommunity') },
  'restore it': { ask: changing('restoreCommunity') },
  'write the tombstone of it': { ask: changing('updateTombstone', () => ({ note: 'Alas.' })) },
  'mark it for purge': { ask: changing('markCommunityForPurge') },
  'take the mark off it': { ask: changing('unmarkCommunityForPurge') },
  'put it forward': { ask: changing('featureCommunity') },
  'put it forward no longer': { ask: changing('unfeatureCommunity') },
  'give it a logo': {
    ask: ({ id }) => ({ mutation: 'setCommunityLogo', input: { communityId: id }, file: logo }),
  },
  'take the logo off it': { ask: changing('deleteCommunityLogo') },
  'link it to a group': {
    group: 'free',
    ask: change('linkCommunityToGroup', ({ id, group }) => ({
      groupId: group.id,
      community: { id },
    })),
  },
  'part it from its group': { group: 'its own', ask: changing('unlinkCommunityFromGroup') },

  'add a role to it': { ask: adding(({ choir }) => ({ roleId: choir.id }), 'MANAGER') },
  'add a role that owns it': { ask: adding(({ choir }) => ({ roleId: choir.id }), 'OWNER') },
  'add a user to it': { ask: adding(({ guest }) => ({ userId: guest.id }), 'READER') },
  'promote a reader of it': {
    ask: updatingMember(({ members }) => members.shy, { level: 'MANAGER' }),
  },
  'make a reader an owner of it': {
    ask: updatingMember(({ members }) => members.shy, { level: 'OWNER' }),
  },
  'demote an owner of it': {
    ask: updatingMember(({ members }) => members.founder, { level: 'READER' }),
  },
  'hide a visible reader of it': {
    ask: updatingMember(({ members }) => members.shown, { isVisible: false }),
  },
  'show a hidden reader of it': {
    ask: updatingMember(({ members }) => members.shy, { isVisible: true }),
  },
  'hide a role in it': {
    ask: updatingMember(({ members }) => members.crew, { isVisible: false }),
  },
  'silence a role in it': {
    ask: updatingMember(({ members }) => members.crew, { isNotified: false }),
  },
  'show that they are in it': { ask: updatingMember(own, { isVisible: true }) },
  'change their own level in it': { ask: updatingMember(own, { level: 'READER' }) },
  'remove a reader from it': { ask: removing(({ members }) => members.shy) },
  'remove an owner from it': { ask: removing(({ members }) => members.founder) },
  'remove themselves from it': { ask: removing(own) },
  'leave it': { ask: changing('leaveCommunity') },

  'invite a reader to it': { ask: inviting('READER') },
  'invite an owner to it': { ask: inviting('OWNER') },
  'ask to join it': { ask: changing('requestMembership') },
  'ask to join it, which is closed': {
    community: () => ({ member_policy: 'CLOSED' }),
    ask: changing('requestMembership'),
  },
  'accept who asks to join it': { ask: answering('acceptRequest', 'membership') },
  'accept who asks to join it as an owner': {
    ask: answering('acceptRequest', 'membership', { level: 'OWNER' }),
  },
  'decline who asks to join it': { ask: answering('declineRequest', 'membership') },
  'cancel for somebody who asks to join it': { ask: answering('cancelRequest', 'membership') },
  'accept for somebody invited to it': { ask: answering('acceptRequest', 'invitation') },
  'decline for somebody invited to it': { ask: answering('declineRequest', 'invitation') },
  'cancel an invitation to it': { ask: answering('cancelRequest', 'invitation') },
  'cancel the invitation of an owner to it': {
    extra: (_, { guest }) => ({ level: 'OWNER', user_id: guest.uuid }),
    ask: answering('cancelRequest', 'extra'),
  },
  'invite somebody to more in it': {
    ask: answering('changeRequestLevel', 'invitation', { level: 'MANAGER' }),
  },
  'invite somebody to own it instead': {
    ask: answering('changeRequestLevel', 'invitation', { level: 'OWNER' }),
  },
  'comment on an invitation to it': {
    ask: answering('commentOnRequest', 'invitation', { content: 'Welcome.' }),
  },
  'edit the comment of somebody else about it': {
    ask: change('updateComment', ({ invitation }) => ({
      commentId: invitation.comment.id,
      content: 'Other.',
    })),
  },
  'delete the comment of somebody else about it': {
    ask: change('deleteComment', ({ invitation }) => ({ commentId: invitation.comment.id })),
  },
  'lock an invitation to it': { ask: answering('lockRequest', 'invitation') },
  'lock who asks to join it': { ask: answering('lockRequest', 'membership') },
  'unlock who asks to join it': {
    membership: { locked_at: new Date() },
    ask: answering('unlockRequest', 'membership'),
  },
  'accept their own invitation to it': {
    ...ownRequest('INVITATION', 'OWNER'),
    ask: answering('acceptRequest', 'extra'),
  },
  'decline their own invitation to it': {
    ...ownRequest('INVITATION'),
    ask: answering('declineRequest', 'extra'),
  },
  'cancel their own invitation to it': {
    ...ownRequest('INVITATION'),
    ask: answering('cancelRequest', 'extra'),
  },
  'raise their own invitation to it': {
    ...ownRequest('INVITATION'),
    ask: answering('changeRequestLevel', 'extra', { level: 'CURATOR' }),
  },
  'cancel their own wish to join it': {
    ...ownRequest('MEMBERSHIP'),
    ask: answering('cancelRequest', 'extra'),
  },
  'accept their own wish to join it': {
    ...ownRequest('MEMBERSHIP'),
    ask: answering('acceptRequest', 'extra'),
  },

  'ask for it to become a child': {
    ask: change('requestSubcommunity', ({ id, hall }) => ({ parentId: hall.id, child: { id } })),
  },
  'ask it to become its child': {
    community: () => ({ allows_children: true }),
    ask: change('requestSubcommunity', ({ id, hut }) => ({ parentId: id, child: { id: hut.id } })),
  },
  'invite others to become its children': {
    community: () => ({ allows_children: true }),
    ask: change('inviteSubcommunity', ({ id, hut }) => ({ parentId: id, childId: hut.id })),
  },
  'invite it to become a child': {
    ask: change('inviteSubcommunity', ({ id, hall }) => ({ parentId: hall.id, childId: id })),
  },
  'accept a child for it': { ...wishOfHut, ask: answering('acceptRequest', 'extra') },
  'decline a child for it': { ...wishOfHut, ask: answering('declineRequest', 'extra') },
  'take back the wish of it for a parent': {
    ...wishForHall,
    ask: answering('cancelRequest', 'extra'),
  },
};
