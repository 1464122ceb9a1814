import { GraphQLDateTimeISO } from 'graphql-scalars';
import { Arg, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { Change } from '../change.ts';
import { type Context, load } from '../context.ts';
import type { Shown } from '../node.ts';
import { readUsers, type UserRow } from '../users/queries.ts';
import { UserType } from '../users/types.ts';
import { activate, deactivate } from './closing.ts';
import { erase } from './erasing/erase.ts';
import { exportUser } from './export/export.ts';
import { readMergedInto } from './fate.ts';
import { link } from './linking.ts';
import { readFates } from './queries.ts';
import * as types from './types.ts';
import { unlink } from './unlinking.ts';

@Resolver(() => UserType)
export class AccountResolver {
  @Change(
    () => types.DeactivateUserPayload,
    'MODERATE',
    'Closes an account: in the very next request neither sessions nor tokens nor links let its person in, and they get no e-mails and are not found. Memberships and roles stay, for `activateUser`. For those who moderate; an administrator’s for administrators, and nobody’s own. Refused for the last administrator, and while a community would have no owner.',
  )
  async deactivateUser(
    @Ctx() ctx: Context,
    @Arg('input', () => types.DeactivateUserInput, { description: 'Whose.' })
    input: types.DeactivateUserInput,
  ) {
    return { user: await load(ctx, readUsers, await deactivate(ctx, input)) };
  }

  @Change(
    () => types.ActivateUserPayload,
    'MODERATE',
    'Opens an account that was deactivated or suspended. Its person has to sign in anew, and tokens that were revoked stay so. One that a service suspended it suspends again at its next look, if it still does not know the person. For those who may deactivate it.',
  )
  async activateUser(
    @Ctx() ctx: Context,
    @Arg('input', () => types.ActivateUserInput, { description: 'Whose.' })
    input: types.ActivateUserInput,
  ) {
    return { user: await load(ctx, readUsers, await activate(ctx, input)) };
  }

  @Change(
    () => types.LinkIdentityPayload,
    'ADMINISTER',
    'Says that a service knows a user as somebody: whoever signs in there as that comes in as the user. It is the administrator who has to be sure of it. For one’s own account, add the provider on the page `/console`.',
  )
  async linkIdentity(
    @Ctx() ctx: Context,
    @Arg('input', () => types.LinkIdentityInput, { description: 'Which.' })
    input: types.LinkIdentityInput,
  ) {
    return { user: await load(ctx, readUsers, await link(ctx, input)) };
  }

  @Change(
    () => types.UnlinkIdentityPayload,
    'ACCOUNT',
    'Takes an identity from an account, one’s own or, for administrators, anybody’s: sessions that began by it end, and roles that its service gave go. Refused if it is the last way in. If the service speaks of the person again and it provisions, they get a new account, as somebody who was never here.',
  )
  async unlinkIdentity(
    @Ctx() ctx: Context,
    @Arg('input', () => types.UnlinkIdentityInput, { description: 'Which.' })
    input: types.UnlinkIdentityInput,
  ) {
    return { user: await load(ctx, readUsers, await unlink(ctx, input)) };
  }

  @Change(
    () => types.ExportUserPayload,
    'ACCOUNT',
    'Tells all that is kept of a person, without secrets: to the person, and to administrators.',
  )
  async exportUser(
    @Ctx() ctx: Context,
    @Arg('input', () => types.ExportUserInput, { description: 'Of whom.' })
    input: types.ExportUserInput,
  ) {
    return { document: await exportUser(ctx, input) };
  }

  @Change(
    () => types.EraseUserPayload,
    'ACCOUNT',
    'Removes all that tells of a person, for good, of accounts that were merged into theirs, too: for administrators, and for the person in a browser. A service that still knows the person and provisions makes a new account at its next word: have it forget them first.',
  )
  async eraseUser(
    @Ctx() ctx: Context,
    @Arg('input', () => types.EraseUserInput, { description: 'Who.' })
    input: types.EraseUserInput,
  ) {
    return { user: await load(ctx, readUsers, await erase(ctx, input)) };
  }

  @FieldResolver(() => UserType, {
    nullable: true,
    description: 'The account that this one went into; null for those who do not moderate.',
  })
  mergedInto(@Ctx() ctx: Context, @Root() user: Shown<UserRow>) {
    return readMergedInto(ctx, user.uuid);
  }

  @FieldResolver(() => GraphQLDateTimeISO, {
    nullable: true,
    description: 'When all that told of the person was removed.',
  })
  async erasedAt(@Ctx() ctx: Context, @Root() user: Shown<UserRow>) {
    return (await load(ctx, readFates, user.uuid))?.erasedAt;
  }
}
