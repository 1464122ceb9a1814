import { type FileUpload, GraphQLUpload } from 'graphql-upload-minimal';
import { Field, InputType } from 'type-graphql';
import { CommunityAim } from '../settings/inputs.ts';
import { payload } from '../settings/payloads.ts';

@InputType({ description: 'A picture for a community.' })
export class SetCommunityLogoInput extends CommunityAim {
  @Field(() => GraphQLUpload, {
    description: 'PNG, JPEG, WebP, GIF or AVIF, up to 5 MB and 40 megapixels.',
  })
  file!: Promise<FileUpload>;
}

@InputType({ description: 'Whose logo is to go.' })
export class DeleteCommunityLogoInput extends CommunityAim {}

export const SetLogoPayload = payload('SetCommunityLogo', 'What setting the logo came to.');
export const DeleteLogoPayload = payload('DeleteCommunityLogo', 'What deleting it came to.');
