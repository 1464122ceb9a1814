import { Arg, Field, FieldResolver, ObjectType, Resolver, Root } from 'type-graphql';
import { type Term, titleIn } from './vocabulary.ts';

@ObjectType('Term', { description: 'A word of a vocabulary.' })
export class TermType {
  @Field(() => String, { description: 'What programs call it.' })
  key!: string;
}

@Resolver(() => TermType)
export class TermResolver {
  @FieldResolver(() => String, {
    description:
      'Its title, in the first of these languages that there is one in; else in English.',
  })
  title(
    @Root() term: Term,
    @Arg('languages', () => [String], {
      defaultValue: ['en'],
      description: 'Languages (BCP 47), best first, as `["de-AT", "fr"]`.',
    })
    languages: string[],
  ) {
    return titleIn(term, languages);
  }
}
