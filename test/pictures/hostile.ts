/**
 * A process of its own that makes logos of the files of a folder, one after another, and tells
 * what became of each and by how many MB the process grew at most.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Refusal } from '../../src/errors.ts';
import { makeLogo } from '../../src/pictures/logo.ts';
import { small } from './makers.ts';

const folder = process.argv[2] ?? '';
await makeLogo(await small('png'));
const before = process.resourceUsage().maxRSS;

const outcomes: Record<string, string> = {};
for (const name of (await readdir(folder)).sort()) {
  const bytes = await readFile(join(folder, name));
  outcomes[name] = await makeLogo(bytes).then(
    () => 'taken',
    (error: unknown) => {
      if (error instanceof Refusal) return 'refused';
      throw error;
    },
  );
}
const grownMb = (process.resourceUsage().maxRSS - before) / 1024;
process.stdout.write(JSON.stringify({ grownMb, outcomes }));
