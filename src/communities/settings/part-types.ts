import { GraphQLDateTimeISO } from 'graphql-scalars';
import { Arg, Field, ID, ObjectType } from 'type-graphql';
import type { CustomField, CustomFieldType } from '../../custom-fields.ts';
import { enumOf } from '../../enums.ts';
import { Node } from '../../node.ts';
import { type Term, titleIn } from '../../vocabulary.ts';
import { TermType } from '../../vocabulary-types.ts';

@ObjectType('Tombstone', {
  description: 'What is left to say of a community that was deleted.',
})
export class TombstoneType {
  @Field(() => ID, { description: 'The id that the community had.' })
  communityId!: string;

  @Field(() => String, { description: 'The slug that it had; no other gets it.' })
  slug!: string;

  @Field(() => TermType, { nullable: true, description: 'Why it was deleted.' })
  reason!: Term | null;

  @Field(() => String, { description: 'What else there is to say.' })
  note!: string;

  @Field(() => String, { description: 'How it is cited.' })
  citationText!: string;

  @Field(() => Boolean, { description: 'Whether everyone sees this who could see the community.' })
  isVisible!: boolean;

  @Field(() => GraphQLDateTimeISO, { description: 'When it was deleted.' })
  removedAt!: Date;
}

@ObjectType('FeaturedEntry', {
  implements: Node,
  description: 'A time in which a community is put forward.',
})
export class FeaturedEntryType extends Node {
  @Field(() => GraphQLDateTimeISO, { description: 'From when.' })
  startsAt!: Date;

  @Field(() => GraphQLDateTimeISO, { nullable: true, description: 'Until when; null is for good.' })
  endsAt!: Date | null;
}

const CustomFieldTypeEnum = enumOf<CustomFieldType>(
  'CustomFieldType',
  'What a custom field holds.',
  {
    TEXT: 'Text of one line.',
    PARAGRAPH: 'Text of several lines.',
    HTML: 'HTML, of which only what is harmless is kept.',
    NUMBER: 'A number.',
    BOOLEAN: 'True or false.',
    DATE: 'A day, as 2026-11-21.',
    URL: 'An http(s) address.',
    CHOICE: 'One of some values.',
  },
);

@ObjectType({ description: 'A field that this instance adds to its communities.' })
export class CustomFieldDefinition {
  titles!: CustomField['titles'];

  @Field(() => String, { description: 'Its name, as `kcr:commons_domain`.' })
  name!: string;

  @Field(() => CustomFieldTypeEnum, { description: 'What it holds.' })
  type!: CustomFieldType;

  @Field(() => Boolean, { description: 'Whether every community needs it.' })
  isRequired!: boolean;

  @Field(() => Boolean, { description: 'Whether it holds a list.' })
  isMultiple!: boolean;

  @Field(() => [String], { description: 'What a CHOICE may be.' })
  choices!: readonly string[];

  @Field(() => String, { description: 'Its title, in the first of these languages that there is.' })
  title(
    @Arg('languages', () => [String], {
      defaultValue: ['en'],
      description: 'Languages (BCP 47), best first.',
    })
    languages: string[],
  ): string {
    return titleIn(this, languages);
  }
}
