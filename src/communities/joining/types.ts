import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { Payload } from '../../change.ts';
import type { Level } from '../../level.ts';
import { RequestType } from '../../requests/types.ts';
import { UserRefInput } from '../../users/inputs.ts';
import { LevelEnum } from '../enums.ts';

const ofRequest = 'The version of the request that was seen.';
const said = 'What is to be said with it: HTML, up to 50,000 characters; unsafe parts are removed.';

@InputType({ description: 'Which request, as it was seen.' })
abstract class RequestAim {
  @Field(() => ID, { description: 'The request.' })
  requestId!: string;

  @Field(() => Int, { nullable: true, description: ofRequest })
  expectedVersion?: number | null;
}

@InputType({ description: 'An answer to a request.' })
abstract class Answer extends RequestAim {
  @Field(() => String, { nullable: true, description: said })
  comment?: string | null;
}

@InputType({ description: 'Which request is accepted.' })
export class AcceptRequestInput extends Answer {
  @Field(() => LevelEnum, {
    nullable: true,
    description:
      'For who asks to join: the level to be granted, if it is to be another than asked.',
  })
  level?: Level | null;
}

@InputType({ description: 'Which request is declined.' })
export class DeclineRequestInput extends Answer {}

@InputType({ description: 'Which request is taken back.' })
export class CancelRequestInput extends Answer {}

@InputType({ description: 'Which request is to give which level.' })
export class ChangeRequestLevelInput extends RequestAim {
  @Field(() => LevelEnum, { description: 'The level.' })
  level!: Level;
}

@InputType({ description: 'What is said with a request.' })
abstract class Message {
  @Field(() => String, { nullable: true, description: said })
  message?: string | null;
}

@InputType({ description: 'Who is invited to which community.' })
export class InviteToCommunityInput extends Message {
  @Field(() => ID, { description: 'The community.' })
  communityId!: string;

  @Field(() => [UserRefInput], { description: 'Who is invited: 1 to 100 users.' })
  users!: UserRefInput[];

  @Field(() => LevelEnum, { description: 'What they may do once they are members.' })
  level!: Level;
}

@InputType({ description: 'Which community one would like to join.' })
export class RequestMembershipInput extends Message {
  @Field(() => ID, { description: 'The community.' })
  communityId!: string;
}

@InputType({ description: 'A community that is made to be a child.' })
export class NewSubcommunityInput {
  @Field(() => String, {
    description: 'Its name in addresses: 1 to 100 letters, digits, "-" or "_".',
  })
  slug!: string;

  @Field(() => String, { description: 'Its name for people, 1 to 250 characters.' })
  title!: string;
}

@InputType({ description: 'Either a community that is there, or one to be made.' })
export class SubcommunityRefInput {
  @Field(() => ID, { nullable: true, description: 'A community that one owns.' })
  id?: string;

  @Field(() => NewSubcommunityInput, { nullable: true, description: 'A community to be made.' })
  create?: NewSubcommunityInput;
}

@InputType({ description: 'Which community would like to be the child of which.' })
export class RequestSubcommunityInput extends Message {
  @Field(() => ID, { description: 'The community that is to be the parent.' })
  parentId!: string;

  @Field(() => SubcommunityRefInput, { description: 'The community that is to be the child.' })
  child!: SubcommunityRefInput;
}

@InputType({ description: 'Which community is invited to be the child of which.' })
export class InviteSubcommunityInput extends Message {
  @Field(() => ID, { description: 'The community that is to be the parent.' })
  parentId!: string;

  @Field(() => ID, { description: 'The community that is to be the child.' })
  childId!: string;
}

/** A payload whose only content is the request as it is now. */
function payload(name: string, description: string): new () => Payload {
  @ObjectType(`${name}Payload`, { description })
  class RequestPayload extends Payload {
    @Field(() => RequestType, { nullable: true, description: 'The request, as it is now.' })
    request?: object | null;
  }
  return RequestPayload;
}

export const AcceptRequestPayload = payload('AcceptRequest', 'What accepting came to.');
export const DeclineRequestPayload = payload('DeclineRequest', 'What declining came to.');
export const CancelRequestPayload = payload('CancelRequest', 'What taking back came to.');
export const ChangeRequestLevelPayload = payload('ChangeRequestLevel', 'What the change came to.');
export const RequestMembershipPayload = payload('RequestMembership', 'What asking came to.');
export const RequestSubcommunityPayload = payload('RequestSubcommunity', 'What asking came to.');
export const InviteSubcommunityPayload = payload('InviteSubcommunity', 'What inviting came to.');

@ObjectType({ description: 'What inviting came to.' })
export class InviteToCommunityPayload extends Payload {
  @Field(() => [RequestType], {
    nullable: true,
    description: 'The invitations, in the order of the users.',
  })
  requests?: object[] | null;
}
