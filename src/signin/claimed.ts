import { z } from 'zod';
import { line } from '../text.ts';
import type { Proof } from './provider.ts';

const email = z.email().max(254);
const orcid = z
  .string()
  .transform((it) => it.replace(/^https?:\/\/orcid\.org\//i, '').toUpperCase())
  .pipe(z.string().regex(/^\d{4}-\d{4}-\d{4}-\d{3}[\dX]$/));

/** What a provider said, whatever it is. */
export type Said = Record<keyof Proof, unknown>;

/**
 * What a provider said of somebody, as far as it makes sense: a name that is none is as if it were
 * not said.
 * @throws Error if there is no subject: nobody may be taken for somebody else because of a blank.
 */
export function claimed(said: Partial<Said>): Proof {
  const { subject } = said;
  if (typeof subject !== 'string' || subject.trim() === '' || subject.length > 255)
    throw new Error('The subject is not 1 to 255 characters.');
  if (/\p{Cc}/u.test(subject) || !subject.isWellFormed())
    throw new Error('The subject has characters that no subject has.');
  return {
    subject,
    username: line(255).safeParse(said.username).data,
    email: email.safeParse(said.email).data,
    fullName: line(250).safeParse(said.fullName).data,
    givenName: line(250).safeParse(said.givenName).data,
    familyName: line(250).safeParse(said.familyName).data,
    orcid: orcid.safeParse(said.orcid).data,
  };
}
