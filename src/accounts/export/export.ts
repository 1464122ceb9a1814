import { sql } from 'kysely';
import { z } from 'zod';
import { demand } from '../../actor.ts';
import { record } from '../../audit/service.ts';
import { type Context, rows, transact } from '../../context.ts';
import { notFound, valid } from '../../errors.ts';
import { toGlobalId, uuidOf } from '../../ids.ts';
import { demandPatience } from '../../users/brake.ts';
import { mayExport } from '../policy.ts';
import type { ExportUserInput } from '../types.ts';
import { type Source, sections, sourcesOf } from './sections.ts';

/** How the document is written; another number once something in it is called or meant otherwise. */
const version = 1;
/** Items of a part in one answer. */
const most = 1_000;

const aim = z
  .object({
    userId: z.string(),
    section: z.enum(sections).nullish(),
    after: z
      .string()
      .regex(/^[\x20-\x7e]{0,200}$/, 'is none of ours')
      .nullish(),
  })
  .refine((it) => it.after == null || it.section != null, {
    error: 'needs the `section` that it is of',
    path: ['after'],
  });

interface Part {
  total: number;
  items: Record<string, unknown>[];
  next?: string;
}

/** All that is kept of a person, for the person and for administrators. @throws Refusal; Denial. */
export async function exportUser(
  ctx: Context,
  input: ExportUserInput,
): Promise<Record<string, unknown>> {
  const { userId, section, after } = valid(aim, input);
  const id = uuidOf('User', userId) ?? '';
  demand(ctx.actor, mayExport(ctx.actor, id));
  await demandPatience(ctx);
  return transact(ctx, async (tx) => {
    const user = id === '' ? undefined : await readUser(tx, id);
    if (!user) throw notFound('user', 'input', 'userId');
    const sources = sourcesOf(id);
    const parts: Record<string, Part> = {};
    for (const it of sections) {
      if (section != null && section !== it) continue;
      parts[sources[it].name] = await readPart(tx, sources[it], after ?? '');
    }
    record(tx, 'user.exported', { kind: 'User', id }, section == null ? {} : { section });
    return { version, exportedAt: new Date().toISOString(), user, ...parts };
  });
}

async function readUser(tx: Context, id: string): Promise<Record<string, unknown> | undefined> {
  const [found] = await rows(
    tx,
    sql<{ user: Record<string, unknown> }>`
      select jsonb_build_object(
        'username', u.username, 'email', u.email, 'emailVerifiedAt', u.email_verified_at,
        'fullName', u.full_name, 'givenName', u.given_name, 'familyName', u.family_name,
        'nameParts', u.name_parts, 'affiliation', u.affiliation, 'orcid', u.orcid,
        'state', u.state, 'verifiedAt', u.verified_at, 'mergedInto', m.username,
        'createdAt', u.created_at, 'updatedAt', u.updated_at,
        'preferences', jsonb_build_object(
          'locale', u.locale, 'timeZone', u.time_zone, 'visibility', u.visibility,
          'emailVisibility', u.email_visibility, 'lockedFields', u.locked_fields,
          'notifies', u.notifies, 'mutedNotifications', u.muted_notifications)) as user
      from users u left join users m on m.id = u.merged_into_id where u.id = ${id}`,
  );
  return found && { id: toGlobalId('User', id), ...found.user };
}

async function readPart(
  tx: Context,
  { from, isTheirs, columns, key, kind }: Source,
  after: string,
): Promise<Part> {
  const told = Object.entries(columns).flatMap(([name, it]) => [sql.lit(name), it]);
  const found = await rows(
    tx,
    sql<{ key: string; item: Record<string, unknown> }>`
      select ${key} as key, jsonb_build_object(${sql.join(told)}) as item
      from ${from} where ${isTheirs} and (${key}) collate "C" > ${after}
      order by (${key}) collate "C" limit ${most + 1}`,
  );
  const [counted] = await rows(
    tx,
    sql<{ total: number }>`select count(*)::int as total from ${from} where ${isTheirs}`,
  );
  const given = found.slice(0, most);
  const isCut = found.length > most;
  return {
    total: counted?.total ?? 0,
    items: given.map(({ item }) =>
      kind === undefined ? item : { ...item, id: toGlobalId(kind, item.id as string) },
    ),
    ...(isCut && { next: given.at(-1)?.key }),
  };
}
