import { sql } from 'kysely';
import { z } from 'zod';
import { type Context, rows, transact } from '../../context.ts';
import { Refusal, Refusals, refusalsIn, valid } from '../../errors.ts';
import { toGlobalId } from '../../ids.ts';
import { saying, submit } from '../../requests/service.ts';
import type { Community } from '../community.ts';
import { find, findFor } from '../find.ts';
import { lockCommunities } from '../locks.ts';
import { create } from '../settings/create.ts';
import { complete } from './answers.ts';
import { demandAdoptable } from './effects.ts';
import { inDays } from './invitations.ts';
import { tell } from './news.ts';
import { settleExpired } from './open-requests.ts';
import type {
  InviteSubcommunityInput,
  NewSubcommunityInput,
  RequestSubcommunityInput,
} from './types.ts';

const shape = z.object({ message: saying.nullish() });
/** How long a community can think about an invitation; with its own wish it waits for an answer. */
const invitationDays = 45;

/**
 * Asks a community to become its child, with a community of one's own or one that is made for it.
 * Done at once by who owns both. @returns the request's UUID.
 */
export function requestSubcommunity(
  ctx: Context,
  input: RequestSubcommunityInput,
): Promise<string> {
  const { id, create: wanted } = input.child;
  const path = ['input', 'child', id != null ? 'id' : 'create'];
  return transact(ctx, async (tx) => {
    if (id != null) await lockCommunities(tx, [input.parentId, id]);
    const parent = await find(tx, input.parentId, ['input', 'parentId']);
    const made = wanted && (await make(tx, wanted, path));
    const child =
      made ?? (await findFor(tx, 'REQUEST_SUBCOMMUNITY', { communityId: id ?? '' }, path));
    const isOwner = made !== undefined || tx.actor.isAtLeast('OWNER', child.id);
    const ownsBoth = isOwner && tx.actor.isAtLeast('OWNER', parent.id);
    return ask(tx, 'SUBCOMMUNITY', { parent, child, path, ownsBoth, input });
  });
}

/**
 * Asks another community to become a child of one's own. Done at once by who owns both.
 * @returns the request's UUID.
 */
export function inviteSubcommunity(ctx: Context, input: InviteSubcommunityInput): Promise<string> {
  const path = ['input', 'childId'];
  return transact(ctx, async (tx) => {
    await lockCommunities(tx, [input.parentId, input.childId]);
    const aim = { communityId: input.parentId };
    const parent = await findFor(tx, 'INVITE_SUBCOMMUNITY', aim, ['input', 'parentId']);
    const child = await find(tx, input.childId, path);
    const ownsBoth = [parent, child].every(({ id }) => tx.actor.isAtLeast('OWNER', id));
    return ask(tx, 'SUBCOMMUNITY_INVITATION', { parent, child, path, ownsBoth, input });
  });
}

interface Adoption {
  parent: Community;
  child: Community;
  /** Where the child is in the input. */
  path: string[];
  ownsBoth: boolean;
  input: { message?: string | null };
}

async function ask(
  tx: Context,
  kind: 'SUBCOMMUNITY' | 'SUBCOMMUNITY_INVITATION',
  { parent, child, path, ownsBoth, input }: Adoption,
): Promise<string> {
  const { message } = valid(shape, input);
  const isOpenToChildren = parent.allowsChildren && !parent.parent && !parent.deletedAt;
  await demandAdoptable(tx, parent, child, isOpenToChildren ? path : ['input', 'parentId']);
  if (await isPending(tx, child.id)) {
    throw new Refusal('CONFLICT', 'The community asks, or is asked, to join one already.', path);
  }
  const request = submit(tx, {
    kind,
    communityId: parent.id,
    childId: child.id,
    userId: null,
    level: null,
    expiresAt: kind === 'SUBCOMMUNITY' ? null : inDays(invitationDays),
    message,
  });
  if (ownsBoth) await complete(tx, request);
  else await tell(tx, [request], 'SUBMITTED', message);
  return request.id;
}

async function isPending(tx: Context, childId: string): Promise<boolean> {
  await settleExpired(tx, sql`t.child_id = ${childId}`);
  const open = await rows(
    tx,
    sql`select from requests where child_id = ${childId} and state = 'SUBMITTED'`,
  );
  return open.length > 0;
}

/** Founds the community that is to be a child; what is wrong with it is told where it was given. */
async function make(tx: Context, wanted: NewSubcommunityInput, path: string[]): Promise<Community> {
  try {
    const id = await create(tx, wanted);
    return await find(tx, toGlobalId('Community', id), path);
  } catch (error) {
    const refusals = refusalsIn(error);
    if (!refusals) throw error;
    throw new Refusals(
      refusals.map(
        (it) => new Refusal(it.code, it.message, [...path, ...(it.path ?? []).slice(1)], it.data),
      ),
    );
  }
}
