import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import type { Context } from '../context.ts';
import { toGlobalId } from '../ids.ts';
import { PageArgs } from '../page-args.ts';
import { type AuditRow, listAuditEvents } from './queries.ts';
import { AuditEventConnection, AuditEventType } from './types.ts';

@Resolver(() => AuditEventType)
export class AuditResolver {
  @Query(() => AuditEventConnection, {
    description: 'What was done, newest first. For administrators.',
  })
  async auditLog(
    @Ctx() ctx: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('subjectId', () => ID, {
      nullable: true,
      description: 'Only what was done to this thing.',
    })
    subjectId?: string,
  ) {
    return AuditEventConnection.of(await listAuditEvents(ctx, args, subjectId));
  }

  @FieldResolver(() => ID)
  subjectId(@Root() row: AuditRow) {
    return toGlobalId(row.subjectType, row.subjectId);
  }

  @FieldResolver(() => ID, { nullable: true })
  actorId(@Root() row: AuditRow) {
    return row.actorKind === 'USER' && row.actorId ? toGlobalId('User', row.actorId) : null;
  }
}
