import type { Feature } from '../feature.ts';
import { handle } from '../jobs.ts';
import { expireRequests } from '../requests/jobs.ts';
import { TermResolver } from '../vocabulary-types.ts';
import { Community, FeaturedEntry, Member, OldSlug } from './community.ts';
import { removeLogo } from './jobs.ts';
import {
  CommunityRequestsResolver,
  JoiningConnectionResolver,
  RequestEventFieldsResolver,
  RequestFieldsResolver,
} from './joining/fields-resolver.ts';
import { expireDue } from './joining/open-requests.ts';
import { CommunityRequestResolver } from './joining/resolver.ts';
import { LinkResolver } from './links/resolver.ts';
import { removeLogos } from './logo/logos.ts';
import { LogoResolver } from './logo/resolver.ts';
import { UserCommunitiesResolver } from './members/of-user-resolver.ts';
import { readPublicMembers } from './members/public.ts';
import { readMembers } from './members/queries.ts';
import {
  CommunityMembersResolver,
  MemberConnectionResolver,
  MemberResolver,
} from './members/resolver.ts';
import { readCommunities } from './queries.ts';
import { CommunityResolver } from './resolver.ts';
import { communityRoutes } from './routes.ts';
import { communityKind } from './search/kind.ts';
import { CommunitySearchResolver } from './search/resolver.ts';
import { CommunityFateResolver, TombstoneResolver } from './settings/fate-resolver.ts';
import { readEntries } from './settings/featured.ts';
import { CommunityChangesResolver } from './settings/resolver.ts';
import { VocabularyResolver } from './settings/vocabulary-resolver.ts';

export default {
  entities: [Community, Member, OldSlug, FeaturedEntry],
  resolvers: [
    CommunityResolver,
    CommunitySearchResolver,
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
    JoiningConnectionResolver,
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
  searched: (config) => [communityKind(config)],
} satisfies Feature;
