import type { Context } from '../context.ts';
import type { Provider } from '../providers.ts';
import type { Proof } from './provider.ts';

/**
 * Keeps what a provider proved of somebody who is to have an account and has told no address yet,
 * in the current transaction.
 * @returns what the registration cookie is to hold; the browser then goes to `/sign-in/register`.
 */
export async function beginRegistration(
  _tx: Context,
  _provider: Provider,
  _proof: Proof,
  _returnTo: string,
): Promise<string> {
  throw new Error('being written');
}
