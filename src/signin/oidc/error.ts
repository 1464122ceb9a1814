import { AuthorizationResponseError, ClientError, ResponseBodyError } from 'openid-client';
import type { OidcProvider } from '../../providers.ts';
import { cleaned } from '../../text.ts';
import { SignInError, type SignInFault } from '../provider.ts';
import { NoAnswer } from './fetch.ts';

/** What a provider says when it will not sign somebody in (RFC 6749, 4.1.2.1). */
const faults = new Map<string, SignInFault>([
  ['access_denied', 'REFUSED'],
  ['server_error', 'UNAVAILABLE'],
  ['temporarily_unavailable', 'UNAVAILABLE'],
]);

const messages: Partial<Record<SignInFault, (title: string) => string>> = {
  REFUSED: (title) => `${title} did not let you in, or you said no there.`,
  UNAVAILABLE: (title) => `${title} does not answer. Please try again in a few minutes.`,
};

/**
 * Why nobody was signed in. The causes that the library gives hold tokens, codes and whole answers,
 * so that only what they say of themselves goes on, to be logged.
 * @param secrets that a provider might repeat.
 */
export function signInErrorOf(
  provider: OidcProvider,
  error: unknown,
  secrets: string[] = [],
): SignInError {
  const chain = causesOf(error);
  const fault = faultOf(chain);
  const message =
    messages[fault]?.(provider.title) ??
    `The answer of ${provider.title} is not one to our question. Please begin again; if that does not help, tell the people who run this site.`;
  const hidden = [...secrets, provider.clientSecret ?? ''].filter((it) => it !== '');
  const hide = (text: string) => hidden.reduce((it, secret) => it.replaceAll(secret, '…'), text);
  return new SignInError(fault, message, { cause: new Error(textOf(chain, hide)) });
}

function causesOf(error: unknown): Error[] {
  return error instanceof Error ? [error, ...causesOf(error.cause)] : [];
}

function faultOf(chain: Error[]): SignInFault {
  if (chain.some((it) => it instanceof NoAnswer)) return 'UNAVAILABLE';
  const said = chain.find((it) => it instanceof AuthorizationResponseError);
  return faults.get(said?.error ?? '') ?? 'INVALID';
}

const isFromLibrary = (it: Error) =>
  it instanceof ClientError ||
  ['OperationProcessingError', 'UnsupportedOperationError'].includes(it.name) ||
  (it as { code?: unknown }).code === 'ERR_INVALID_ARG_VALUE';

const textOf = (chain: Error[], hide: (text: string) => string): string =>
  chain
    .flatMap((it) => {
      if (it instanceof AuthorizationResponseError || it instanceof ResponseBodyError) {
        const { error, error_description: more = '' } = it;
        const said = hide(cleaned(`${error} ${more}`).replace(/\s+/g, ' '));
        return [`the provider said ${said.slice(0, 200)}`];
      }
      // Errors in reading repeat what was read, so they are left out.
      return it instanceof NoAnswer || isFromLibrary(it) ? [it.message] : [];
    })
    .join(': ') || `unknown (${chain[0]?.name})`;
