import { GraphQLDateTimeISO } from 'graphql-scalars';
import { Field, Int, ObjectType } from 'type-graphql';
import type { Right } from '../actor.ts';
import { connectionOf } from '../connection.ts';
import { enumOf } from '../enums.ts';
import { Node } from '../node.ts';
import type { GroupVisibility } from './group.ts';
import type { RoleAct } from './policy.ts';

export const GroupVisibilityEnum = enumOf('GroupVisibility', 'Who sees a group at its service.', {
  PUBLIC: 'Everyone.',
  PRIVATE: 'Everyone sees that it is there, its members what is in it.',
  HIDDEN: 'Its members alone.',
});

export const RightEnum = enumOf('Right', 'What a local role lets its people do in the instance.', {
  ADMINISTER: 'Everything.',
  MODERATE: 'See and moderate all accounts and communities.',
  SYNC: 'Look at syncs, ask for them, preview and redrive them.',
});

export const RoleActEnum = enumOf('RoleAct', 'What can be done with a role.', {
  UPDATE: 'Change what is said of it.',
  SET_RIGHTS: 'Change what it lets its people do in the instance.',
  ASSIGN: 'Give it to people, and take it from them.',
  DELETE: 'Delete it.',
});

@ObjectType('Group', { implements: Node, description: 'A group of an identity service.' })
export class GroupType extends Node {
  @Field(() => String, { description: 'The identity service, by its key.' })
  idp!: string;

  @Field(() => String, { description: 'What the service calls it.' })
  remoteId!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Its name; null while the service has not told it.',
  })
  name!: string | null;

  @Field(() => String, { description: 'Made of the name; it changes with it.' })
  slug!: string;

  @Field(() => String, { nullable: true, description: 'Where it is at its service.' })
  url!: string | null;

  @Field(() => String, { nullable: true, description: 'The address of its picture.' })
  avatar!: string | null;

  @Field(() => String, { nullable: true, description: 'What it is about.' })
  description!: string | null;

  @Field(() => GroupVisibilityEnum, { nullable: true, description: 'Who sees it at its service.' })
  visibility!: GroupVisibility | null;

  @Field(() => GraphQLDateTimeISO, {
    nullable: true,
    description: 'When the service said that it is gone.',
  })
  deletedAt!: Date | null;

  @Field(() => Int, { description: 'Grows with each change.' })
  version!: number;
}

@ObjectType('Role', {
  implements: Node,
  description: 'A named set of users: local, or one membership category of a remote group.',
})
export class RoleType extends Node {
  @Field(() => String, {
    description: 'A remote role is shown as `{idp}---{slug}|{remoteId}|{category}`.',
  })
  name!: string;

  @Field(() => String, {
    nullable: true,
    description: 'What people call it; local roles only.',
  })
  title!: string | null;

  @Field(() => String, { nullable: true, description: 'What it is for; local roles only.' })
  description!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The membership category; null for a local role.',
  })
  category!: string | null;

  @Field(() => [RightEnum], {
    description: 'What it lets its people do in the instance; local roles only.',
  })
  rights!: Right[];

  @Field(() => Boolean, {
    description: 'Whether it is the role of the administrators, which stays what it is.',
  })
  isProtected!: boolean;

  @Field(() => [RoleActEnum], {
    description: 'What the viewer may do with it now: nothing with what a remote group keeps.',
  })
  viewerPermissions?: RoleAct[];

  @Field(() => Int, { description: 'Grows with each change; send it back as `expectedVersion`.' })
  version!: number;
}

@ObjectType('Assignment', { description: 'That a user has a role, and by whose word.' })
export class AssignmentType {
  @Field(() => String, {
    description: '`LOCAL` if somebody here said so, else the identity service, by its key.',
  })
  source!: string;

  @Field(() => GraphQLDateTimeISO, { description: 'Since when.' })
  since!: Date;
}

export const GroupConnection = connectionOf(() => GroupType, 'Group');
export const RoleConnection = connectionOf(() => RoleType, 'Role');
export const AssignmentConnection = connectionOf(() => AssignmentType, 'Assignment');
