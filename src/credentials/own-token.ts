import { z } from 'zod';
import { type Actor, scopes } from '../actor.ts';
import { line } from '../text.ts';
import { givable } from './policy.ts';

const day = 86_400_000;
const mostDays = 366;
const usualDays = 90;

/** What may be said of a token that one makes for oneself. */
export const ownToken = z.object({
  name: line(100),
  days: z
    .int('is not a whole number')
    .min(1, 'is less than 1')
    .max(mostDays, `is more than ${mostDays}: a token lives for a year at most`)
    .nullish(),
  expiresAt: z
    .date()
    .refine((it) => it.getTime() > Date.now(), 'is over')
    .refine(
      (it) => it.getTime() <= Date.now() + mostDays * day,
      `is more than ${mostDays} days away: a token lives for a year at most`,
    )
    .nullish(),
  scopes: z.array(z.enum(scopes)).transform((some) => scopes.filter((it) => some.includes(it))),
});
export type OwnToken = z.input<typeof ownToken>;

/** The same, and no more than whoever asks was given themselves: scopes and time only narrow. */
export const within = (actor: Actor, shape: typeof ownToken) =>
  shape.superRefine(({ days, expiresAt, scopes: wanted }, { addIssue }) => {
    const refuse = (field: string, message: string) =>
      addIssue({ code: 'custom', path: [field], message });
    if (days != null && expiresAt != null) refuse('expiresAt', 'cannot go with "days"');
    const own = givable(actor);
    const missing = wanted.filter((it) => !own.includes(it));
    if (missing.length > 0) {
      const given = own.length > 0 ? `only ${own.join(', ')}` : 'none';
      refuse('scopes', `holds ${missing.join(', ')}, and what you ask by has ${given}`);
    }
    const last = actor.by?.expiresAt;
    const end = expiresAt ?? (days == null ? undefined : inDays(days));
    if (last && end && end > last) {
      const field = expiresAt ? 'expiresAt' : 'days';
      refuse(field, `is later than ${last.toISOString()}, when the token that you ask by expires`);
    }
  });

const inDays = (days: number) => new Date(Date.now() + days * day);

/** When a token is to expire: if nobody says, after some months, or with the token that makes it. */
export function expiryOf(actor: Actor, { days, expiresAt }: z.output<typeof ownToken>): Date {
  if (expiresAt) return expiresAt;
  const end = inDays(days ?? usualDays);
  const last = actor.by?.expiresAt ?? end;
  return last < end ? last : end;
}
