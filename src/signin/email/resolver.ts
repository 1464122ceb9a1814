import { Arg, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { Change } from '../../change.ts';
import { type Context, load } from '../../context.ts';
import type { Shown } from '../../node.ts';
import { readUsers, type UserRow } from '../../users/queries.ts';
import { UserType } from '../../users/types.ts';
import { changeEmail, readPendingEmails } from './email.ts';
import { ChangeEmailInput, ChangeEmailPayload } from './types.ts';

@Resolver(() => UserType)
export class EmailResolver {
  @FieldResolver(() => String, {
    nullable: true,
    description: 'The address that you asked for and did not confirm yet; null if it is not you.',
  })
  async pendingEmail(@Ctx() ctx: Context, @Root() user: Shown<UserRow>) {
    return (await load(ctx, readPendingEmails, user.uuid)) ?? null;
  }

  @Change(
    () => ChangeEmailPayload,
    'ACCOUNT',
    'Asks for another e-mail address, or has yours confirmed. Both addresses are told; it is changed once whoever reads the new one says so.',
  )
  async changeEmail(
    @Ctx() ctx: Context,
    @Arg('input', () => ChangeEmailInput, { description: 'Which.' }) input: ChangeEmailInput,
  ) {
    return { user: await load(ctx, readUsers, await changeEmail(ctx, input)) };
  }
}
