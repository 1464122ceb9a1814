import { Arg, Args, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { Change } from '../change.ts';
import { type Context, load } from '../context.ts';
import { PageArgs } from '../page-args.ts';
import { type DeliveryRow, listDeliveries, readDeliveries } from './queries.ts';
import { redeliver } from './redeliver.ts';
import * as types from './types.ts';

@Resolver(() => types.WebhookDeliveryType)
export class WebhookResolver {
  @Query(() => types.WebhookDeliveryConnection, {
    description: 'The webhooks that came in, newest first. For those who sync.',
  })
  async webhookDeliveries(
    @Ctx() ctx: Context,
    @Args(() => PageArgs) args: PageArgs,
    @Arg('idp', () => String, {
      nullable: true,
      description: 'Only those of this identity service.',
    })
    idp?: string,
  ) {
    return types.WebhookDeliveryConnection.of(await listDeliveries(ctx, args, idp));
  }

  @Change(
    () => types.RedeliverWebhookPayload,
    'SYNC',
    'Takes a webhook in once more, as if it had just come.',
  )
  async redeliverWebhook(
    @Ctx() ctx: Context,
    @Arg('input', () => types.RedeliverWebhookInput, { description: 'Which.' })
    input: types.RedeliverWebhookInput,
  ) {
    return { delivery: await load(ctx, readDeliveries, await redeliver(ctx, input.deliveryId)) };
  }

  @FieldResolver(() => [types.WebhookEvent])
  events(@Root() delivery: DeliveryRow) {
    return delivery.outcomes;
  }

  @FieldResolver(() => types.WebhookDeliveryType, {
    nullable: true,
    description: 'The delivery that was taken in once more by this one.',
  })
  redeliveryOf(@Ctx() ctx: Context, @Root() delivery: DeliveryRow) {
    return delivery.redeliveryOfId === null
      ? null
      : load(ctx, readDeliveries, delivery.redeliveryOfId);
  }
}
