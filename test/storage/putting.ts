/** A process of its own that replaces one file for ever, until it is killed. */
import type { Context } from '../../src/context.ts';
import { directoryStorage } from '../../src/storage/directory.ts';

const storage = directoryStorage(process.argv[2] ?? '');
for (let turn = 0; ; turn += 1) {
  const bytes = Buffer.alloc(2_000_000, String(turn % 10));
  await storage.put({} as Context, 'a/b', { bytes, type: `image/x${turn}` });
  if (turn === 3) process.stdout.write('under way\n');
}
