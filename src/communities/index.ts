import type { Feature } from '../feature.ts';
import { handle } from '../jobs.ts';
import { expireRequests } from '../requests/jobs.ts';
import { TermResolver } from '../vocabulary-types.ts';
import { CommunityChangesResolver } from './changes-resolver.ts';
import { Community, FeaturedEntry, Member, OldSlug } from './community.ts';
import { CommunityFateResolver, TombstoneResolver } from './fate-resolver.ts';
import { readEntries } from './featured.ts';
import { removeLogo } from './jobs.ts';
import { LinkResolver } from './link-resolver.ts';
import { LogoResolver } from './logo-resolver.ts';
import { removeLogos } from './logos.ts';
import { readMembers } from './member-queries.ts';
import {
  CommunityMembersResolver,
  MemberConnectionResolver,
  MemberResolver,
} from './members-resolver.ts';
import { expireDue } from './open-requests.ts';
import { readPublicMembers } from './public-members.ts';
import { readCommunities } from './queries.ts';
import {
  CommunityRequestsResolver,
  RequestEventFieldsResolver,
  RequestFieldsResolver,
} from './request-fields-resolver.ts';
import { CommunityRequestResolver } from './requests-resolver.ts';
import { CommunityResolver } from './resolver.ts';
import { communityRoutes } from './routes.ts';
import { UserCommunitiesResolver } from './user-communities-resolver.ts';
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
    LogoResolver,
    MemberResolver,
    MemberConnectionResolver,
    UserCommunitiesResolver,
    CommunityMembersResolver,
    CommunityRequestResolver,
    CommunityRequestsResolver,
    RequestFieldsResolver,
    RequestEventFieldsResolver,
  ],
  jobs: [handle(expireRequests, expireDue), handle(removeLogo, removeLogos)],
  routes: communityRoutes,
  nodes: {
    Community: readCommunities,
    Member: readMembers,
    PublicMember: readPublicMembers,
    FeaturedEntry: readEntries,
  },
} satisfies Feature;
