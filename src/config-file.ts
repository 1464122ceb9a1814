import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { customFieldsFile } from './custom-fields.ts';
import { vocabulariesFile } from './vocabulary.ts';

/**
 * The file that COLLEGIUM_CONFIG names. Identity services are read one by one in idps.ts, who signs
 * people in in providers.ts, and whose tokens are taken in issuers.ts.
 */
const shape = z.strictObject({
  idps: z.unknown().optional(),
  signIn: z.unknown().optional(),
  issuers: z.unknown().optional(),
  vocabularies: vocabulariesFile,
  customFields: customFieldsFile,
});
export type ConfigFile = z.output<typeof shape>;

/** What is wrong by a shape, a line for each place. */
export const explain = (error: z.ZodError, source?: string, parents: string[] = []): string[] =>
  error.issues.map((it) => {
    const path = [...parents, ...it.path].join('.');
    const place = [source, path].filter(Boolean).join(': ');
    return `${place}: ${reason(it)}`;
  });

/** Why a key is refused is said inside. */
const reason = (it: z.core.$ZodIssue): string =>
  it.code === 'invalid_key' ? it.issues.map(({ message }) => message).join(', ') : it.message;

/**
 * What the file says, where there is one.
 * @param problems gets a line for everything that is wrong.
 */
export function readConfigFile(path: string | undefined, problems: string[]): ConfigFile {
  const source = `COLLEGIUM_CONFIG (${path})`;
  let given: unknown = {};
  try {
    if (path) given = JSON.parse(readFileSync(path, 'utf8').replace(/^\uFEFF/, ''));
  } catch (cause) {
    problems.push(`${source}: ${(cause as Error).message}`);
  }
  const read = shape.safeParse(given);
  if (read.success) return read.data;
  problems.push(...explain(read.error, source));
  const apart = z.object({ idps: z.unknown(), signIn: z.unknown(), issuers: z.unknown() });
  return { ...shape.parse({}), ...apart.partial().catch({}).parse(given) };
}
