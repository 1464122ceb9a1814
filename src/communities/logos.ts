import { sql } from 'kysely';
import { record } from '../audit/service.ts';
import { type Context, rows, transact } from '../context.ts';
import { Refusal } from '../errors.ts';
import { uuidOf } from '../ids.ts';
import { enqueue } from '../jobs.ts';
import { makeLogo } from '../pictures/logo.ts';
import { mostBytes } from '../pictures/source.ts';
import { readUpload } from '../uploads.ts';
import { type Aim, findFor } from './find.ts';
import { removeLogo } from './jobs.ts';
import type { SetCommunityLogoInput } from './logo-types.ts';

/** Where a logo's files are: each picture has a folder of its own. */
export const logoFolder = (communityId: string, hash: string) => `logos/${communityId}/${hash}/`;
export const logoKey = (communityId: string, hash: string, file: string) =>
  `${logoFolder(communityId, hash)}${file}`;

/**
 * Gives a community a logo, in all sizes. The rights come first, for a picture is dear to look at;
 * no transaction is open while it is.
 * @returns the community's UUID.
 */
export async function setLogo(ctx: Context, input: SetCommunityLogoInput): Promise<string> {
  await transact(ctx, (tx) => findFor(tx, 'SET_LOGO', input));
  const path = ['input', 'file'];
  const bytes = readUpload(input.file, mostBytes, path);
  const { hash, files } = await makeLogo(bytes).catch((error: unknown) => {
    throw error instanceof Refusal ? new Refusal(error.code, error.message, path) : error;
  });
  await discardLater(ctx, uuidOf('Community', input.communityId) as string, hash);
  return transact(ctx, async (tx) => {
    const community = await findFor(tx, 'SET_LOGO', input);
    const { id, logoHash: before } = community;
    if (before === hash) return id;
    for (const { size, extension, type, bytes } of files) {
      await tx.files.put(tx, logoKey(id, hash, `${size}.${extension}`), { bytes, type });
    }
    tx.em.assign(community, { logoHash: hash });
    if (before) await enqueue(tx, removeLogo, { communityId: id, hash: before });
    record(tx, 'community.logo_set', { kind: 'Community', id }, { hash });
    return id;
  });
}

/**
 * Takes a community's logo away.
 * @throws Refusal NOT_FOUND if it has none.
 */
export function deleteLogo(ctx: Context, input: Aim): Promise<string> {
  return transact(ctx, async (tx) => {
    const community = await findFor(tx, 'SET_LOGO', input);
    const { id, logoHash: hash } = community;
    if (!hash) {
      throw new Refusal('NOT_FOUND', 'The community has no logo.', ['input', 'communityId']);
    }
    tx.em.assign(community, { logoHash: null });
    await enqueue(tx, removeLogo, { communityId: id, hash });
    record(tx, 'community.logo_deleted', { kind: 'Community', id });
    return id;
  });
}

/** Whatever comes of it, an hour later there are no files that belong to no logo. */
const discardLater = (ctx: Context, communityId: string, hash: string) =>
  enqueue(ctx, removeLogo, { communityId, hash }, { after: new Date(Date.now() + 3_600_000) });

/** Removes the files of logos that are none any more; one that was set again meanwhile stays. */
export async function removeLogos(
  ctx: Context,
  logos: { communityId: string; hash: string }[],
): Promise<void> {
  for (const { communityId, hash } of logos) {
    await transact(ctx, async (tx) => {
      // Locked, so that nobody sets it again while it is removed.
      const [used] = await rows(
        tx,
        sql<{ logoHash: string | null }>`
          select logo_hash as "logoHash" from communities where id = ${communityId} for update`,
      );
      if (used?.logoHash !== hash) await tx.files.remove(tx, logoFolder(communityId, hash));
    });
  }
}
