import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Context } from '../../src/context.ts';
import { directoryStorage } from '../../src/storage/directory.ts';

// A folder takes nothing from the context.
const ctx = {} as Context;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'collegium-files-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('has the old file or the new one, whole, when it is killed while it writes', async () => {
  const storage = directoryStorage(folder);
  await storage.put(ctx, 'a/b', { bytes: Buffer.alloc(2_000_000, 'x'), type: 'image/png' });
  for (let round = 0; round < 2; round += 1) {
    const child = spawn(process.execPath, ['--import', 'tsx', 'test/storage/putting.ts', folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');

    const found = await storage.get(ctx, 'a/b');

    expect(found?.type).toMatch(/^image\/\w+$/);
    expect(found?.bytes.equals(Buffer.alloc(2_000_000, found.bytes.subarray(0, 1)))).toBe(true);
  }
});

it('leaves nothing half written when the disk does not take it', async () => {
  const storage = directoryStorage(folder);
  await storage.put(ctx, 'a', { bytes: Buffer.from('x'), type: 'image/png' });

  // Where `a` is a file, there can be no folder.
  const work = storage.put(ctx, 'a/b', { bytes: Buffer.from('y'), type: 'image/png' });

  await expect(work).rejects.toThrow();
  expect(await readdir(join(folder, '~drafts'))).toEqual([]);
});

it('tells of a place where it cannot write', async () => {
  await writeFile(join(folder, 'file'), '');
  const storage = directoryStorage(join(folder, 'file'));

  await expect(
    storage.put(ctx, 'a', { bytes: Buffer.from('y'), type: 'image/png' }),
  ).rejects.toThrow('ENOTDIR');
});
