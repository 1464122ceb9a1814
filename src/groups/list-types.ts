import { Field, Int, ObjectType } from 'type-graphql';
import { searchConnectionOf } from '../search/types.ts';
import { GroupConnection, RoleConnection } from './types.ts';

@ObjectType({ description: 'How many groups there are of an identity service.' })
export class GroupIdpCount {
  @Field(() => String, { description: 'The identity service, by its key.' })
  idp!: string;

  @Field(() => Int, { description: 'How many.' })
  count!: number;

  @Field(() => Boolean, { description: 'Whether it was asked for.' })
  isSelected!: boolean;
}

@ObjectType({
  description: 'How many groups each choice would list; a choice does not change its own counts.',
})
export class GroupFacets {
  @Field(() => [GroupIdpCount], { description: 'By identity service, most first.' })
  idps!: GroupIdpCount[];

  @Field(() => Boolean, {
    description: 'Whether all is counted, and not estimated; up to 10,000 always.',
  })
  isExact!: boolean;
}

@ObjectType('GroupSearchConnection', { description: 'A list that can be searched, in pages.' })
export class GroupSearchConnection extends searchConnectionOf(
  GroupConnection,
  'GroupSearchConnection',
) {
  countFacets!: () => Promise<GroupFacets>;
}

export const RoleSearchConnection = searchConnectionOf(RoleConnection, 'RoleSearchConnection');
