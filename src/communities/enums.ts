import { enumOf } from '../enums.ts';

export const LevelEnum = enumOf('Level', 'What a member may do in a community, least first.', {
  READER: 'See what is restricted.',
  CURATOR: 'Also curate.',
  MANAGER: 'Also manage members, up to this level.',
  OWNER: 'Everything: settings, rename, delete, give the community away.',
});

export const MemberPolicyEnum = enumOf('MemberPolicy', 'Who may ask to join a community.', {
  OPEN: 'Whoever is signed in.',
  CLOSED: 'Nobody: people are invited.',
});

export const SubmissionPolicyEnum = enumOf('SubmissionPolicy', 'Who may submit records.', {
  OPEN: 'Whoever is signed in; to a restricted community its members.',
  CLOSED: 'Members.',
});

export const ReviewPolicyEnum = enumOf('ReviewPolicy', 'Whose records need no review.', {
  CLOSED: 'Nobody’s: every record is reviewed.',
  OPEN: 'Those of curators, managers and owners.',
  MEMBERS: 'Those of all members.',
});

export const DeletionStateEnum = enumOf('DeletionState', 'Whether a community is still there.', {
  LIVE: 'It is.',
  DELETED: 'It was deleted and can be restored.',
  MARKED_FOR_PURGE: 'It was deleted and waits to be removed for good.',
});

export const CommunityActEnum = enumOf('CommunityAct', 'What somebody may do with a community.', {
  UPDATE: 'Change what is said of it.',
  MANAGE_ACCESS: 'Change who can see it.',
  RENAME: 'Give it another slug.',
  SET_LOGO: 'Set or delete its logo.',
  LINK: 'Link it to a group, or part it from one.',
  DELETE: 'Delete it.',
  RESTORE: 'Restore it.',
  EDIT_TOMBSTONE: 'Change what is said of its deletion.',
  MARK_FOR_PURGE: 'Mark it to be removed for good.',
  UNMARK_FOR_PURGE: 'Take that mark away.',
  SEE_AUDIT_LOG: 'See what was done to it.',
  SEE_REQUESTS: 'See the requests that are for it to answer.',
  SUBMIT_RECORD: 'Submit records.',
  INCLUDE_DIRECTLY: 'Include records without review.',
  SEE_MEMBERS: 'See all members.',
  SEE_PUBLIC_MEMBERS: 'See the members who want to be seen.',
  ADD_ROLES: 'Make roles members.',
  ADD_USERS: 'Make users members without asking them.',
  MANAGE_MEMBERS: 'Change and remove members, up to the own level.',
  LEAVE: 'Leave it; who is in by a role leaves that at its group.',
  INVITE: 'Invite people.',
  SEE_INVITATIONS: 'See invitations.',
  REQUEST_MEMBERSHIP: 'Ask to join.',
  SEE_MEMBERSHIP_REQUESTS: 'See who asks to join.',
  REQUEST_SUBCOMMUNITY: 'Ask for it to become another’s child.',
  INVITE_SUBCOMMUNITY: 'Invite another to become its child.',
  FEATURE: 'Put it forward.',
  SET_THEME: 'Change how it looks.',
  MANAGE_CHILDREN: 'Let others become its children.',
  MANAGE_PARENT: 'Make it another’s child.',
  SEE_VERIFIED: 'See whether it is verified.',
});
