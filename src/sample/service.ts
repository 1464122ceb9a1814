import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Answer, type Format, send } from './answer.ts';
import { Calls } from './calls.ts';
import { type Controls, control } from './control.ts';
import * as profiles from './profiles.ts';
import { makeWorld } from './shelf.ts';
import { plain, Switches, spoil, type Trouble } from './switches.ts';
import * as wordpress from './wordpress.ts';
import type { Group, Person } from './world.ts';

export interface SampleOptions {
  port?: number;
  host?: string;
  token?: string;
  latencyMs?: number;
  /** How many generated people there are besides the others: `u000001` and so on. */
  population?: number;
  people?: Person[];
  groups?: Group[];
}

/** A running sample of the remote identity services, and what can be done to it. */
export interface SampleService extends Controls {
  url: string;
  stop(): Promise<void>;
}

const formats: [prefix: string, format: Format][] = [
  ['/wp-json/commons/v1/users/', wordpress.user],
  ['/wp-json/commons/v1/groups/', wordpress.group],
  ['/api/v1/members/', profiles.member],
  ['/api/v1/groups/', profiles.group],
  ['/api/v1/subs/', profiles.subs],
];
const noPage: Answer = { status: 404, body: { detail: 'Not found.' } };

export async function startSampleService(options: SampleOptions = {}): Promise<SampleService> {
  const { port = 0, host = '127.0.0.1', token = 'sample-token', latencyMs = 0 } = options;
  const controls: Controls = {
    world: makeWorld(options.population, options.people, options.groups),
    settings: { token, latencyMs, wrapMembers: false },
    switches: new Switches(),
    calls: new Calls(),
  };

  const server = createServer((request, response) => {
    const url = URL.parse(request.url ?? '/', origin);
    if (!url) send(response, noPage);
    else if (!/^\/control(\/|$)/.test(url.pathname)) serve(controls, request, response, url);
    else void control(controls, request, url).then((answer) => send(response, answer));
  });
  await once(server.listen(port, host), 'listening');
  const { address, family, port: given } = server.address() as AddressInfo;
  const origin = `http://${family === 'IPv6' ? `[${address}]` : address}:${given}`;

  return {
    ...controls,
    url: origin,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Answers honestly, or as the switches want it, after as long as they want. */
function serve(
  controls: Controls,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): void {
  const { settings, switches, calls } = controls;
  const path = plain(url.pathname);
  calls.note(path);
  const trouble = switches.take(path);
  const delayMs = settings.latencyMs + (trouble?.delayMs ?? 0);

  const answer = () => {
    const isAuthorized = request.headers.authorization === `Bearer ${settings.token}`;
    const honest = answerTo(controls, url, isAuthorized, trouble);
    if (trouble) spoil(response, trouble, honest);
    else send(response, honest);
  };
  if (delayMs > 0) setTimeout(answer, delayMs).unref();
  else answer();
}

function answerTo(
  { world, settings }: Controls,
  url: URL,
  isAuthorized: boolean,
  trouble?: Trouble,
): Answer {
  const path = `${plain(url.pathname)}/`;
  const [prefix, format] = formats.find(([prefix]) => path.startsWith(prefix)) ?? [];
  if (!prefix || !format) return noPage;
  return format({
    world,
    id: decode(path.slice(prefix.length, -1)),
    query: url.searchParams,
    origin: url.origin,
    isAuthorized,
    isDegraded: trouble?.mode === 'degraded',
    isAbsent: trouble?.mode === 'absent',
    wrapMembers: settings.wrapMembers,
  });
}

/** A name out of a path; one that is wrongly encoded is nobody's. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
