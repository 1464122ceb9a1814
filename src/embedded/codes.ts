import * as fs from 'node:fs/promises';

/** The code is one of Node's (`ENOENT`) or one of PostgreSQL's (`42P04`). */
export function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}

/** For `catch`: a file that is not there is undefined, and any other error stays one. */
export function absent(error: unknown): undefined {
  if (!hasCode(error, 'ENOENT')) throw error;
}

export async function exists(path: string): Promise<boolean> {
  return (await fs.stat(path).catch(absent)) !== undefined;
}
