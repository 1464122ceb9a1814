import type { Feature } from '../feature.ts';
import { TermResolver } from '../vocabulary-types.ts';
import { CommunityChangesResolver } from './changes-resolver.ts';
import { Community, FeaturedEntry, Member, OldSlug } from './community.ts';
import { CommunityFateResolver, TombstoneResolver } from './fate-resolver.ts';
import { readEntries } from './featured.ts';
import { LinkResolver } from './link-resolver.ts';
import { readMembers } from './member-queries.ts';
import { CommunityMembersResolver, MemberResolver } from './members-resolver.ts';
import { readCommunities } from './queries.ts';
import { CommunityResolver } from './resolver.ts';
import { VocabularyResolver } from './vocabulary-resolver.ts';

export default {
  entities: [Community, Member, OldSlug, FeaturedEntry],
  resolvers: [
    CommunityResolver,
    CommunityChangesResolver,
    CommunityFateResolver,
    TombstoneResolver,
    VocabularyResolver,
    TermResolver,
    LinkResolver,
    MemberResolver,
    CommunityMembersResolver,
  ],
  nodes: { Community: readCommunities, Member: readMembers, FeaturedEntry: readEntries },
} satisfies Feature;
