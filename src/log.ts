import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { type DestinationStream, destination, type Logger, pino, stdSerializers } from 'pino';
import type { Config } from './config.ts';

export type { Logger };

const secret = /\b(?:clg_pat_|whsec_)[A-Za-z0-9+/=_-]+|\b(Bearer)\s+\S+/g;
const email = /[^\s"'<>@:,/]+@[^\s"'<>@:,/]+\.[^\s"'<>@:,/]+/g;

/** A text without what looks like a token or an e-mail address. */
export const redacted = (text: string) =>
  text
    .replace(secret, (_, bearer) => (bearer ? 'Bearer [redacted]' : '[redacted]'))
    .replace(email, '[e-mail]');

/** An error without the values that PostgreSQL quotes of rows, and without tokens and addresses. */
const serializeError = (error: Error) =>
  JSON.parse(
    JSON.stringify(stdSerializers.errWithCause(error), (key, value) => {
      if (key === 'detail' || key === 'where') return undefined;
      return typeof value === 'string' ? redacted(value) : value;
    }),
  );

/** The process's own log: JSON lines, on standard output if nothing else is said. */
export function createLog(config: Pick<Config, 'logLevel'>, to?: DestinationStream): Logger {
  const options = {
    level: config.logLevel,
    base: undefined,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (level: string) => ({ level }) },
    redact: ['req.headers.authorization', 'req.headers.cookie'],
    serializers: { err: serializeError },
  };
  return to ? pino(options, to) : pino(options);
}

/** The log of remote data alone: one line for every POST, every signal and every task. */
export interface RemoteLog {
  write(line: { event: 'post' | 'signal' | 'task' } & Record<string, unknown>): void;
  close(): void;
}

/** Opens the file that REMOTE_DATA_LOG names and makes its folder. */
export function openRemoteLog(path: string): RemoteLog {
  mkdirSync(dirname(path), { recursive: true });
  const out = destination({ dest: path, append: true, sync: false, minLength: 0 });
  // A full disk must not stop the syncs; the process's own log says what the others did.
  out.on('error', () => {});
  return {
    // Each text by itself: in the JSON, a backslash after an address would go with it.
    write: (line) =>
      out.write(
        `${JSON.stringify({ time: new Date(), ...line }, (_, it) => (typeof it === 'string' ? redacted(it) : it))}\n`,
      ),
    close: () => {
      out.flushSync();
      out.end();
    },
  };
}
