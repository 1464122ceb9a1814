import { Ctx, Query, Resolver } from 'type-graphql';
import type { Context } from '../../context.ts';
import { TermType } from '../../vocabulary-types.ts';
import { CustomFieldDefinition } from './part-types.ts';

/** What this instance lets people choose from. */
@Resolver()
export class VocabularyResolver {
  @Query(() => [TermType], { description: 'The types that a community can have.' })
  communityTypes(@Ctx() ctx: Context) {
    return [...ctx.config.vocabularies.communityTypes.values()];
  }

  @Query(() => [TermType], { description: 'The reasons for which a community can be deleted.' })
  removalReasons(@Ctx() ctx: Context) {
    return [...ctx.config.vocabularies.removalReasons.values()];
  }

  @Query(() => [CustomFieldDefinition], {
    description: 'The fields that this instance adds to its communities.',
  })
  customFields(@Ctx() ctx: Context) {
    return [...ctx.config.customFields.values()].map((it) =>
      Object.assign(new CustomFieldDefinition(), it),
    );
  }
}
