import pg from 'pg';
import { expect, vi } from 'vitest';
import { sharp } from '../../src/pictures/decoders.ts';
import { upload } from '../helpers/upload.ts';
import type { World } from '../helpers/world.ts';
import type { Answer, Founded, Loose } from './kit.ts';

/** A small picture, as somebody sends it. */
export const picture = async (background = 'teal'): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(
    await sharp({ create: { width: 8, height: 8, channels: 3, background } })
      .png()
      .toBuffer(),
  );

/** Sends a logo; by default as the community's owner. */
export async function setLogo(
  world: World,
  community: Pick<Founded, 'id' | 'owner'>,
  {
    token = community.owner.token,
    file,
    ...more
  }: { token?: string; file?: Uint8Array<ArrayBuffer>; expectedVersion?: number } = {},
): Promise<Answer & { errors?: Loose[] }> {
  const { data, errors } = await upload(
    world,
    token,
    `mutation ($input: SetCommunityLogoInput!) { setCommunityLogo(input: $input) {
      community { id version logo { hash url } }
      userErrors { code message path ... on VersionConflictError { currentVersion } } } }`,
    { communityId: community.id, ...more },
    file ?? (await picture()),
  );
  if (!errors) return data.setCommunityLogo;
  const denied = errors[0].extensions.code;
  return { denied, errors, community: null, userErrors: [] };
}

/** The same, which has to succeed. @returns the logo's hash. */
export async function dressed(...args: Parameters<typeof setLogo>): Promise<string> {
  const { denied, community, userErrors } = await setLogo(...args);
  expect({ denied, userErrors }).toEqual({ denied: undefined, userErrors: [] });
  return community.logo.hash;
}

/** Fetches something of a community, and follows no redirect. */
export const get = (
  world: World,
  path: string,
  { token, method, ...headers }: Record<string, string | undefined> = {},
): Promise<Response> =>
  fetch(`${world.url}${path}`, {
    method,
    redirect: 'manual',
    headers: {
      ...(headers as Record<string, string>),
      ...(token && { authorization: `Bearer ${token}` }),
    },
  });

/** The jobs that are to remove a community's logos, by the hash, and whether they are for later. */
export const removals = (world: World, { uuid }: { uuid: string }) =>
  world.sql<{ hash: string; isLater: boolean }>(
    `select data->>'hash' as hash, start_after > now() as "isLater" from pgboss.job
     where name = 'remove-logo' and data->>'communityId' = $1 and state < 'completed'`,
    [uuid],
  );

/** Goes on an hour later: whatever was to be removed by then has been looked at. */
export async function anHourLater(world: World, community: { uuid: string }): Promise<void> {
  await world.sql(
    `update pgboss.job set start_after = now()
     where name = 'remove-logo' and data->>'communityId' = $1 and state < 'active'`,
    [community.uuid],
  );
  await vi.waitFor(async () => expect(await removals(world, community)).toEqual([]), {
    timeout: 15_000,
    interval: 50,
  });
}

/** Does something while the server is about to put its next file into the database. */
export async function whilePutting<T>(
  world: World,
  begin: () => Promise<T>,
  meanwhile: () => Promise<unknown>,
): Promise<T> {
  const client = new pg.Client({ connectionString: world.databaseUrl });
  await client.connect();
  try {
    await client.query('begin; lock table stored_files in share mode');
    const begun = begin();
    await vi.waitFor(
      async () => {
        const waiting = await world.sql(
          `select from pg_locks l join pg_database d on d.oid = l.database
           where d.datname = current_database() and l.relation = 'stored_files'::regclass
             and not l.granted`,
        );
        expect(waiting).toHaveLength(1);
      },
      { timeout: 15_000, interval: 20 },
    );
    await meanwhile();
    await client.query('commit');
    return await begun;
  } finally {
    await client.end();
  }
}
