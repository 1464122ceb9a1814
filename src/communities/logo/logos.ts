import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { record } from '../../audit/service.ts';
import { type Context, rows, transact } from '../../context.ts';
import { Refusal } from '../../errors.ts';
import { newId } from '../../ids.ts';
import { enqueue } from '../../jobs.ts';
import { makeLogo } from '../../pictures/logo.ts';
import { mostBytes } from '../../pictures/source.ts';
import { changed } from '../../search/changes.ts';
import { readUpload } from '../../uploads.ts';
import type { Community } from '../community.ts';
import { type Aim, findFor } from '../find.ts';
import { removeLogo } from '../jobs.ts';
import type { SetCommunityLogoInput } from './types.ts';

/** Where a logo's files are: each picture has a folder of its own. */
export const logoFolder = (communityId: string, hash: string) => `logos/${communityId}/${hash}/`;
export const logoKey = (communityId: string, hash: string, file: string) =>
  `${logoFolder(communityId, hash)}${file}`;

/**
 * Gives a community a logo, in all sizes. The rights come first, for a picture is dear to look at;
 * no transaction is open while it is, nor while its files are put away.
 * @returns the community's UUID.
 */
export async function setLogo(ctx: Context, input: SetCommunityLogoInput): Promise<string> {
  const communityId = await transact(ctx, async (tx) => (await findFor(tx, 'SET_LOGO', input)).id);
  const path = ['input', 'file'];
  const bytes = await readUpload(input.file, mostBytes, path);
  const logo = await makeLogo(bytes).catch((error: unknown) => {
    throw error instanceof Refusal ? new Refusal(error.code, error.message, path) : error;
  });
  // Another folder each time: what removes the files of one logo never meets those of the next.
  const hash = createHash('sha256').update(logo.hash).update(newId()).digest('hex').slice(0, 32);
  await enqueue(ctx, removeLogo, { communityId, hash }, { after: inAnHour() });
  for (const { size, extension, type, bytes } of logo.files) {
    await ctx.files.put(ctx, logoKey(communityId, hash, `${size}.${extension}`), { bytes, type });
  }
  return transact(ctx, async (tx) => {
    const community = await findFor(tx, 'SET_LOGO', input);
    if (community.logoHash) await discard(tx, community);
    tx.em.assign(community, { logoHash: hash });
    await changed(tx, 'communities', [community.id]);
    record(tx, 'community.logo_set', { kind: 'Community', id: community.id }, { hash });
    return community.id;
  });
}

/** So long the files of a logo may be there before a community names them. */
const inAnHour = () => new Date(Date.now() + 3_600_000);

const discard = (tx: Context, { id: communityId, logoHash: hash }: Community) =>
  enqueue(tx, removeLogo, { communityId, hash: hash as string });

/**
 * Takes a community's logo away.
 * @throws Refusal NOT_FOUND if it has none.
 */
export function deleteLogo(ctx: Context, input: Aim): Promise<string> {
  return transact(ctx, async (tx) => {
    const community = await findFor(tx, 'SET_LOGO', input);
    if (!community.logoHash) {
      throw new Refusal('NOT_FOUND', 'The community has no logo.', ['input', 'communityId']);
    }
    await discard(tx, community);
    tx.em.assign(community, { logoHash: null });
    await changed(tx, 'communities', [community.id]);
    record(tx, 'community.logo_deleted', { kind: 'Community', id: community.id });
    return community.id;
  });
}

/** Removes the files of logos, but for those that are a community's logo. */
export async function removeLogos(
  ctx: Context,
  logos: { communityId: string; hash: string }[],
): Promise<void> {
  for (const { communityId, hash } of logos) {
    const [used] = await rows(
      ctx,
      sql`select from communities where id = ${communityId} and logo_hash = ${hash}`,
    );
    if (!used) await ctx.files.remove(ctx, logoFolder(communityId, hash));
  }
}
