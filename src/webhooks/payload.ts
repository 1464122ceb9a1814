import { isUtf8 } from 'node:buffer';

export const entityKinds = ['users', 'groups'] as const;
export const eventNames = ['created', 'updated', 'deleted'] as const;
export type EntityKind = (typeof entityKinds)[number];
export type EventName = (typeof eventNames)[number];

export interface Notice {
  idp: string;
  events: NoticedEvent[];
}

export type NoticedEvent = ValidEvent | RefusedEvent;

export interface ValidEvent {
  /** Where in the body the event is: `updates.users[3]`. */
  path: string;
  kind: EntityKind;
  id: string;
  event: EventName;
  verdict: 'valid';
  problem?: undefined;
}

/** What it repeats of the body is cut and cleaned, so it may be answered, logged and stored. */
export interface RefusedEvent {
  path: string;
  kind: string;
  id?: string;
  event?: string;
  verdict: 'unsupported' | 'invalid';
  problem: string;
}

export interface Problem {
  path: string;
  message: string;
}

type Entry = { path: string; kind: string; value: unknown };

const mostEvents = 1000;

/**
 * Reads a webhook's raw body. Each event is judged alone; the body as a whole is refused only if
 * its frame is wrong or no event in it is valid, and then with everything that is wrong in it.
 */
export function readNotice(
  body: Buffer,
  isKnownIdp: (idp: string) => boolean = () => true,
): { notice: Notice } | { problems: Problem[] } {
  const parsed = parse(body);
  if ('problem' in parsed) return { problems: [{ path: 'body', message: parsed.problem }] };
  const { json } = parsed;
  if (!isObject(json)) {
    return { problems: [{ path: 'body', message: wrongType('an object', json) }] };
  }
  const idpProblem =
    textProblem(json.idp, 100) ??
    (isKnownIdp(json.idp as string) ? undefined : 'is not a configured identity service');
  const { entries, problems } = readUpdates(json.updates);
  if (idpProblem) problems.unshift({ path: 'idp', message: idpProblem });
  const read = entries.map(readEvent);
  if (problems.length > 0 || read.every(({ event }) => event.verdict !== 'valid')) {
    return { problems: problems.concat(read.flatMap((each) => each.problems)) };
  }
  return { notice: { idp: json.idp as string, events: read.map(({ event }) => event) } };
}

function parse(body: Buffer): { json: unknown } | { problem: string } {
  if (!isUtf8(body)) return { problem: 'is not UTF-8' };
  const text = body.toString('utf8').replace(/^\uFEFF/, '');
  try {
    return { json: JSON.parse(text) };
  } catch (error) {
    // V8 ends with the place of a mistake, or else quotes the body, which an answer must not.
    const [, place = ''] = String(error).match(/( at position \d+)( \(line .*\))?$/) ?? [];
    return { problem: `is not JSON${place}` };
  }
}

function readUpdates(updates: unknown): { entries: Entry[]; problems: Problem[] } {
  if (!isObject(updates)) {
    const message = wrongType('an object', updates);
    return { entries: [], problems: [{ path: 'updates', message }] };
  }
  const entries: Entry[] = [];
  const problems: Problem[] = [];
  for (const [key, value] of Object.entries(updates)) {
    const kind = legible(key);
    const path = `updates.${kind}`;
    if (Array.isArray(value)) {
      value.forEach((each, i) => {
        entries.push({ path: `${path}[${i}]`, kind, value: each });
      });
    } else if (isObject(value) && !isOneOf(entityKinds, kind)) {
      // Knowledge Commons sends `{"associations": {"associations": […]}}`.
      entries.push({ path, kind, value });
    } else {
      problems.push({ path, message: wrongType('a list', value) });
    }
  }
  if (entries.length > mostEvents) {
    const message = `holds ${entries.length} events; at most ${mostEvents} are taken at once`;
    return { entries: [], problems: [...problems, { path: 'updates', message }] };
  }
  if (entries.length + problems.length === 0) {
    problems.push({ path: 'updates', message: 'holds no events' });
  }
  return { entries, problems };
}

function readEvent({ path, kind, value }: Entry): { event: NoticedEvent; problems: Problem[] } {
  const { id: given, event }: Record<string, unknown> = isObject(value) ? value : {};
  // Senders often write the id as a number; one beyond 2^53 has already lost digits.
  const id = Number.isSafeInteger(given) && Number(given) >= 0 ? String(given) : given;
  const idProblem = typeof id === 'number' ? 'is not a whole number below 2^53' : textProblem(id);
  const eventProblem = eventNameProblem(event);
  const isKnown = isOneOf(entityKinds, kind);
  if (isKnown && !idProblem && isOneOf(eventNames, event)) {
    return { event: { path, kind, id: id as string, event, verdict: 'valid' }, problems: [] };
  }
  const problems: Problem[] = [];
  if (!isKnown) {
    problems.push({ path, message: `is of an unknown kind; known: ${entityKinds.join(', ')}` });
  } else if (!isObject(value)) {
    problems.push({ path, message: wrongType('an object', value) });
  } else {
    if (idProblem) problems.push({ path: `${path}.id`, message: idProblem });
    if (eventProblem) problems.push({ path: `${path}.event`, message: eventProblem });
  }
  const refused: RefusedEvent = {
    path,
    kind,
    ...(!idProblem && { id: id as string }),
    ...(typeof event === 'string' && { event: legible(event) }),
    verdict: !isKnown || (!idProblem && typeof event === 'string') ? 'unsupported' : 'invalid',
    problem: problems
      .map((each) => `${each.path.slice(path.length + 1)} ${each.message}`.trim())
      .join('; '),
  };
  return { event: refused, problems };
}

function eventNameProblem(event: unknown): string | undefined {
  if (typeof event !== 'string') return wrongType('a string', event);
  return isOneOf(eventNames, event) ? undefined : `is not one of ${eventNames.join(', ')}`;
}

/** Control characters and halves of characters: PostgreSQL stores neither, and logs break on them. */
const unprintable = /[\p{Cc}\p{Cs}\u2028\u2029]/gu;

function textProblem(value: unknown, longest = 255): string | undefined {
  if (typeof value !== 'string') return wrongType('a string', value);
  if (value.trim() === '') return 'is empty';
  if (value.length > longest) return `is longer than ${longest} characters`;
  if (value.search(unprintable) >= 0) return 'has control characters';
  return undefined;
}

function legible(text: string): string {
  const cut = text.length > 50 ? `${text.slice(0, 50)}…` : text;
  return cut.replace(unprintable, '\uFFFD');
}

function wrongType(wanted: string, value: unknown): string {
  if (value === undefined) return 'is missing';
  if (value === null) return `must be ${wanted}, not null`;
  const found = Array.isArray(value) ? 'list' : typeof value;
  return `must be ${wanted}, not ${found === 'object' ? 'an' : 'a'} ${found}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isOneOf<T extends string>(names: readonly T[], value: unknown): value is T {
  return names.some((name) => name === value);
}
