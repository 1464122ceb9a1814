import { enumOf } from '../enums.ts';
import { searchConnectionOf } from '../search/types.ts';
import { UserConnection } from './types.ts';

export const UserSortEnum = enumOf('UserSort', 'In which order users are listed.', {
  BEST_MATCH: 'Who fits the query best first; the oldest account first if there is none.',
  NAME: 'By name.',
  NEWEST: 'The youngest account first.',
});
export type UserSort = keyof typeof UserSortEnum;

export const UserSearchConnection = searchConnectionOf(UserConnection, 'UserSearchConnection');
