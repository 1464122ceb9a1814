import { sql } from 'kysely';
import { z } from 'zod';
import { record } from '../../audit/service.ts';
import { type Context, rows, transact } from '../../context.ts';
import { notFound, Refusal, valid } from '../../errors.ts';
import { uuidOf } from '../../ids.ts';
import { showAll } from '../../node.ts';
import { FeaturedEntry } from '../community.ts';
import { type Aim, findFor } from '../find.ts';

/** Those that are written with four digits everywhere. */
const isUsualYear = (it: Date) => it.getUTCFullYear() >= 1970 && it.getUTCFullYear() <= 9999;
const time = z.date().refine(isUsualYear, 'is not between 1970 and 9999').nullish();

const times = z
  .object({ startsAt: time, endsAt: time })
  .transform(({ startsAt, endsAt }) => ({
    startsAt: startsAt ?? new Date(),
    endsAt: endsAt ?? null,
  }))
  .refine(({ startsAt, endsAt }) => endsAt === null || endsAt > startsAt, {
    error: 'must come after the start',
    path: ['endsAt'],
  });

/**
 * Puts a community forward, from a date (now if absent) until another (for good if absent).
 * @returns the community's UUID.
 */
export function feature(
  ctx: Context,
  input: Aim & { startsAt?: Date | null; endsAt?: Date | null },
): Promise<string> {
  return transact(ctx, async (tx) => {
    const community = await findFor(tx, 'FEATURE', input);
    const { startsAt, endsAt } = valid(times, input);
    if (community.visibility !== 'PUBLIC') {
      throw new Refusal('CONFLICT', 'The community is not public.', ['input', 'communityId']);
    }
    tx.em.create(FeaturedEntry, { community, startsAt, endsAt });
    record(tx, 'community.featured', { kind: 'Community', id: community.id }, { startsAt, endsAt });
    return community.id;
  });
}

/**
 * Puts a community forward no longer: takes away one entry, or all of them.
 * @returns the community's UUID.
 */
export function unfeature(ctx: Context, input: Aim & { entryId?: string | null }): Promise<string> {
  return transact(ctx, async (tx) => {
    const community = await findFor(tx, 'FEATURE', input);
    const one = input.entryId == null ? {} : { id: uuidOf('FeaturedEntry', input.entryId) ?? null };
    const removed = await tx.em.nativeDelete(FeaturedEntry, { community, ...one });
    if (removed === 0 && input.entryId != null) throw notFound('entry', 'input', 'entryId');
    if (removed > 0) record(tx, 'community.unfeatured', { kind: 'Community', id: community.id });
    return community.id;
  });
}

export interface FeaturedEntryRow {
  id: string;
  communityId: string;
  startsAt: Date;
  endsAt: Date | null;
}

const columns = sql`id, community_id as "communityId", starts_at as "startsAt", ends_at as "endsAt"`;

/** Entries by their own ids, for administrators. */
export async function readEntries(ctx: Context, ids: readonly string[]) {
  if (!ctx.actor.has('ADMINISTER')) return new Map();
  const found = await rows(
    ctx,
    sql<FeaturedEntryRow>`select ${columns} from featured_entries where id = any(${ids})`,
  );
  return showAll('FeaturedEntry', found);
}

/** The entries of each community, past and future, for administrators. */
export async function readEntriesOf(ctx: Context, communityIds: readonly string[]) {
  const found = await rows(
    ctx,
    sql<FeaturedEntryRow>`
      select ${columns} from featured_entries where community_id = any(${communityIds})
      order by starts_at, id`,
  );
  return Map.groupBy(showAll('FeaturedEntry', found).values(), (it) => it.communityId);
}

/** Whether an entry of `featured_entries f` is for now. */
export const isNow = sql<boolean>`
  f.starts_at <= now() and (f.ends_at is null or f.ends_at > now())`;

/** Which communities are put forward now, of those that everyone can see. */
export async function readFeatured(ctx: Context, communityIds: readonly string[]) {
  const found = await rows(
    ctx,
    sql<{ id: string }>`
      select distinct f.community_id as id from featured_entries f
      where f.community_id = any(${communityIds}) and ${isNow}`,
  );
  return new Map(found.map((it) => [it.id, true]));
}
