import { Arg, Args, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { Change } from '../change.ts';
import { type Context, load } from '../context.ts';
import type { Shown } from '../node.ts';
import { PageArgs } from '../page-args.ts';
import { readUsers, type UserRow } from '../users/queries.ts';
import { UserType } from '../users/types.ts';
import type { MailState } from './outbox.ts';
import { readPreferences, updatePreferences } from './preferences.ts';
import { listMails, type MailRow, readMails } from './queries.ts';
import { retry } from './retry.ts';
import * as types from './types.ts';

@Resolver(() => types.MailType)
export class MailResolver {
  @Query(() => types.MailConnection, {
    description: 'The e-mails of the last time, newest first. For administrators.',
  })
  async mails(
    @Ctx() ctx: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('state', () => types.MailStateEnum, {
      nullable: true,
      description: 'Only those of which this became.',
    })
    state?: MailState | null,
  ) {
    return types.MailConnection.of(await listMails(ctx, args, state));
  }

  @Change(
    () => types.RetryMailPayload,
    'ADMINISTER',
    'Sends an e-mail after all that failed or was skipped.',
  )
  async retryMail(
    @Ctx() ctx: Context,
    @Arg('input', () => types.RetryMailInput, { description: 'Which.' })
    input: types.RetryMailInput,
  ) {
    return { mail: await load(ctx, readMails, await retry(ctx, input.mailId)) };
  }

  @FieldResolver(() => UserType, {
    nullable: true,
    description: 'Whose it is; null if it went to an address that nobody had shown to be theirs.',
  })
  user(@Ctx() ctx: Context, @Root() mail: MailRow) {
    return mail.userId === null ? null : load(ctx, readUsers, mail.userId);
  }
}

@Resolver(() => UserType)
export class PreferencesResolver {
  @FieldResolver(() => types.NotificationPreferences, {
    nullable: true,
    description: 'Which e-mails they get; null if it is not you.',
  })
  notifications(@Ctx() ctx: Context, @Root() user: Shown<UserRow>) {
    return load(ctx, readPreferences, user.uuid);
  }

  @Change(() => types.UpdateNotificationsPayload, 'ACCOUNT', 'Changes which e-mails you get.')
  async updateNotifications(
    @Ctx() ctx: Context,
    @Arg('input', () => types.UpdateNotificationsInput, { description: 'Which.' })
    input: types.UpdateNotificationsInput,
  ) {
    return { user: await load(ctx, readUsers, await updatePreferences(ctx, input)) };
  }
}
