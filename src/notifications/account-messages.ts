import { line } from './wording.ts';

/** What one kind of e-mail about an account says. */
export interface AccountMessage<About> {
  /** When such an e-mail is sent. */
  meaning: string;
  /** Ends “You get this e-mail because …”. */
  why: string;
  /** Minutes after which it is of no use to anybody, and is not sent any more. */
  minutes: number;
  write(about: About): { subject: string; text: string };
}

/** Minutes for which an address can be confirmed. */
export const confirmationMinutes = 60;
const dayMinutes = 24 * 60;

/** A link that its reader is to follow. */
interface Leading {
  link: string;
}
/** The account that the address belongs to. */
interface Owned {
  username: string;
}

const kindOf = <About>(message: AccountMessage<About>): AccountMessage<About> => message;

const named = ({ username }: Owned) => `“${line(username, 80)}”`;
const ignore = 'If it was not you, ignore this e-mail: nothing happens then.';

/**
 * Every kind of e-mail about an account. They go to an address, which need not be anybody's yet, and
 * nobody can do without them: an address is shown to be theirs, or somebody is warned.
 */
export const accountMessages = {
  REGISTRATION: kindOf<Leading>({
    meaning: 'Somebody registers with this address, and is to show that it is theirs.',
    why: 'somebody, probably you, gave this address to register here',
    minutes: confirmationMinutes,
    write: ({ link }) => ({
      subject: 'Confirm your e-mail address',
      text: `Confirm that this is your address, in the browser in which you began, within an hour:\n\n${link}\n\n${ignore}`,
    }),
  }),
  ADDRESS_IN_USE: kindOf<Owned>({
    meaning: 'Somebody tried to use the address of this account for another one.',
    why: 'your account has this address',
    minutes: dayMinutes,
    write: (account) => ({
      subject: 'You have an account already',
      text: `Somebody, perhaps you, gave this address for another account. It belongs to your account ${named(account)}, and that has not changed.\n\nIf it was you: sign in as you did before. There you can add other ways of signing in to your account.\n\n${ignore}`,
    }),
  }),
  ADDRESS_CONFIRMATION: kindOf<Leading & Owned>({
    meaning: 'Somebody wants this address for an account, and is to show that it is theirs.',
    why: 'somebody, probably you, gave this address for an account here',
    minutes: confirmationMinutes,
    write: ({ link, username }) => ({
      subject: 'Confirm your new e-mail address',
      text: `Confirm, within an hour, that this is to be the address of the account ${named({ username })}:\n\n${link}\n\n${ignore}`,
    }),
  }),
  ADDRESS_CHANGE_ASKED: kindOf<Owned>({
    meaning: 'Somebody who is signed in to the account asked for another address.',
    why: 'your account has this address',
    minutes: dayMinutes,
    write: (account) => ({
      subject: 'Your e-mail address is about to change',
      text: `Somebody, probably you, asked for another e-mail address for your account ${named(account)}. It changes once the new address is confirmed.\n\nIf it was not you, somebody else is signed in to your account: end its sessions, and tell those who run this server.`,
    }),
  }),
  ADDRESS_CHANGED: kindOf<Owned>({
    meaning: 'The account has another address now; this goes to the one that it had.',
    why: 'your account had this address',
    minutes: dayMinutes,
    write: (account) => ({
      subject: 'Your e-mail address was changed',
      text: `Your account ${named(account)} has another e-mail address now, and nothing more is sent to this one.\n\nIf it was not you, tell those who run this server.`,
    }),
  }),
};

export type AccountMessageKind = keyof typeof accountMessages;
export type AccountAbout<K extends AccountMessageKind> = Parameters<
  (typeof accountMessages)[K]['write']
>[0];
