import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import type { Right } from '../actor.ts';
import { Payload } from '../change.ts';
import { UserRefInput } from '../users/inputs.ts';
import { UserType } from '../users/types.ts';
import { RightEnum, RoleType } from './types.ts';

const nameIs =
  'A letter and up to 79 letters, digits, `_` or `-`; unique ignoring case, and none of the names that are kept for the server.';
const versionIs = 'The version that was seen: refused if it has another by now.';

@InputType({ description: 'A new local role.' })
export class CreateRoleInput {
  @Field(() => String, { description: nameIs })
  name!: string;

  @Field(() => String, { nullable: true, description: 'For people, up to 80 characters.' })
  title?: string | null;

  @Field(() => String, { nullable: true, description: 'What it is for, up to 255 characters.' })
  description?: string | null;

  @Field(() => [RightEnum], {
    nullable: true,
    description: 'What it lets its people do in the whole instance; for administrators to give.',
  })
  rights?: Right[] | null;
}

@InputType({ description: 'What is to change of a local role; what is absent stays.' })
export class UpdateRoleInput {
  @Field(() => ID, { description: 'The role.' })
  roleId!: string;

  @Field(() => String, { nullable: true, description: nameIs })
  name?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'For people, up to 80 characters; null clears it.',
  })
  title?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'What it is for, up to 255 characters; null clears it.',
  })
  description?: string | null;

  @Field(() => [RightEnum], {
    nullable: true,
    description:
      'What it lets its people do in the whole instance: all of it, for what is not in the list is taken. For administrators to give and take.',
  })
  rights?: Right[] | null;

  @Field(() => Int, { nullable: true, description: versionIs })
  expectedVersion?: number | null;
}

@InputType({ description: 'Which local role is to go.' })
export class DeleteRoleInput {
  @Field(() => ID, { description: 'The role; it must be a member of no community.' })
  roleId!: string;

  @Field(() => Int, { nullable: true, description: versionIs })
  expectedVersion?: number | null;
}

@InputType({ description: 'Who is to have which local role.' })
export class AssignRoleInput {
  @Field(() => ID, { description: 'The role.' })
  roleId!: string;

  @Field(() => [UserRefInput], { description: 'Who; 1 to 100, all of them or none.' })
  users!: UserRefInput[];
}

@InputType({ description: 'Who is to have which local role no longer.' })
export class UnassignRoleInput {
  @Field(() => ID, { description: 'The role.' })
  roleId!: string;

  @Field(() => [UserRefInput], { description: 'Who; 1 to 100, all of them or none.' })
  users!: UserRefInput[];
}

@ObjectType({ description: 'What making a role came to.' })
export class CreateRolePayload extends Payload {
  @Field(() => RoleType, { nullable: true, description: 'The role.' })
  role?: object | null;
}

@ObjectType({ description: 'What changing a role came to.' })
export class UpdateRolePayload extends Payload {
  @Field(() => RoleType, { nullable: true, description: 'The role.' })
  role?: object | null;
}

@ObjectType({ description: 'What deleting a role came to.' })
export class DeleteRolePayload extends Payload {
  @Field(() => ID, { nullable: true, description: 'The role that is gone.' })
  deletedRoleId?: string | null;
}

@ObjectType({ description: 'What giving a role came to.' })
export class AssignRolePayload extends Payload {
  @Field(() => RoleType, { nullable: true, description: 'The role.' })
  role?: object | null;

  @Field(() => [UserType], {
    nullable: true,
    description:
      'Who got it, without those who had it already. It counts from their next request on.',
  })
  assigned?: object[] | null;
}

@ObjectType({ description: 'What taking a role came to.' })
export class UnassignRolePayload extends Payload {
  @Field(() => RoleType, { nullable: true, description: 'The role.' })
  role?: object | null;

  @Field(() => [UserType], {
    nullable: true,
    description: 'Who lost it, without those who had it not. It counts from their next request on.',
  })
  unassigned?: object[] | null;
}
