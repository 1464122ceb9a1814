import { type FileUpload, GraphQLUpload } from 'graphql-upload-minimal';
import { Arg, Field, InputType, ObjectType } from 'type-graphql';
import { enumOf } from '../../enums.ts';
import { CommunityAim } from '../settings/inputs.ts';
import { payload } from '../settings/payloads.ts';

export const LogoSizeEnum = enumOf('LogoSize', 'How big a square logo is.', {
  SMALL: '64 pixels a side.',
  MEDIUM: '256 pixels a side.',
  LARGE: '1024 pixels a side.',
});
export const LogoFormatEnum = enumOf('LogoFormat', 'How a picture is written down.', {
  WEBP: 'Small; every browser of today reads it.',
  PNG: 'For everything else.',
});
export type LogoSize = keyof typeof LogoSizeEnum;
export type LogoFormat = keyof typeof LogoFormatEnum;

const pixels: Record<LogoSize, number> = { SMALL: 64, MEDIUM: 256, LARGE: 1024 };

@ObjectType('Logo', { description: 'The picture of a community, square.' })
export class LogoType {
  /** The address of the community’s logo, without the size. */
  base!: string;

  @Field(() => String, { description: 'Another one for each picture.' })
  hash!: string;

  @Field(() => String, {
    description:
      'Its address; what is there never changes. A restricted community’s needs its rights.',
  })
  url(
    @Arg('size', () => LogoSizeEnum, { defaultValue: 'MEDIUM', description: 'How big.' })
    size: LogoSize,
    @Arg('format', () => LogoFormatEnum, { defaultValue: 'WEBP', description: 'How written.' })
    format: LogoFormat,
  ): string {
    return `${this.base}/${pixels[size]}/${this.hash}.${format.toLowerCase()}`;
  }

  static of(base: string, hash: string): LogoType {
    return Object.assign(new LogoType(), { base, hash });
  }
}

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
