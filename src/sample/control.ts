import type { IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { z } from 'zod';
import type { Answer } from './answer.ts';
import type { Calls } from './calls.ts';
import type { Shelf, World } from './shelf.ts';
import { type Switches, troubleShape } from './switches.ts';

const settingsShape = z.strictObject({
  token: z.string(),
  /** How long every answer takes, even without trouble. */
  latencyMs: z.number().min(0),
  /** Some releases of the Profiles API put a member under `results`. */
  wrapMembers: z.boolean(),
});

export type Settings = z.output<typeof settingsShape>;

/** What can be read and changed while the service runs: by whoever started it, or at `/control`. */
export interface Controls {
  world: World;
  settings: Settings;
  switches: Switches;
  calls: Calls;
}

const thingShape = z.record(z.string(), z.unknown());
const done: Answer = { status: 204 };
const noSuchThing: Answer = { status: 404, body: { error: 'There is no such thing.' } };

/** Answers at `/control` and below. What is wrong with a request is told with 400. */
export async function control(
  controls: Controls,
  request: IncomingMessage,
  url: URL,
): Promise<Answer> {
  try {
    const isChange = request.method === 'PUT' || request.method === 'PATCH';
    return act(controls, String(request.method), url, isChange ? await json(request) : undefined);
  } catch (error) {
    return { status: 400, body: { error: String(error) } };
  }
}

function act(controls: Controls, method: string, url: URL, body: unknown): Answer {
  const { world, settings, switches, calls } = controls;
  const [what = '', name = '', field] = url.pathname.split('/').slice(2).map(decodeURIComponent);
  const path = url.searchParams.get('path') ?? undefined;
  if (what === 'people' && name) return keep(world.people, method, name, field, body);
  if (what === 'groups' && name) return keep(world.groups, method, name, field, body);

  switch (`${method} ${what}`) {
    case 'GET ':
      return { status: 200, body: settings };
    case 'PATCH ':
      return { status: 200, body: Object.assign(settings, settingsShape.partial().parse(body)) };
    case 'GET switches':
      return { status: 200, body: switches };
    case 'PUT switches':
      switches.set(path ?? '*', troubleShape.parse(body));
      return done;
    case 'DELETE switches':
      switches.clear(path);
      return done;
    case 'GET calls':
      return { status: 200, body: { count: calls.count(path), paths: calls } };
    case 'DELETE calls':
      calls.clear();
      return done;
    default:
      return noSuchThing;
  }
}

/** Shows or changes one thing of the world. Its fields are not checked, so that they can be wrong. */
function keep<T extends object>(
  shelf: Shelf<T>,
  method: string,
  name: string,
  field: string | undefined,
  body: unknown,
): Answer {
  const found = shelf.get(name);
  switch (method) {
    case 'PUT':
      shelf.set(name, thingShape.parse(body) as T);
      return done;
    case 'PATCH':
      return shelf.patch(name, thingShape.parse(body) as Partial<T>) ? done : noSuchThing;
    case 'DELETE':
      shelf.delete(name, field as keyof T | undefined);
      return done;
    default:
      return found ? { status: 200, body: found } : noSuchThing;
  }
}
