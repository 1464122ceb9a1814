import { Arg, Ctx, Resolver } from 'type-graphql';
import { Change } from '../../change.ts';
import type { Context } from '../../context.ts';
import { readBack } from '../read-back.ts';
import { deleteLogo, setLogo } from './logos.ts';
import {
  DeleteCommunityLogoInput,
  DeleteLogoPayload,
  SetCommunityLogoInput,
  SetLogoPayload,
} from './types.ts';

@Resolver()
export class LogoResolver {
  @Change(
    () => SetLogoPayload,
    'COMMUNITIES',
    'Gives a community a logo: decoded, made square, and written anew without anything else that was in the file.',
  )
  async setCommunityLogo(
    @Ctx() ctx: Context,
    @Arg('input', () => SetCommunityLogoInput, { description: 'Which, and the picture.' })
    input: SetCommunityLogoInput,
  ) {
    return { community: await readBack(ctx, await setLogo(ctx, input)) };
  }

  @Change(() => DeleteLogoPayload, 'COMMUNITIES', 'Takes the logo of a community away.')
  async deleteCommunityLogo(
    @Ctx() ctx: Context,
    @Arg('input', () => DeleteCommunityLogoInput, { description: 'Which.' })
    input: DeleteCommunityLogoInput,
  ) {
    return { community: await readBack(ctx, await deleteLogo(ctx, input)) };
  }
}
