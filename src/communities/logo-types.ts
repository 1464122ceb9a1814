import { Field, InputType } from 'type-graphql';
import type { Upload } from '../multipart.ts';
import { GraphQLUpload } from '../uploads.ts';
import { CommunityAimInput } from './inputs.ts';
import { payload } from './payloads.ts';

@InputType({ description: 'A picture for a community.' })
export class SetCommunityLogoInput extends CommunityAimInput {
  @Field(() => GraphQLUpload, {
    description: 'PNG, JPEG, WebP, GIF or AVIF, up to 5 MB and 40 megapixels.',
  })
  file!: Upload;
}

export const SetLogoPayload = payload('SetCommunityLogo', 'What setting the logo came to.');
export const DeleteLogoPayload = payload('DeleteCommunityLogo', 'What deleting it came to.');
