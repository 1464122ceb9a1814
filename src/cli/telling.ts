import { CommanderError } from 'commander';
import { ConfigError } from '../config.ts';
import { Denial, refusalsIn } from '../errors.ts';
import { exitCodes, Failure, UsageError } from './failure.ts';
import { plain } from './terminal.ts';

/** Something that is wrong, as programs read it. */
export interface Problem {
  code: string;
  message: string;
  path?: string[];
}

/** What is to be said of an error, to programs and to people. */
export function problemsIn(error: unknown): {
  problems: Problem[];
  text: string;
  exitCode: number;
} {
  const problems = listIn(error);
  const isUsage = problems.every((it) => it.code === 'USAGE');
  const exitCode = isUsage ? exitCodes.usage : exitCodes.failed;
  return { problems, text: textOf(error, problems), exitCode };
}

function textOf(error: unknown, problems: Problem[]): string {
  if (error instanceof ConfigError) return error.message;
  if (problems[0]?.code === 'INTERNAL') return String((error as Error)?.stack ?? error);
  const lines = problems.map(({ path, message }) => {
    const place = path?.filter((it) => it !== 'input').at(-1);
    return plain([place, message].filter(Boolean).join(': '));
  });
  return lines.join('\n');
}

function listIn(error: unknown): Problem[] {
  const refusals = refusalsIn(error);
  if (refusals) return refusals.map(({ code, message, path }) => ({ code, message, path }));
  if (error instanceof CommanderError || error instanceof UsageError)
    return [{ code: 'USAGE', message: error.message.replace(/^error: /, '') }];
  if (error instanceof Denial) return [{ code: error.code, message: error.message }];
  if (error instanceof Failure) return [{ code: 'FAILED', message: error.message }];
  if (error instanceof ConfigError)
    return error.problems.map((message) => ({ code: 'CONFIG', message }));
  if (isOfDatabase(error)) {
    const { message, code } = error;
    return [{ code: 'DATABASE', message: `The database cannot be used: ${message || code}` }];
  }
  return [{ code: 'INTERNAL', message: String((error as Error)?.message ?? error) }];
}

/** What comes of a database that is not there, or does not let us in. */
const isOfDatabase = (error: unknown): error is Error & { code: string } =>
  /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|28\w{3}|3D000|57P0\d)$/.test(
    String(
      (error as { code?: unknown })?.code ?? (error as { cause?: { code?: unknown } })?.cause?.code,
    ),
  );
