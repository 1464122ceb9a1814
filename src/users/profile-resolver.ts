import { Arg, Ctx, Field, FieldResolver, ObjectType, Resolver, Root } from 'type-graphql';
import { Change, Payload } from '../change.ts';
import { type Context, load } from '../context.ts';
import type { Shown } from '../node.ts';
import { NamePartsType } from './name-types.ts';
import { fullOf, invertedOf, partsOf } from './names.ts';
import { maySeeChoices } from './policy.ts';
import { updatePreferences, updateProfile, updateUser } from './profile.ts';
import * as inputs from './profile-inputs.ts';
import { readUsers, type UserRow } from './queries.ts';
import { create } from './service.ts';
import { UserType, VisibilityEnum } from './types.ts';

function payload(name: string, description: string): new () => Payload {
  @ObjectType(`${name}Payload`, { description })
  class UserPayload extends Payload {
    @Field(() => UserType, { nullable: true, description: 'The user, as they are now.' })
    user?: object | null;
  }
  return UserPayload;
}

const UpdateProfilePayload = payload('UpdateProfile', 'What the change came to.');
const UpdatePreferencesPayload = payload('UpdatePreferences', 'What the change came to.');
const UpdateUserPayload = payload('UpdateUser', 'What the change came to.');
const CreateUserPayload = payload('CreateUser', 'What making the account came to.');

const answer = async (ctx: Context, id: string) => ({ user: await load(ctx, readUsers, id) });

/** What people say of themselves, or those who look after their accounts. */
@Resolver(() => UserType)
export class ProfileResolver {
  @Change(
    () => UpdateProfilePayload,
    'ACCOUNT',
    'Changes what you say of yourself. What an identity service keeps up to date is left alone by syncs from then on, until you unlock it.',
  )
  async updateProfile(
    @Ctx() ctx: Context,
    @Arg('input', () => inputs.UpdateProfileInput, { description: 'What is to be different.' })
    input: inputs.UpdateProfileInput,
  ) {
    return answer(ctx, await updateProfile(ctx, input));
  }

  @Change(
    () => UpdatePreferencesPayload,
    'ACCOUNT',
    'Changes who sees you, your language and your time zone.',
  )
  async updatePreferences(
    @Ctx() ctx: Context,
    @Arg('input', () => inputs.UpdatePreferencesInput, { description: 'What is to be different.' })
    input: inputs.UpdatePreferencesInput,
  ) {
    return answer(ctx, await updatePreferences(ctx, input));
  }

  @Change(
    () => UpdateUserPayload,
    'MODERATE',
    'Changes the account of somebody else. For those who moderate; an administrator’s is changed by administrators only.',
  )
  async updateUser(
    @Ctx() ctx: Context,
    @Arg('input', () => inputs.UpdateUserInput, { description: 'Whose, and what.' })
    input: inputs.UpdateUserInput,
  ) {
    return answer(ctx, await updateUser(ctx, input));
  }

  @Change(
    () => CreateUserPayload,
    'MODERATE',
    'Makes an account that no identity service knows. For those who moderate.',
  )
  async createUser(
    @Ctx() ctx: Context,
    @Arg('input', () => inputs.CreateUserInput, { description: 'Whose.' })
    input: inputs.CreateUserInput,
  ) {
    return answer(ctx, (await create(ctx, input)).id);
  }

  @FieldResolver(() => VisibilityEnum, { nullable: true })
  visibility(@Ctx() ctx: Context, @Root() user: Shown<UserRow>) {
    return chosen(ctx, user)?.visibility;
  }

  @FieldResolver(() => VisibilityEnum, { nullable: true })
  emailVisibility(@Ctx() ctx: Context, @Root() user: Shown<UserRow>) {
    return chosen(ctx, user)?.emailVisibility;
  }

  @FieldResolver(() => Boolean, { nullable: true })
  isEmailVerified(@Ctx() ctx: Context, @Root() user: Shown<UserRow>) {
    return chosen(ctx, user)?.isEmailVerified;
  }

  @FieldResolver(() => NamePartsType, {
    description:
      'The parts of the name: what was said here goes before what an identity service says.',
  })
  nameParts(@Root() user: Shown<UserRow>) {
    return partsOf(user);
  }

  @FieldResolver(() => NamePartsType, {
    nullable: true,
    description: 'What was said here of the parts of the name; null if it is not yours to see.',
  })
  localNameParts(@Ctx() ctx: Context, @Root() user: Shown<UserRow>) {
    return chosen(ctx, user)?.nameParts;
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'The parts of the name together, as `Anna van der Berg`; null if none is known.',
  })
  nameFull(@Root() user: Shown<UserRow>) {
    return fullOf(partsOf(user));
  }

  @FieldResolver(() => String, {
    nullable: true,
    description:
      'The same as in an alphabetical list: `Berg, Anna van der`, or `van der Berg, Anna` if the prefix is fixed.',
  })
  nameInverted(@Root() user: Shown<UserRow>) {
    return invertedOf(partsOf(user));
  }
}

/** The user, to whom what they chose may be shown; nothing for others. */
const chosen = (ctx: Context, user: Shown<UserRow>) =>
  maySeeChoices(ctx.actor, user.uuid) ? user : undefined;
