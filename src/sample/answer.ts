import type { ServerResponse } from 'node:http';
import type { World } from './shelf.ts';
import type { Membership, Person } from './world.ts';

export interface Answer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

/** One question to the service, without regard to the format that it is asked in. */
export interface Question {
  world: World;
  /** Who or which group is asked for. */
  id: string;
  query: URLSearchParams;
  origin: string;
  isAuthorized: boolean;
  /** The database behind the service is away, and nobody seems to be in any group. */
  isDegraded: boolean;
  /** The service says that it does not know whom we ask for. */
  isAbsent: boolean;
  wrapMembers: boolean;
}

export type Format = (question: Question) => Answer;

export function send(response: ServerResponse, { status, body, headers }: Answer): void {
  if (body === undefined) response.writeHead(status).end();
  else
    sendText(response, status, JSON.stringify(body), {
      'content-type': 'application/json',
      ...headers,
    });
}

export function sendText(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Record<string, string>,
): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

/** A person's groups in some format. What is not a list (null, nothing at all) stays what it is. */
export function groupsOf(
  { groups }: Person,
  { isDegraded }: Question,
  format: (membership: Membership) => object,
): unknown {
  if (isDegraded) return [];
  return Array.isArray(groups) ? groups.map(format) : groups;
}
