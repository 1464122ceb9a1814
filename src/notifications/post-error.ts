import { redacted } from '../log.ts';

/**
 * Whose fault it is that an e-mail was not sent: the RECIPIENT's for good (no such address), the
 * MESSAGE's for now (greylisting, a full mailbox), or that of the whole SERVER for now (it is down,
 * it does not know us).
 */
export type Fault = 'RECIPIENT' | 'MESSAGE' | 'SERVER';

/** An e-mail could not be sent. The text has no address in it. */
export class PostError extends Error {
  constructor(
    message: string,
    readonly fault: Fault,
  ) {
    super(message);
  }
}

const longest = 500;

/** What an error of nodemailer means. */
export function problemOf(error: Error, address: string): PostError {
  const {
    code,
    command = '',
    responseCode = 0,
    response,
  } = error as Error & {
    code?: string;
    command?: string;
    responseCode?: number;
    response?: string;
  };
  const text = response ?? (error.name === 'AbortError' ? 'It took too long.' : error.message);
  // Servers repeat the address, in any case and in any company.
  const clean = redacted(text.replace(new RegExp(literally(address), 'gi'), '[e-mail]'))
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .slice(0, longest)
    .toWellFormed();
  const message = response === undefined && code ? `${code}: ${clean}` : clean;
  const isAboutMessage = /^(RCPT TO|DATA)/.test(command) && responseCode >= 400;
  if (!isAboutMessage || responseCode === 421) return new PostError(message, 'SERVER');
  return new PostError(message, responseCode >= 500 ? 'RECIPIENT' : 'MESSAGE');
}

const literally = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
