import { erase as forget } from '../accounts/erasing/erase.ts';
import { exportUser } from '../accounts/export/export.ts';
import type { Section } from '../accounts/export/sections.ts';
import type { Context } from '../context.ts';
import { successorOf } from './account-acts.ts';
import type { Desk } from './desk.ts';
import { UsageError } from './failure.ts';
import type { Answer } from './leaf.ts';
import { whom } from './whom.ts';

interface Part {
  total: number;
  items: object[];
  next?: string;
}

/** All data of a person, each part of it whole. */
export function exportData(desk: Desk, _options: object, ref: string): Promise<Answer> {
  return desk.place.asSystem(async (begin) => {
    const { id: userId } = await whom(begin(), ref);
    const data = await exportUser(begin(), { userId });
    for (const [name, part] of Object.entries(data)) {
      if (isPart(part)) await complete(begin, userId, name, part);
    }
    return { json: data, text: JSON.stringify(data, null, 2) };
  });
}

const isPart = (it: unknown): it is Part =>
  typeof it === 'object' && it !== null && Array.isArray((it as Part).items);

/** Reads on until a part is whole. */
async function complete(begin: () => Context, userId: string, name: string, part: Part) {
  const section = name.replace(/[A-Z]/g, '_$&').toUpperCase() as Section;
  for (let after = part.next; after; ) {
    const more = (await exportUser(begin(), { userId, section, after }))[name] as Part;
    part.items.push(...more.items);
    after = more.next;
  }
  delete part.next;
}

export function erase(
  desk: Desk,
  options: { confirm?: string; removeComments?: boolean; successor?: string },
  ref: string,
): Promise<Answer> {
  return desk.place.asSystem(async (begin) => {
    const { id: userId, username } = await whom(begin(), ref);
    if (options.confirm === undefined)
      throw new UsageError(
        `This removes all that tells of ${username}, for good. If that is meant: --confirm ${username}`,
      );
    await forget(begin(), {
      userId,
      confirmUsername: options.confirm,
      removesComments: options.removeComments ?? false,
      successorId: await successorOf(begin(), options.successor),
    });
    return { json: { id: userId, isErased: true }, text: `Nothing tells of ${username} any more.` };
  });
}
