import { sql } from 'kysely';
import { type Context, rows } from '../../context.ts';
import { toGlobalId } from '../../ids.ts';
import { termOf } from '../../vocabulary.ts';
import { openTo, visibleTo } from '../policy.ts';
import { idOfSlug, soughtSlug } from './slugs.ts';

export interface TombstoneRow {
  id: string;
  slug: string;
  reasonId: string | null;
  note: string;
  citationText: string;
  isVisible: boolean;
  removedById: string | null;
  removedAt: Date;
  /** Whether it is the actor's to know who deleted it. */
  isOpen: boolean;
}

/** Who may restore it sees all of it; others what is to be seen, if they could see the community. */
const tombstones = (ctx: Context) => sql`
  select t.id, t.slug, t.removal_reason_id as "reasonId", t.removal_note as note,
    t.citation_text as "citationText", t.is_tombstone_visible as "isVisible",
    t.removed_by_id as "removedById", t.deleted_at as "removedAt", ${visibleTo(ctx.actor)} as "isOpen"
  from communities t
  where t.deleted_at is not null and (${visibleTo(ctx.actor)} or t.is_tombstone_visible
    and ${openTo(ctx.actor)})`;

export async function readTombstones(ctx: Context, ids: readonly string[]) {
  const found = await rows(ctx, sql<TombstoneRow>`${tombstones(ctx)} and t.id = any(${ids})`);
  return new Map(found.map((it) => [it.id, shown(ctx, it)]));
}

export async function findTombstone(ctx: Context, slug: string) {
  const wanted = soughtSlug(slug);
  if (wanted === undefined) return undefined;
  const [found] = await rows(
    ctx,
    sql<TombstoneRow>`
      ${tombstones(ctx)} and t.id = ${idOfSlug(wanted)}`,
  );
  return found && shown(ctx, found);
}

export type ShownTombstone = ReturnType<typeof shown>;

function shown(ctx: Context, { id, reasonId, removedById, isOpen, ...row }: TombstoneRow) {
  const { removalReasons } = ctx.config.vocabularies;
  return {
    ...row,
    communityId: toGlobalId('Community', id),
    reason: reasonId === null ? null : termOf(removalReasons, reasonId),
    removedById: isOpen ? removedById : null,
  };
}
