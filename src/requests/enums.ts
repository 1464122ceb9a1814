import { enumOf } from '../enums.ts';

export const RequestKindEnum = enumOf('RequestKind', 'What is asked, and by whom.', {
  INVITATION: 'A community asks a user to become a member.',
  MEMBERSHIP: 'A user asks a community to become a member.',
  SUBCOMMUNITY: 'A community asks another to become a part of it.',
  SUBCOMMUNITY_INVITATION: 'A community asks another to become a part of itself.',
});

export const RequestStateEnum = enumOf('RequestState', 'What became of a request.', {
  SUBMITTED: 'It waits for an answer.',
  ACCEPTED: 'The answer was yes, and it was done.',
  DECLINED: 'The answer was no.',
  CANCELLED: 'It was taken back.',
  EXPIRED: 'Nobody answered in time.',
});

export const RequestSideEnum = enumOf('RequestSide', 'On which side of a request somebody is.', {
  CREATED: 'The side that asks.',
  RECEIVED: 'The side that is asked.',
});

export const RequestSortEnum = enumOf('RequestSort', 'In which order requests are listed.', {
  NEWEST: 'The youngest first.',
  OLDEST: 'The oldest first.',
  ACTIVITY: 'Where something happened last first.',
});
export type RequestSort = keyof typeof RequestSortEnum;

export const RequestActEnum = enumOf('RequestAct', 'What can be done with a request.', {
  ACCEPT: 'Say yes.',
  DECLINE: 'Say no.',
  CANCEL: 'Take it back.',
  COMMENT: 'Say something about it.',
  LOCK: 'End the conversation about it.',
  UNLOCK: 'Open the conversation about it again.',
  CHANGE_LEVEL: 'Let it give another level.',
});

export const RequestEventKindEnum = enumOf(
  'RequestEventKind',
  'What happened to a request, or was said about it.',
  {
    COMMENT: 'Somebody said something.',
    COMMENT_DELETED: 'What somebody said was deleted; its place and its replies are still there.',
    ACCEPTED: 'It was accepted.',
    DECLINED: 'It was declined.',
    CANCELLED: 'It was taken back.',
    EXPIRED: 'Nobody had answered in time.',
    LOCKED: 'The conversation was ended.',
    UNLOCKED: 'The conversation was opened again.',
    LEVEL_CHANGED: 'It gives another level than before.',
  },
);

export const RequestEventActEnum = enumOf('RequestEventAct', 'What can be done with a comment.', {
  REPLY: 'Answer it.',
  UPDATE: 'Change what it says.',
  DELETE: 'Take it back.',
});
