import { Field, InputType, ObjectType } from 'type-graphql';
import { Payload } from '../../change.ts';
import { UserType } from '../../users/types.ts';

@InputType({ description: 'Which address you want.' })
export class ChangeEmailInput {
  @Field(() => String, {
    description:
      'The address. An e-mail goes there, with a link that confirms it; yours is changed once it is.',
  })
  email!: string;
}

@ObjectType({ description: 'What asking for another address answers.' })
export class ChangeEmailPayload extends Payload {
  @Field(() => UserType, { nullable: true, description: 'You, still with the old address.' })
  user?: object | null;
}
