import { ArgsType, Field, Int, ObjectType } from 'type-graphql';
import { enumOf } from '../../enums.ts';
import type { Level } from '../../level.ts';
import { StateArgs } from '../../requests/args.ts';
import { RequestStateEnum } from '../../requests/enums.ts';
import type { RequestState } from '../../requests/request.ts';
import { RequestConnection } from '../../requests/types.ts';
import { searchConnectionOf } from '../../search/types.ts';
import { LevelEnum } from '../enums.ts';

export const JoiningSortEnum = enumOf(
  'JoiningSort',
  'In which order requests of people are listed.',
  {
    NEWEST: 'The youngest first.',
    OLDEST: 'The oldest first.',
    ACTIVITY: 'Where something happened last first.',
    NAME: 'By the name of who is to become a member.',
  },
);
export type JoiningSort = keyof typeof JoiningSortEnum;

/** Which part of a list of those who are to become members. */
@ArgsType()
export class JoiningArgs extends StateArgs {
  @Field(() => String, {
    nullable: true,
    description:
      'Only those of people whom it finds, in the query language: by name, username, institution, or an address that the viewer can see.',
  })
  query?: string | null;

  @Field(() => [LevelEnum], { nullable: true, description: 'Only those that give these levels.' })
  levels?: Level[] | null;

  @Field(() => JoiningSortEnum, { defaultValue: 'NEWEST', description: 'In which order.' })
  sort: JoiningSort = 'NEWEST';
}

@ObjectType({ description: 'How many requests give a level.' })
export class JoiningLevelCount {
  @Field(() => LevelEnum, { description: 'The level.' })
  level!: Level;

  @Field(() => Int, { description: 'How many.' })
  count!: number;
}

@ObjectType({ description: 'How many requests are in a state.' })
export class JoiningStateCount {
  @Field(() => RequestStateEnum, { description: 'The state, to the moment.' })
  state!: RequestState;

  @Field(() => Int, { description: 'How many.' })
  count!: number;
}

@ObjectType({
  description: 'How many requests each choice would list; a choice does not change its own counts.',
})
export class JoiningFacets {
  @Field(() => [JoiningLevelCount], { description: 'By level, least first.' })
  levels!: JoiningLevelCount[];

  @Field(() => [JoiningStateCount], { description: 'By state, what waits for an answer first.' })
  states!: JoiningStateCount[];
}

@ObjectType('JoiningConnection', { description: 'A list that can be searched, in pages.' })
export class JoiningConnection extends searchConnectionOf(RequestConnection, 'JoiningConnection') {
  countFacets!: () => Promise<JoiningFacets>;
}
