import { z } from 'zod';
import { rights } from '../actor.ts';
import { line } from '../text.ts';
import { administrators } from './administrators.ts';

/** Names that say of what they stand for that it administers (Invenio's, and our own). */
const reserved = new Set([
  'admin',
  'administration',
  'administration-moderation',
  'superuser-access',
  administrators,
]);

/** A local role's name. @throws what is wrong with it, the first thing that is. */
const name = z
  .string('is not text')
  .trim()
  .refine((it) => !/---|\|/.test(it), {
    error: 'looks like the role of a remote group: those have "---" and "|" in them',
    abort: true,
  })
  .regex(/^[A-Za-z][A-Za-z0-9_-]{0,79}$/, {
    error: 'needs a letter and up to 79 letters, digits, "_" or "-" after it',
    abort: true,
  })
  .refine((it) => !reserved.has(it.toLowerCase()), 'is a name that is kept for this server');

const given = z
  .array(z.enum(rights), 'is not a list')
  .transform((some) => rights.filter((it) => some.includes(it)));

const texts = { title: line(80).nullish(), description: line(255).nullish() };

/** What a new role is. */
export const newRole = z.object({
  name,
  title: texts.title.transform((it) => it ?? null),
  description: texts.description.transform((it) => it ?? null),
  rights: given.nullish().transform((it) => it ?? []),
});

/** What is to change of a role: what is absent stays, null clears. */
export const roleChanges = z.object({ name: name.optional(), ...texts, rights: given.optional() });

/** Who gets or loses a role. */
export const people = z.object({
  users: z
    .array(z.unknown())
    .min(1, 'names nobody')
    .max(100, 'names more than 100 users: do it one hundred at a time'),
});
