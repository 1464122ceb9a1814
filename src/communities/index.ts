import type { Feature } from '../feature.ts';
import { Community, Member } from './community.ts';
import { readCommunities, readMembers } from './queries.ts';
import { CommunityResolver, GroupCommunityResolver, MemberResolver } from './resolver.ts';

export default {
  entities: [Community, Member],
  resolvers: [CommunityResolver, MemberResolver, GroupCommunityResolver],
  nodes: { Community: readCommunities, Member: readMembers },
} satisfies Feature;
