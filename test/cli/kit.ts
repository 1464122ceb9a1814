import { Actor } from '../../src/actor.ts';
import type { Place } from '../../src/cli/desk.ts';
import { run } from '../../src/cli/program.ts';
import type { Terminal } from '../../src/cli/terminal.ts';
import type { World } from '../helpers/world.ts';

/** What a command came to. */
export interface Ran {
  code: number;
  out: string;
  err: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever they asked for
  json(): any;
}

export interface TypedOptions {
  input?: string;
  canRedraw?: boolean;
  hasColor?: boolean;
  signal?: AbortSignal;
  /** Sees what is said beside, as it is said. */
  watch?: (text: string) => void;
}

/** A terminal that keeps what is written on it. */
export function paper(
  options: TypedOptions = {},
): Terminal & { texts: { out: string; err: string } } {
  const texts = { out: '', err: '' };
  return {
    texts,
    out: (text) => {
      texts.out += text;
    },
    err: (text) => {
      texts.err += text;
      options.watch?.(text);
    },
    canRedraw: options.canRedraw ?? false,
    hasColor: options.hasColor ?? false,
    async *input() {
      yield options.input ?? '';
    },
    interrupted: () => options.signal ?? new AbortController().signal,
  };
}

/** The place of a world: its server's own parts. */
export const placeOf = ({ app, databaseUrl }: World): Place => ({
  atSite: (work) => work({ config: app.begin().config, databaseUrl, close: async () => {} }),
  asSystem: (work) => work(() => app.begin(Actor.system)),
});

/** Types a command line, in this process, at a world. */
export async function type(
  world: World | undefined,
  line: string | string[],
  options: TypedOptions = {},
): Promise<Ran> {
  const terminal = paper(options);
  const args = Array.isArray(line) ? line : line.split(' ');
  const code = await run(args, terminal, world && placeOf(world));
  const { texts } = terminal;
  return { code, ...texts, json: () => JSON.parse(texts.out) };
}
