import { GraphQLDateTimeISO } from 'graphql-scalars';
import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import type { Context } from '../context.ts';
import { toGlobalId } from '../ids.ts';
import { PageArgs } from '../page-args.ts';
import { maySeeAll } from './policy.ts';
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
    subjectId?: string | null,
    @Arg('actorId', () => ID, { nullable: true, description: 'Only what this user did.' })
    actorId?: string | null,
    @Arg('acts', () => [String], {
      nullable: true,
      description: 'Only these acts, as `role.assigned`.',
    })
    acts?: string[] | null,
    @Arg('since', () => GraphQLDateTimeISO, {
      nullable: true,
      description: 'Only what was done then or later.',
    })
    since?: Date | null,
    @Arg('until', () => GraphQLDateTimeISO, {
      nullable: true,
      description: 'Only what was done before.',
    })
    until?: Date | null,
  ) {
    const filter = { subjectId, actorId, acts, since, until };
    return AuditEventConnection.of(await listAuditEvents(ctx, args, filter));
  }

  @FieldResolver(() => ID)
  subjectId(@Root() row: AuditRow) {
    return toGlobalId(row.subjectType, row.subjectId);
  }

  @FieldResolver(() => ID, { nullable: true })
  actorId(@Root() row: AuditRow) {
    return row.actorKind === 'USER' && row.actorId ? toGlobalId('User', row.actorId) : null;
  }

  @FieldResolver(() => ID, { nullable: true })
  viaId(@Ctx() { actor }: Context, @Root() row: AuditRow) {
    return maySeeAll(actor) ? shownVia(row) : null;
  }

  @FieldResolver(() => String, { nullable: true })
  ip(@Ctx() { actor }: Context, @Root() row: AuditRow) {
    return maySeeAll(actor) ? row.ip : null;
  }
}

/** What others gave is shown as they gave it. */
function shownVia({ via, viaId }: AuditRow): string | null {
  if (viaId === null || via === 'JWT' || via === 'SENDER') return viaId;
  return toGlobalId(via === 'SESSION' ? 'Session' : 'Token', viaId);
}
