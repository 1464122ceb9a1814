import { Field, ID, InputType } from 'type-graphql';
import { enumOf } from '../enums.ts';
import { VisibilityEnum } from '../users/types.ts';
import type { Visibility } from '../users/user.ts';
import { DeletionStateEnum } from './enums.ts';
import type { DeletionState } from './policy.ts';

export const CommunitySortEnum = enumOf('CommunitySort', 'In which order communities are listed.', {
  BEST_MATCH: 'What fits the query best first; the youngest first if there is none.',
  NEWEST: 'The youngest first.',
  OLDEST: 'The oldest first.',
  UPDATED: 'What was changed last first.',
  TITLE: 'By title.',
});
export type CommunitySort = keyof typeof CommunitySortEnum;

@InputType({ description: 'Which communities; what is absent does not matter.' })
export class CommunityFilterInput {
  @Field(() => [String], { nullable: true, description: 'Of one of these types.' })
  types?: string[] | null;

  @Field(() => [VisibilityEnum], { nullable: true, description: 'Seen by these.' })
  visibilities?: Visibility[] | null;

  @Field(() => [DeletionStateEnum], {
    nullable: true,
    description: 'In one of these states; those that are live if absent.',
  })
  deletionStates?: DeletionState[] | null;

  @Field(() => Boolean, { nullable: true, description: 'Put forward now, or not.' })
  isFeatured?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether others may become their children.',
  })
  allowsChildren?: boolean | null;

  @Field(() => ID, { nullable: true, description: 'The children of this community.' })
  parentId?: string | null;
}
