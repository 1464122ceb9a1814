import { deactivate as close, activate as open } from '../accounts/closing.ts';
import type { Context } from '../context.ts';
import { createSignInLink } from '../signin/links/sign-in-links.ts';
import { fullOf, invertedOf, partsOf } from '../users/names.ts';
import { setNameParts } from '../users/profile.ts';
import { readUsers } from '../users/queries.ts';
import { type NameParts, namePartKeys } from '../users/user.ts';
import type { Desk } from './desk.ts';
import { UsageError } from './failure.ts';
import type { Answer } from './leaf.ts';
import { facts } from './table.ts';
import { whom } from './whom.ts';

export function activate(desk: Desk, _options: object, ref: string): Promise<Answer> {
  return desk.place.asSystem(async (begin) => {
    const { id } = await whom(begin(), ref);
    await open(begin(), { userId: id });
    const { username, state } = await whom(begin(), id);
    return { json: { id, username, state }, text: `The account of ${username} can be used.` };
  });
}

export function deactivate(
  desk: Desk,
  { reason, successor }: { reason?: string; successor?: string },
  ref: string,
): Promise<Answer> {
  return desk.place.asSystem(async (begin) => {
    const { id } = await whom(begin(), ref);
    const successorId = await successorOf(begin(), successor);
    await close(begin(), { userId: id, reason, successorId });
    const { username, state } = await whom(begin(), id);
    return { json: { id, username, state }, text: `The account of ${username} is closed.` };
  });
}

/** Who is to own what would have no owner. */
export const successorOf = async (ctx: Context, ref: string | undefined) =>
  ref === undefined ? undefined : (await whom(ctx, ref)).id;

export function signInLink(desk: Desk, _options: object, ref: string): Promise<Answer> {
  return desk.with(async (ctx) => {
    const { username } = await whom(ctx, ref);
    const url = await createSignInLink(ctx, username);
    desk.note(
      'Whoever opens it first is signed in. It is shown only now, and good for 15 minutes.',
    );
    return { json: { username, url }, text: url };
  });
}

/** Reads the parts of a name, or says what all of them are. */
export function nameParts(
  desk: Desk,
  options: NameParts & { clear?: boolean },
  ref: string,
): Promise<Answer> {
  const said = Object.fromEntries(
    namePartKeys.filter((it) => options[it] !== undefined).map((it) => [it, options[it]]),
  );
  const isSaid = Object.keys(said).length > 0;
  if (isSaid && options.clear) throw new UsageError('--clear goes with no part of a name.');
  return desk.place.asSystem(async (begin) => {
    const { uuid } = await whom(begin(), ref);
    if (isSaid || options.clear) await setNameParts(begin(), uuid, said);
    const user = (await readUsers(begin(), [uuid])).get(uuid);
    if (!user) throw new Error('who was meant is there');
    const parts = partsOf(user);
    const [full, inverted] = [fullOf(parts), invertedOf(parts)];
    const text = facts(desk.terminal, [
      ...namePartKeys
        .filter((it) => parts[it])
        .map((it): [string, string] => [
          it,
          `${parts[it]}${user.nameParts[it] ? ' (said here)' : ''}`,
        ]),
      ['as it is said', full],
      ['as in a list', inverted],
    ]);
    return {
      json: { username: user.username, parts, local: user.nameParts, full, inverted },
      text,
    };
  });
}
