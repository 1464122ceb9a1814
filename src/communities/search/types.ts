import { Field, Int, ObjectType } from 'type-graphql';
import { searchConnectionOf } from '../../search/types.ts';
import { VisibilityEnum } from '../../users/types.ts';
import type { Visibility } from '../../users/user.ts';
import type { Term } from '../../vocabulary.ts';
import { TermType } from '../../vocabulary-types.ts';
import { CommunityConnection } from '../types.ts';

@ObjectType({ description: 'How many communities are of a type.' })
export class CommunityTypeCount {
  @Field(() => TermType, { description: 'The type.' })
  type!: Term;

  @Field(() => Int, { description: 'How many.' })
  count!: number;

  @Field(() => Boolean, { description: 'Whether the filter names it.' })
  isSelected!: boolean;
}

@ObjectType({ description: 'How many communities are seen by everyone, or by their own.' })
export class CommunityVisibilityCount {
  @Field(() => VisibilityEnum, { description: 'By whom.' })
  visibility!: Visibility;

  @Field(() => Int, { description: 'How many.' })
  count!: number;

  @Field(() => Boolean, { description: 'Whether the filter names it.' })
  isSelected!: boolean;
}

@ObjectType({
  description:
    'How many communities each choice would list; a choice does not change its own counts.',
})
export class CommunityFacets {
  @Field(() => [CommunityTypeCount], { description: 'By type, most first.' })
  types!: CommunityTypeCount[];

  @Field(() => [CommunityVisibilityCount], { description: 'By visibility.' })
  visibilities!: CommunityVisibilityCount[];

  @Field(() => Boolean, {
    description: 'Whether all is counted, and not estimated; up to 10,000 always.',
  })
  isExact!: boolean;
}

@ObjectType('CommunitySearchConnection', { description: 'A list that can be searched, in pages.' })
export class CommunitySearchConnection extends searchConnectionOf(
  CommunityConnection,
  'CommunitySearchConnection',
) {
  countFacets!: () => Promise<CommunityFacets>;
}
