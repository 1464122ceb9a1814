import { FieldResolver, Resolver, Root } from 'type-graphql';
import { CommunityFacets, CommunitySearchConnection } from './types.ts';

@Resolver(() => CommunitySearchConnection)
export class CommunitySearchResolver {
  @FieldResolver(() => CommunityFacets, {
    description: 'How many communities each choice would list; counted only when asked for.',
  })
  facets(@Root() { countFacets }: CommunitySearchConnection) {
    return countFacets();
  }
}
