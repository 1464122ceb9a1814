import { Field, InputType } from 'type-graphql';

@InputType({ description: 'Letters and colours (`#00508c`).' })
export class CommunityThemeStyleInput {
  @Field(() => String, { nullable: true, description: 'The font.' })
  fontFamily?: string | null;

  @Field(() => String, { nullable: true, description: 'The size of the font.' })
  fontSize?: string | null;

  @Field(() => String, { nullable: true, description: 'The first colour.' })
  primaryColor?: string | null;

  @Field(() => String, { nullable: true, description: 'The second colour.' })
  secondaryColor?: string | null;

  @Field(() => String, { nullable: true, description: 'The third colour.' })
  tertiaryColor?: string | null;

  @Field(() => String, { nullable: true, description: 'Of text on the first colour.' })
  primaryTextColor?: string | null;

  @Field(() => String, { nullable: true, description: 'Of text on the second colour.' })
  secondaryTextColor?: string | null;

  @Field(() => String, { nullable: true, description: 'Of text on the third colour.' })
  tertiaryTextColor?: string | null;

  @Field(() => String, { nullable: true, description: 'Behind the head of the page.' })
  mainHeaderBackgroundColor?: string | null;
}

@InputType({ description: 'How a community looks.' })
export class CommunityThemeInput {
  @Field(() => String, { nullable: true, description: 'The name of the brand.' })
  brand?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether it is used; it is by default.' })
  isEnabled?: boolean | null;

  @Field(() => CommunityThemeStyleInput, { nullable: true, description: 'Letters and colours.' })
  style?: CommunityThemeStyleInput | null;
}
