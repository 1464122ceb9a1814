import { z } from 'zod';
import { type Fields, isObject, type Notes } from './fields.ts';
import { address, type Endpoint, RemoteError, read } from './http.ts';

/** What an answer is about, out of its wrapping. */
export interface Answer {
  fields: Fields;
  /** How the service knows the person, if the answer tells it beside the profile. */
  sub?: unknown;
  /** Part of the service is away: what the answer does not tell, or tells to be empty, is unknown. */
  isDegraded: boolean;
}

/** `nothing` is an honest empty list. */
type Opened = Answer | 'nothing' | 'degraded';

const envelope = z.looseObject({}).transform((json, { addIssue }): Opened => {
  const { meta } = json;
  const isDegraded = isObject(meta) && Boolean(meta.error);
  const fields = unwrap(json);
  if (!Array.isArray(fields)) return { fields, isDegraded };
  const [entry] = fields;
  if (entry === undefined) return isDegraded ? 'degraded' : 'nothing';
  if (fields.length === 1 && isObject(entry)) {
    const { profile, sub } = entry;
    return isObject(profile) ? { fields: profile, sub, isDegraded } : { fields: entry, isDegraded };
  }
  addIssue('is a list');
  return z.NEVER;
});

/** A thing that has a name of its own is not a wrapping, whatever else it holds. */
function unwrap(json: Fields): Fields | unknown[] {
  if (Object.hasOwn(json, 'id') || Object.hasOwn(json, 'username')) return json;
  const inner = [json.results, json.data].find((it) => typeof it === 'object' && it !== null);
  return (inner as Fields | unknown[] | undefined) ?? json;
}

/** Asks, and hands what `understand` makes of the answer, unless it noted a fault. */
export async function find<T>(
  endpoint: Endpoint,
  id: string,
  understand: (answer: Answer, id: string, notes: Notes) => T | undefined,
): Promise<T | undefined> {
  const answer = await read(endpoint, id, envelope);
  if (answer === undefined || answer === 'nothing') return undefined;
  if (answer === 'degraded') return refuse(endpoint, id);
  const notes: Notes = { problems: [], faults: [] };
  const found = understand(answer, id, notes);
  if (notes.faults.length > 0) refuse(endpoint, id, notes.faults);
  return found ?? (answer.isDegraded ? refuse(endpoint, id) : undefined);
}

function refuse(endpoint: Endpoint, id: string, faults?: string[]): never {
  const url = address(endpoint, id);
  if (!faults) throw RemoteError.at(url, 'knows nothing while a part of it is away', 'RETRYABLE');
  const some = faults.slice(0, 5).join('; ');
  throw RemoteError.at(url, `answered unusably: ${some}`, 'PERMANENT');
}
