import type { Feature } from '../feature.ts';
import { ProfileResolver } from './profile-resolver.ts';
import { readIdentities, readUsers } from './queries.ts';
import { UserResolver } from './resolver.ts';
import { userKind } from './search.ts';
import { Identity, User } from './user.ts';

export default {
  entities: [User, Identity],
  resolvers: [UserResolver, ProfileResolver],
  nodes: { User: readUsers, Identity: readIdentities },
  searched: () => [userKind],
} satisfies Feature;
