import { Field, ID, InputType } from 'type-graphql';

@InputType({ description: 'A user, by one of the things that tell people apart.' })
export class UserRefInput {
  @Field(() => ID, { nullable: true, description: 'The id.' })
  id?: string;

  @Field(() => String, { nullable: true, description: 'The username, in any case.' })
  username?: string;

  @Field(() => String, {
    nullable: true,
    description: 'The e-mail address, if it is public or one’s own.',
  })
  email?: string;

  @Field(() => String, { nullable: true, description: 'The ORCID iD, as 0000-0002-1825-0097.' })
  orcid?: string;
}
