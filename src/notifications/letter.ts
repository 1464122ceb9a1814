import { toGlobalId } from '../ids.ts';
import type { Names } from './about.ts';
import { type About, type Message, messages, type NotificationKind } from './messages.ts';
import { line, quotation } from './wording.ts';

/** Letters that a subject has at most: a header line of 998 bytes holds it however it is encoded. */
const longestSubject = 200;
const longestQuotation = 2_000;

/** Letters of a name at most. */
const longestName = 60;
const greeting = 'Hello,\n\n';

/** How the bodies of e-mails begin that name somebody. */
export const openingsOf = (name: string): string[] =>
  ['', 'The invitation of ', 'The request of '].map(
    (before) => `${greeting}${before}${line(name, longestName)} `,
  );

/** Writes the e-mail of a kind: what happened, what was said, where to go, and why one gets it. */
export function write<K extends NotificationKind>(
  kind: K,
  about: About<K>,
  names: Names,
  publicUrl: string,
): { subject: string; body: string } {
  // Which writer goes with which data is known where the kind is: in the caller's types.
  const { write, why, leadsTo } = messages[kind] as unknown as Message<About<K>>;
  const { subject, text } = write(about, {
    by: line(names.by, longestName),
    user: line(names.user, longestName),
  });
  const community = leadsTo?.(about);
  const link = community
    ? `${publicUrl}/communities/${encodeURIComponent(community.slug)}`
    : `${publicUrl}/requests/${toGlobalId('Request', about.requestId)}`;
  const said = about.message?.trim() ? quotation(about.message, longestQuotation) : undefined;
  const footer = [
    '-- ',
    `You get this e-mail because ${why}.`,
    `Choose which e-mails you get: ${publicUrl}/settings/notifications`,
  ];
  const body = [text, link, said, footer.join('\n')].filter((it) => it !== undefined);
  return { subject: line(subject, longestSubject), body: `${greeting}${body.join('\n\n')}\n` };
}
