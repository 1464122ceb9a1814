import type { Config } from '../config.ts';
import type { Provider } from '../providers.ts';

/** What an answer must fit, as the provider's protocol has it: kept with us while the browser is away. */
export type Checks = Record<string, string>;

/** What came back with the browser. */
export interface Answer {
  /** The whole address that it came to, as the outside knows it. */
  url: URL;
  /** The fields of the form that it posted; empty if it came with a GET. */
  fields: Record<string, string>;
}

/** Who came back, as the provider says; only what may be relied on. */
export interface Proof {
  subject: string;
  /** Wishes, not keys: no account is found by them. */
  username?: string;
  /** Only an address of which the provider says that it was verified. */
  email?: string;
  fullName?: string;
  givenName?: string;
  familyName?: string;
  orcid?: string;
}

/** A protocol in which providers are spoken with: where to send a browser, and what its return proves. */
export interface Protocol<P extends Provider = Provider> {
  begin(config: Config, provider: P): Promise<{ url: string; checks: Checks }>;
  /** @throws SignInError if the answer does not fit, or is no proof. */
  finish(config: Config, provider: P, checks: Checks, answer: Answer): Promise<Proof>;
}

/** Why nobody was signed in. `REFUSED`: the person or the provider said no; the rest is somebody's mistake, or worse. */
export type SignInFault =
  | 'REFUSED'
  | 'INVALID'
  | 'EXPIRED'
  | 'UNAVAILABLE'
  | 'CONFLICT'
  | 'UNKNOWN'
  | 'CLOSED';

/** Nobody was signed in; the message is for the person, the cause for the log. */
export class SignInError extends Error {
  constructor(
    readonly fault: SignInFault,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}
