import { isDeepStrictEqual } from 'node:util';
import { record } from '../audit/service.ts';
import type { Context } from '../context.ts';
import { Refusal, Refusals } from '../errors.ts';
import { changed } from '../search/changes.ts';
import { keepersOf, takenClaims, whyKept } from './kept.ts';
import { type KeptField, keptFields } from './shapes.ts';
import { type NameParts, namePartKeys, type User } from './user.ts';

type Text = string | null;

/** What is to be different of an account: absent stays, null clears. */
export interface UserChanges extends Partial<Record<KeptField, Text>> {
  nameParts?: Partial<Record<string, Text>> | null;
  visibility?: User['visibility'];
  emailVisibility?: User['visibility'];
  /** Fields that services are to keep up to date again. */
  unlockFields?: KeptField[] | null;
}

/** What is in the index of users. */
const searched = new Set([
  ...['username', 'fullName', 'givenName', 'familyName', 'nameParts', 'affiliation', 'orcid'],
  'visibility',
]);
/** Services fill these in while they are empty, and never overwrite them. */
const preferences: ReadonlySet<string> = new Set(['locale', 'timeZone']);

/**
 * Changes an account that is locked already. What a service keeps up to date may be edited here: a
 * sync then leaves that field alone, until it is handed back.
 * @throws Refusals with all that does not fit.
 */
export async function edit(
  tx: Context,
  user: User,
  { unlockFields, nameParts, ...given }: UserChanges,
  { reason }: { reason?: string | null } = {},
): Promise<void> {
  const after = { ...given, nameParts: merged(user.nameParts, nameParts) };
  const differing = Object.entries(after).filter(
    ([key, value]) =>
      value !== undefined && !isDeepStrictEqual(value, user[key as keyof UserChanges & keyof User]),
  );
  const keys = differing.map(([key]) => key);
  const edited = keptFields.filter((it) => keys.includes(it));
  const locks = await locksAfter(tx, user, given, edited, unlockFields ?? []);
  const isLockChanged = !isDeepStrictEqual(locks, user.lockedFields);
  if (keys.length === 0 && !isLockChanged) return;
  tx.em.assign(user, { ...Object.fromEntries(differing), lockedFields: locks });
  // Nobody has shown yet that the new one is theirs.
  if (keys.includes('email')) user.emailVerifiedAt = null;
  if (keys.some((it) => searched.has(it))) {
    const isHidden = keys.includes('visibility') && user.visibility === 'RESTRICTED';
    await changed(tx, 'users', [user.id], { isHidden });
  }
  record(
    tx,
    'user.updated',
    { kind: 'User', id: user.id },
    {
      changed: keys,
      ...(isLockChanged && { lockedFields: locks }),
      ...(reason && { reason }),
    },
  );
}

/** The parts of a name with others instead; undefined if nothing is said of them. */
function merged(now: NameParts, given: UserChanges['nameParts']): NameParts | undefined {
  if (given === undefined) return undefined;
  if (given === null) return {};
  const all: Partial<Record<string, Text>> = { ...now };
  for (const key of namePartKeys) if (given[key] !== undefined) all[key] = given[key];
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
}

/** The fields that a sync leaves alone after an edit. @throws Refusals if it does not fit. */
async function locksAfter(
  tx: Context,
  user: User,
  given: Pick<UserChanges, KeptField>,
  edited: KeptField[],
  unlocked: KeptField[],
): Promise<string[]> {
  const locks = new Set(user.lockedFields);
  for (const it of unlocked) locks.delete(it);
  if (edited.length > 0) {
    const keepers = await keepersOf(tx, user.id);
    const isOwn = tx.actor.userId === user.id;
    const claims = Object.fromEntries(edited.map((it) => [it, given[it]]));
    const problems = [
      ...edited.flatMap((it) => whyKept(tx, keepers, it, isOwn) ?? []),
      ...edited.filter((it) => unlocked.includes(it)).map(editedAndUnlocked),
      ...(await takenClaims(tx, claims, user.id)),
    ];
    if (problems.length > 0) throw new Refusals(problems);
    const kept = keepers.length > 0 ? edited.filter((it) => !preferences.has(it)) : [];
    for (const it of kept) locks.add(it);
  }
  // What is locked by a name that we do not know stays so.
  const unknown = [...locks].filter((it) => !keptFields.some((field) => field === it));
  return [...unknown, ...keptFields.filter((it) => locks.has(it))];
}

const editedAndUnlocked = (field: KeptField) =>
  new Refusal('INVALID', `${field} cannot be edited and handed back at once.`, [
    'input',
    'unlockFields',
  ]);
