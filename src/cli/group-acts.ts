import { readCommunitiesOfGroups } from '../communities/queries.ts';
import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import { listGroups } from '../groups/lists.ts';
import {
  findGroupId,
  type GroupRow,
  readGroups,
  rolesOfGroup,
  usersOfRole,
} from '../groups/queries.ts';
import { uuidOf } from '../ids.ts';
import type { Shown } from '../node.ts';
import { collect } from './collect.ts';
import type { Desk } from './desk.ts';
import { UsageError } from './failure.ts';
import type { Answer } from './leaf.ts';
import { facts, table } from './table.ts';

const jsonOf = ({ uuid: _, __typename: __, ...group }: Shown<GroupRow>) => group;

export function list(
  desk: Desk,
  { query, idp, limit }: { query?: string; idp?: string; limit: number },
): Promise<Answer> {
  return desk.with(async (ctx) => {
    const found = await collect(limit, (args) => listGroups(ctx, args, { query, idp }));
    const text = table(
      desk.terminal,
      ['service', 'id there', 'name', 'seen by', 'gone', 'id'],
      found.map((it) => [it.idp, it.remoteId, it.name, it.visibility, it.deletedAt, it.id]),
      'There is no such group.',
    );
    return { json: found.map(jsonOf), text };
  });
}

export function show(desk: Desk, options: { idp?: string }, ref: string): Promise<Answer> {
  return desk.with(async (ctx) => {
    const group = await groupFor(ctx, ref, options.idp);
    const community = (await readCommunitiesOfGroups(ctx, [group.uuid])).get(group.uuid);
    const found = await collect(1000, (args) => rolesOfGroup(ctx, group.uuid, args));
    const roles = await Promise.all(
      found.map(async ({ uuid, name, category }) => ({
        name,
        category,
        people: await (await usersOfRole(ctx, uuid, { first: 1 })).count(),
      })),
    );
    const about = facts(desk.terminal, [
      ['id', group.id],
      ['service', group.idp],
      ['id there', group.remoteId],
      ['name', group.name],
      ['address', group.url],
      ['seen by', group.visibility],
      ['gone', group.deletedAt],
      ['community', community?.slug],
    ]);
    const cells = roles.map((it) => [it.name, it.category, it.people]);
    const text = `${about}\n\n${table(desk.terminal, ['role', 'category', 'people'], cells, 'It has no roles.')}`;
    return { json: { ...jsonOf(group), community: community?.slug ?? null, roles }, text };
  });
}

/** @throws Refusal if there is no such group; UsageError if it is not clear of which service. */
async function groupFor(ctx: Context, ref: string, idp?: string): Promise<Shown<GroupRow>> {
  const [, ofIdp, remoteId] = /^([^:\s]+):(.+)$/.exec(ref) ?? [];
  const candidates = [
    uuidOf('Group', ref),
    idp && (await findGroupId(ctx, idp, ref)),
    ofIdp && remoteId && (await findGroupId(ctx, ofIdp, remoteId)),
  ];
  const [only, ...others] = ctx.config.idps.keys();
  if (!idp && !candidates.some(Boolean) && only && others.length === 0)
    candidates.push(await findGroupId(ctx, only, ref));
  const uuid = candidates.find(Boolean);
  const group = uuid && (await readGroups(ctx, [uuid])).get(uuid);
  if (group) return group;
  if (!idp && others.length > 0 && !ofIdp)
    throw new UsageError(
      `Say of which service ${ref} is: --idp ${[only, ...others].join(' or ')}.`,
    );
  throw notFound(`group as ${ref}`);
}
