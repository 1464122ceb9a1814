import { GraphQLDateTimeISO } from 'graphql-scalars';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { Payload } from '../../change.ts';
import { CommunityType } from '../types.ts';
import { CommunityAim } from './inputs.ts';

/** A payload whose only content is the community as it is now. */
export function payload(name: string, description: string): new () => Payload {
  @ObjectType(`${name}Payload`, { description })
  class CommunityPayload extends Payload {
    @Field(() => CommunityType, { nullable: true, description: 'The community, as it is now.' })
    community?: object | null;
  }
  return CommunityPayload;
}

export const CreateCommunityPayload = payload('CreateCommunity', 'What founding came to.');
export const UpdateCommunityPayload = payload('UpdateCommunity', 'What the change came to.');
export const RenameCommunityPayload = payload('RenameCommunity', 'What renaming came to.');
export const DeleteCommunityPayload = payload('DeleteCommunity', 'What deleting came to.');
export const RestoreCommunityPayload = payload('RestoreCommunity', 'What restoring came to.');
export const UpdateTombstonePayload = payload('UpdateTombstone', 'What the change came to.');
export const MarkForPurgePayload = payload('MarkCommunityForPurge', 'What marking came to.');
export const UnmarkForPurgePayload = payload('UnmarkCommunityForPurge', 'What that came to.');
export const FeatureCommunityPayload = payload('FeatureCommunity', 'What that came to.');
export const UnfeatureCommunityPayload = payload('UnfeatureCommunity', 'What that came to.');

@InputType({ description: 'Which deletion is taken back.' })
export class RestoreCommunityInput extends CommunityAim {}

@InputType({ description: 'Which deleted community is to be removed for good.' })
export class MarkCommunityForPurgeInput extends CommunityAim {}

@InputType({ description: 'Which community is to be kept after all.' })
export class UnmarkCommunityForPurgeInput extends CommunityAim {}

@InputType({ description: 'A community and its new slug.' })
export class RenameCommunityInput extends CommunityAim {
  @Field(() => String, { description: '1 to 100 letters, digits, "-" or "_".' })
  slug!: string;
}

@InputType({ description: 'What can be said of a deletion.' })
abstract class TombstoneFields extends CommunityAim {
  @Field(() => String, { nullable: true, description: 'A word of the removal reasons.' })
  reason?: string | null;

  @Field(() => String, { nullable: true, description: 'What else there is to say; public.' })
  note?: string | null;

  @Field(() => String, { nullable: true, description: 'How the community is cited.' })
  citationText?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether everyone sees this who could see the community; they do if absent.',
  })
  isVisible?: boolean;
}

@InputType({ description: 'Which community is to be deleted, and why.' })
export class DeleteCommunityInput extends TombstoneFields {}

@InputType({ description: 'What is to be said of a deletion; what is absent stays.' })
export class UpdateTombstoneInput extends TombstoneFields {}

@InputType({ description: 'Which community is put forward, and when.' })
export class FeatureCommunityInput extends CommunityAim {
  @Field(() => GraphQLDateTimeISO, { nullable: true, description: 'From when; now if absent.' })
  startsAt?: Date | null;

  @Field(() => GraphQLDateTimeISO, {
    nullable: true,
    description: 'Until when; for good if absent.',
  })
  endsAt?: Date | null;
}

@InputType({ description: 'Which community is put forward no longer.' })
export class UnfeatureCommunityInput extends CommunityAim {
  @Field(() => ID, { nullable: true, description: 'Only this entry; all of them if absent.' })
  entryId?: string | null;
}
