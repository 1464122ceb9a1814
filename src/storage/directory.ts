import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Storage } from './storage.ts';

/** No key begins so: what a crash left half written is never read, and no removal is in its way. */
const drafts = '~drafts';

/**
 * Files in a folder. Each begins with a line that says its type, so that bytes and type are one
 * file and change together.
 */
export const directoryStorage = (path: string): Storage => ({
  async put(_, key, { bytes, type }) {
    const draft = join(path, drafts, randomUUID());
    try {
      await writeWhole(draft, Buffer.concat([Buffer.from(`${type}\n`), bytes]));
      await publish(draft, join(path, key));
    } catch (error) {
      await fs.rm(draft, { force: true });
      throw error;
    }
  },
  async get(_, key) {
    const content = await fs.readFile(join(path, key)).catch(unless('ENOENT', 'ENOTDIR', 'EISDIR'));
    if (!content) return undefined;
    const end = content.indexOf('\n');
    return { type: content.toString('utf8', 0, end), bytes: content.subarray(end + 1) };
  },
  async remove(_, prefix) {
    await fs.rm(join(path, prefix), { recursive: true, force: true, maxRetries: 3 });
  },
});

/** On disk before it has its name, or a crash would leave a name with nothing behind it. */
async function writeWhole(draft: string, content: Buffer): Promise<void> {
  await fs.mkdir(dirname(draft), { recursive: true });
  const file = await fs.open(draft, 'wx', 0o640);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The folder may be removed between being made and being used: then it is made once more. */
async function publish(draft: string, target: string): Promise<void> {
  for (let left = 9; ; left -= 1) {
    await fs.mkdir(dirname(target), { recursive: true });
    try {
      await fs.rename(draft, target);
      break;
    } catch (error) {
      if (left === 0 || codeOf(error) !== 'ENOENT') throw error;
    }
  }
  // A name is kept where its folder is kept.
  const folder = await fs.open(dirname(target)).catch(unless('ENOENT'));
  await folder?.sync().finally(() => folder.close());
}

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? '';

const unless =
  (...codes: string[]) =>
  (error: unknown): undefined => {
    if (!codes.includes(codeOf(error))) throw error;
  };
