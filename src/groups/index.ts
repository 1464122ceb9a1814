import type { Feature } from '../feature.ts';
import { Assignment, Group, Role } from './group.ts';
import { readGroups, readRoles } from './queries.ts';
import {
  AssignmentResolver,
  GroupResolver,
  GroupSearchResolver,
  RoleResolver,
  UserRolesResolver,
} from './resolver.ts';
import { RoleChangeResolver } from './role-resolver.ts';
import { groupKind, roleKind } from './search.ts';

export default {
  entities: [Group, Role, Assignment],
  resolvers: [
    GroupResolver,
    GroupSearchResolver,
    RoleResolver,
    RoleChangeResolver,
    AssignmentResolver,
    UserRolesResolver,
  ],
  nodes: { Group: readGroups, Role: readRoles },
  searched: () => [groupKind, roleKind],
} satisfies Feature;
