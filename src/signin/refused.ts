import type { Provider } from '../providers.ts';
import { SignInError } from './provider.ts';

/** One text for all accounts that are shut: why, is for those to say who run the site. */
export const closed = () =>
  new SignInError(
    'CLOSED',
    'Your account here is closed. If you think that it should not be, ask the people who run this site.',
  );

/** One text for everybody who is unknown, whatever is known of them elsewhere. */
export const unknown = ({ title }: Provider) =>
  new SignInError(
    'UNKNOWN',
    `No account here is known under your ${title} account. If you have one, sign in as you did before, and add ${title} to it on your page. If you have none, ask the people who run this site for one.`,
  );

export const addressTaken = ({ title }: Provider) =>
  new SignInError(
    'CONFLICT',
    `Another account here has the e-mail address that ${title} tells of you, and no account is yours by its address alone. If that account is yours, sign in as you did before, and add ${title} to it on your page.`,
  );

export const identityTaken = ({ title }: Provider) =>
  new SignInError(
    'CONFLICT',
    `Your ${title} account belongs to another account here. Sign out and sign in with ${title} to see which. If both are yours, ask the people who run this site to make one of them.`,
  );

export const otherIdentity = ({ title }: Provider) =>
  new SignInError(
    'CONFLICT',
    `Your account here belongs to another ${title} account already, and to one of them at most. Unlink that first, if it is no longer yours.`,
  );

const called = { username: 'username', email: 'e-mail address', orcid: 'ORCID iD' };

export const askedForAnother = ({ title, idp }: Provider, by: keyof typeof called) =>
  new SignInError(
    'CONFLICT',
    `${idp} is asked for people by their ${called[by]}, and ${title} does not say that the one of your account here is yours. Take it out of your profile first, or ask the people who run this site.`,
  );

export const signedOutMeanwhile = () =>
  new SignInError(
    'EXPIRED',
    'You are not signed in any more, and an account is added only to one that is. Sign in, and add it then.',
  );

export const beginAgain = () =>
  new SignInError(
    'EXPIRED',
    'This sign-in was not begun in this browser, took longer than ten minutes, or was gone on with in another tab.',
  );
