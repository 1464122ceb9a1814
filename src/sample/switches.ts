import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { type Answer, send, sendText } from './answer.ts';

/** A way in which the service goes wrong. */
export const troubleShape = z.strictObject({
  mode: z.enum(['slow', 'failing', 'degraded', 'absent', 'garbage', 'limited', 'dropped']),
  /** How long each answer takes, in whatever mode. */
  delayMs: z.number().min(0).default(0),
  /** What a failing service answers. */
  status: z.int().min(400).max(599).default(503),
  garbage: z.enum(['html', 'half', 'endless']).default('html'),
  /** Seconds or an HTTP date, told with 429. */
  retryAfter: z.union([z.int().min(0), z.string()]).default(1),
  /** How many requests it is for; all if absent. */
  times: z.int().min(1).optional(),
});

export type Trouble = z.output<typeof troubleShape>;

/**
 * The troubles that are switched on, each for a path, or for all paths that begin as a pattern with a
 * star at its end. The longest that fits counts.
 */
export class Switches {
  readonly #troubles = new Map<string, Trouble>();

  set(pattern: string, trouble: z.input<typeof troubleShape>): void {
    this.#troubles.set(plain(pattern), troubleShape.parse(trouble));
  }

  /** Switches off what was switched on for the pattern, or everything. */
  clear(pattern?: string): void {
    if (pattern === undefined) this.#troubles.clear();
    else this.#troubles.delete(plain(pattern));
  }

  /** The trouble that a request for the path has now, counted as one of its times. */
  take(path: string): Trouble | undefined {
    let found = '';
    for (const pattern of this.#troubles.keys())
      if (pattern.length > found.length && fits(path, pattern)) found = pattern;
    const trouble = this.#troubles.get(found);
    if (trouble?.times !== undefined && --trouble.times === 0) this.#troubles.delete(found);
    return trouble;
  }

  toJSON(): Record<string, Trouble> {
    return Object.fromEntries(this.#troubles);
  }
}

/** A path as it is counted and compared: without a slash at its end. */
export function plain(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}

/** Answers as the trouble has it, in place of the honest answer. */
export function spoil(response: ServerResponse, trouble: Trouble, honest: Answer): void {
  switch (trouble.mode) {
    case 'failing':
      send(response, { status: trouble.status, body: { error: 'Out of order' } });
      break;
    case 'limited':
      send(response, {
        status: 429,
        body: { error: 'Too many requests' },
        headers: { 'retry-after': String(trouble.retryAfter) },
      });
      break;
    case 'garbage':
      spill(response, trouble.garbage, JSON.stringify(honest.body));
      break;
    case 'dropped':
      response.destroy();
      break;
    default:
      send(response, honest);
  }
}

function spill(response: ServerResponse, kind: Trouble['garbage'], text: string): void {
  const json = { 'content-type': 'application/json' };
  if (kind === 'html') {
    const html = '<!doctype html><title>Maintenance</title><p>We will be back soon.';
    sendText(response, 200, html, { 'content-type': 'text/html; charset=utf-8' });
  } else if (kind === 'half') {
    sendText(response, 200, text.slice(0, text.length / 2), json);
  } else {
    const flood = Readable.from(forever());
    response.writeHead(200, json).on('close', () => flood.destroy());
    flood.pipe(response);
  }
}

function* forever(): Generator<string> {
  yield '{"username":"';
  for (;;) yield 'a'.repeat(16_384);
}

function fits(path: string, pattern: string): boolean {
  return pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern;
}
