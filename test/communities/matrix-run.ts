import { upload } from '../helpers/upload.ts';
import type { World } from '../helpers/world.ts';
import type { Ask } from './matrix-acts.ts';
import type { Outcome } from './matrix-table.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers are whatever was asked for
type Loose = any;

/** What was answered: a word of the matrix, or what else it was, and the answer itself. */
export interface Told {
  word: string;
  body: string;
}

const inputOf = (mutation: string): string =>
  `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;

/** Asks as whoever has the token. */
export async function tell(world: World, token: string | undefined, ask: Ask): Promise<Told> {
  if ('path' in ask) return fetchPath(world, token, ask.path);
  if ('query' in ask) {
    const { query, variables, find } = ask;
    const answer = await world.ask(token, query, variables);
    const found = answer.errors ? undefined : find(answer.data);
    const word = denied(answer.errors) ?? (found == null ? '404' : found === false ? '0' : 'y');
    return { word, body: JSON.stringify(answer) };
  }
  const { mutation, input, file } = ask;
  const query = `mutation ($input: ${inputOf(mutation)}!) { ${mutation}(input: $input) {
    __typename userErrors { code message path } } }`;
  const answer = file
    ? await upload(world, token, query, input, file)
    : await world.ask(token, query, { input });
  const word = denied(answer.errors) ?? refused(answer.data[mutation].userErrors) ?? 'y';
  return { word, body: JSON.stringify(answer) };
}

const denials: Record<string, Outcome> = { FORBIDDEN: '-', UNAUTHENTICATED: '401' };
const refusals: Record<string, Outcome> = { NOT_FOUND: '404', CONFLICT: '409' };

const denied = (errors: Loose[] | undefined): string | undefined =>
  errors && (denials[errors[0].extensions.code] ?? JSON.stringify(errors));

const refused = ([first]: Loose[]): string | undefined =>
  first && (refusals[first.code] ?? JSON.stringify(first));

async function fetchPath(world: World, token: string | undefined, path: string): Promise<Told> {
  const response = await fetch(`${world.url}${path}`, {
    headers: token ? { authorization: `Bearer ${token}` } : {},
  });
  // Each answer has its own of these.
  const { date, 'x-request-id': _, ...headers } = Object.fromEntries(response.headers);
  return {
    word: response.ok ? 'y' : String(response.status),
    body: JSON.stringify({ status: response.status, headers, text: await response.text() }),
  };
}
