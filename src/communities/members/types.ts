import { GraphQLDateTimeISO } from 'graphql-scalars';
import { Field, Int, ObjectType } from 'type-graphql';
import { connectionOf } from '../../connection.ts';
import { enumOf } from '../../enums.ts';
import type { Level } from '../../level.ts';
import { Node } from '../../node.ts';
import { searchConnectionOf } from '../../search/types.ts';
import { LevelEnum } from '../enums.ts';
import type { MemberAct } from './policy.ts';

export const MemberActEnum = enumOf<MemberAct>('MemberAct', 'What somebody may do with a member.', {
  CHANGE_LEVEL: 'Give it another level, up to the own.',
  CHANGE_VISIBILITY: 'Show it to those who are no members, or hide it, whichever it is not.',
  CHANGE_NOTIFIED: 'Say whether the people of the role get e-mails.',
  REMOVE: 'Remove it.',
  LEAVE: 'Leave the community; the last owner cannot.',
});

export const MemberSortEnum = enumOf('MemberSort', 'In which order members are listed.', {
  NAME: 'By name.',
  NEWEST: 'Who came last first.',
  OLDEST: 'Who came first first.',
});
export type MemberSort = keyof typeof MemberSortEnum;

@ObjectType('Member', {
  implements: Node,
  description: 'A user or a role in a community: one of the two.',
})
export class MemberType extends Node {
  @Field(() => LevelEnum, { description: 'What the member may do.' })
  level!: Level;

  @Field(() => Boolean, { description: 'Whether those who are no members see it.' })
  isVisible!: boolean;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether the people of the role get the community’s e-mails; null for a user.',
  })
  isNotified!: boolean | null;

  @Field(() => String, { description: 'The name of the user, or of the role or its group.' })
  name!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The institution of the user, or what the role’s group is about.',
  })
  description!: string | null;

  @Field(() => String, { nullable: true, description: 'The address of the group’s picture.' })
  avatar!: string | null;

  @Field(() => GraphQLDateTimeISO, { description: 'Since when it is a member.' })
  createdAt!: Date;
}

@ObjectType('PublicMember', {
  implements: Node,
  description: 'A member who wants to be seen, as everyone sees them.',
})
export class PublicMemberType extends Node {
  @Field(() => String, { description: 'The name of the user, or of the role or its group.' })
  name!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The institution of the user, or what the role’s group is about.',
  })
  description!: string | null;

  @Field(() => String, { nullable: true, description: 'The address of the group’s picture.' })
  avatar!: string | null;
}

export const PublicMemberConnection = searchConnectionOf(
  connectionOf(() => PublicMemberType, 'PublicMember'),
  'PublicMemberConnection',
);

@ObjectType({ description: 'How many members have a level.' })
export class MemberLevelCount {
  @Field(() => LevelEnum, { description: 'The level.' })
  level!: Level;

  @Field(() => Int, { description: 'How many.' })
  count!: number;
}

@ObjectType({ description: 'How many members are visible, or are not.' })
export class MemberVisibilityCount {
  @Field(() => Boolean, { description: 'Whether those who are no members see them.' })
  isVisible!: boolean;

  @Field(() => Int, { description: 'How many.' })
  count!: number;
}

@ObjectType({
  description: 'How many members each choice would list; a choice does not change its own counts.',
})
export class MemberFacets {
  @Field(() => [MemberLevelCount], { description: 'By level, least first.' })
  levels!: MemberLevelCount[];

  @Field(() => [MemberVisibilityCount], { description: 'By visibility, what is visible first.' })
  visibility!: MemberVisibilityCount[];
}

@ObjectType('MemberConnection', { description: 'A list that can be searched, in pages.' })
export class MemberConnection extends searchConnectionOf(
  connectionOf(() => MemberType, 'Member'),
  'MemberConnection',
) {
  countFacets!: () => Promise<MemberFacets>;
}
