import { z } from 'zod';
import { emailKind, type Kind, localeKind, orcidKind } from '../remote/fields.ts';
import { cleaned, line } from '../text.ts';
import { namePartKeys, visibilities } from './user.ts';

/** The fields of an account that a service may keep up to date, until they are edited here. */
export const keptFields = [
  'username',
  'email',
  'fullName',
  'givenName',
  'familyName',
  'affiliation',
  'orcid',
  'locale',
  'timeZone',
] as const;
export type KeptField = (typeof keptFields)[number];

const username = z
  .string('cannot be cleared')
  .transform(cleaned)
  .pipe(
    z
      .string()
      .regex(
        /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,63}$/u,
        'needs 1 to 64 letters, digits, ".", "_" or "-", and a letter or digit first',
      ),
  );

/** What people write as services tell it, in the same form. */
const as = ({ limit, read }: Kind) =>
  line(limit).transform((text, ctx) => {
    const found = read?.(text) ?? text;
    if (typeof found === 'string') return found;
    ctx.addIssue({ code: 'custom', message: found.problem });
    return z.NEVER;
  });

const timeZone = line(64).transform((text, ctx) => {
  try {
    // A difference to UTC is none: it knows no summer.
    if (/^[a-z]/i.test(text))
      return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone;
  } catch {}
  ctx.addIssue({ code: 'custom', message: 'is not a time zone, as Europe/Zurich' });
  return z.NEVER;
});

const visibility = z.enum(visibilities, `must be one of: ${visibilities.join(', ')}`).optional();
const part = line(250).nullish();
const parts = Object.fromEntries(namePartKeys.map((it) => [it, part])) as Record<
  (typeof namePartKeys)[number],
  typeof part
>;

const profile = {
  username: username.optional(),
  fullName: line(250).nullish(),
  givenName: line(250).nullish(),
  familyName: line(250).nullish(),
  affiliation: line(500).nullish(),
  orcid: as(orcidKind).nullish(),
  nameParts: z.strictObject(parts).nullish(),
  unlockFields: z.array(z.enum(keptFields, `is none of: ${keptFields.join(', ')}`)).nullish(),
};

const preferences = {
  visibility,
  emailVisibility: visibility,
  locale: as(localeKind).nullish(),
  timeZone: timeZone.nullish(),
};

const email = as(emailKind).nullish();
const expectedVersion = z.int().nullish();

/** What users say of themselves. Keys that are not named are refused in all of these. */
export const profileChanges = z.strictObject({ ...profile, expectedVersion });

/** What users want shown, and how. */
export const preferenceChanges = z.strictObject({ ...preferences, expectedVersion });

/** What those who moderate say of others. */
export const userChanges = z.strictObject({
  ...profile,
  ...preferences,
  email,
  userId: z.string(),
  reason: line(1000).nullish(),
  expectedVersion,
});

const { unlockFields: _, ...said } = profile;

/** A new account. */
export const newUser = z.strictObject({ ...said, ...preferences, username, email });
export type NewUser = z.input<typeof newUser>;
