import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Actor } from '../../src/actor.ts';
import { type Context, transact } from '../../src/context.ts';
import { openStorage, type Storage, type StorageConfig } from '../../src/storage/storage.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { type S3Stub, startS3Stub, stubKeys } from './s3-stub.ts';

let world: World;
let stub: S3Stub;
let folder: string;
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
  stub = await startS3Stub();
  folder = await mkdtemp(join(tmpdir(), 'collegium-files-'));
});
afterAll(async () => {
  await world.stop();
  await stub.stop();
  await rm(folder, { recursive: true });
});

const stores: [string, () => StorageConfig][] = [
  ['the database', () => ({ files: 'postgres:', s3: {} })],
  ['a folder', () => ({ files: pathToFileURL(join(folder, 'made/on demand')).href, s3: {} })],
  ['S3 (a stub)', () => ({ files: stub.files, s3: stubKeys })],
];
// A real one, where there is one: TEST_S3=s3://bucket?endpoint=… with the keys beside it.
const { TEST_S3, TEST_S3_ACCESS_KEY_ID, TEST_S3_SECRET_ACCESS_KEY } = process.env;
if (TEST_S3) {
  const keys = { accessKeyId: TEST_S3_ACCESS_KEY_ID, secretAccessKey: TEST_S3_SECRET_ACCESS_KEY };
  stores.push(['S3', () => ({ files: TEST_S3, s3: keys })]);
}

const webp = (text: string) => ({ bytes: Buffer.from(text), type: 'image/webp' });
const begin = (): Context => world.app.begin(Actor.system);

describe.each(stores)('%s', (_, config) => {
  let storage: Storage;
  let ctx: Context;
  beforeAll(() => {
    storage = openStorage(config());
    ctx = begin();
  });

  it('gives back what was put, with its type', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    await storage.put(ctx, 'logos/a/1/64.webp', { bytes, type: 'image/webp' });
    await storage.put(ctx, 'logos/a/1/64.png', { bytes: Buffer.from('\n\n'), type: 'image/png' });

    const found = await storage.get(ctx, 'logos/a/1/64.webp');
    expect(found?.type).toBe('image/webp');
    expect(Buffer.compare(found?.bytes ?? Buffer.alloc(0), bytes)).toBe(0);
    expect(await storage.get(ctx, 'logos/a/1/64.png')).toEqual({
      bytes: Buffer.from('\n\n'),
      type: 'image/png',
    });
  });

  it('knows nothing of what was not put', async () => {
    await storage.put(ctx, 'absent/one', webp('x'));

    expect(await storage.get(ctx, 'absent/two')).toBeUndefined();
    expect(await storage.get(ctx, 'absent')).toBeUndefined();
    expect(await storage.get(ctx, 'absent/one/more')).toBeUndefined();
    expect(await storage.get(ctx, 'no/such/folder')).toBeUndefined();
  });

  it('replaces bytes and type', async () => {
    await storage.put(ctx, 'replaced', { bytes: Buffer.from('a longer one'), type: 'image/png' });
    await storage.put(ctx, 'replaced', webp('new'));

    expect(await storage.get(ctx, 'replaced')).toEqual(webp('new'));
  });

  it('keeps an empty file and one of 2 MB', async () => {
    const bytes = Buffer.alloc(2_000_000, 'big');
    await storage.put(ctx, 'sizes/empty', webp(''));
    await storage.put(ctx, 'sizes/big', { bytes, type: 'image/webp' });

    expect(await storage.get(ctx, 'sizes/empty')).toEqual(webp(''));
    expect((await storage.get(ctx, 'sizes/big'))?.bytes.equals(bytes)).toBe(true);
  });

  it('removes what begins with a prefix, and nothing beside it', async () => {
    const gone = ['gone/a', 'gone/b/c', 'gone/b/d', 'gone/e', 'gone/f.webp'];
    const stays = ['gone-not', 'stays/gone/a', 'gona/a'];
    for (const key of [...gone, ...stays]) await storage.put(ctx, key, webp(key));

    await storage.remove(ctx, 'gone/');
    await storage.remove(ctx, 'never/was/');

    for (const key of gone) expect(await storage.get(ctx, key), key).toBeUndefined();
    for (const key of stays) expect(await storage.get(ctx, key), key).toEqual(webp(key));
    await storage.put(ctx, 'gone/a', webp('again'));
    expect(await storage.get(ctx, 'gone/a')).toEqual(webp('again'));
  });

  it('has one of them, whole, when many put at once', async () => {
    const files = Array.from({ length: 20 }, (_, index) => ({
      bytes: Buffer.alloc(50_000 + index, index),
      type: `image/x-${index}`,
    }));
    const seen: unknown[] = [];
    const watch = async () => {
      for (let turn = 0; turn < 10; turn += 1) {
        const found = await storage.get(begin(), 'race/1');
        if (found)
          seen.push(
            files.findIndex((it) => it.type === found.type && it.bytes.equals(found.bytes)),
          );
      }
    };

    await Promise.all([...files.map((it) => storage.put(begin(), 'race/1', it)), watch()]);

    const last = await storage.get(ctx, 'race/1');
    expect(files).toContainEqual(last);
    expect(seen).not.toContain(-1);
  });

  it('may be put to and removed from at once', async () => {
    const puts = Array.from({ length: 10 }, (_, index) =>
      storage.put(begin(), `busy/${index % 3}/${index}`, webp('x')),
    );

    await Promise.all([
      ...puts,
      storage.remove(begin(), 'busy/'),
      storage.remove(begin(), 'busy/'),
    ]);
    await storage.remove(ctx, 'busy/');

    expect(await storage.get(ctx, 'busy/0/0')).toBeUndefined();
  });

  it.each([
    '',
    '/',
    '/etc/passwd',
    '../up',
    'a/../../up',
    'a/./b',
    'a//b',
    'a/',
    'a b',
    'a\0b',
    'a\nb',
    'A/upper',
    '.hidden',
    'a/%2e%2e/b',
    'a\\b',
    'ä',
    'a~',
    'a'.repeat(101),
    Array.from({ length: 11 }, () => 'a').join('/'),
  ])('refuses %j as a key', async (key) => {
    await expect(storage.put(ctx, key, webp('x'))).rejects.toThrow('is no key');
    await expect(storage.get(ctx, key)).rejects.toThrow('is no key');
    await expect(storage.remove(ctx, `${key}/`)).rejects.toThrow('is no key');
  });

  it('removes no single file, and never all', async () => {
    await expect(storage.remove(ctx, 'a')).rejects.toThrow('does not end in "/"');
    await expect(storage.remove(ctx, '')).rejects.toThrow('does not end in "/"');
  });

  it.each(['', 'image', 'image/webp\r\nx: y', 'text/html; charset=utf-8', 'Image/WEBP'])(
    'refuses %j as a type',
    async (type) => {
      await expect(storage.put(ctx, 'typed', { bytes: Buffer.from(''), type })).rejects.toThrow(
        'is no media type',
      );
    },
  );
});

it('keeps a file in the database only with what else its transaction did', async () => {
  const storage = openStorage({ files: 'postgres:', s3: {} });
  const ctx = begin();

  const work = transact(ctx, async (tx) => {
    await storage.put(tx, 'rolled/back', webp('x'));
    expect(await storage.get(tx, 'rolled/back')).toEqual(webp('x'));
    expect(await storage.get(begin(), 'rolled/back')).toBeUndefined();
    throw new Error('on second thoughts');
  });

  await expect(work).rejects.toThrow('on second thoughts');
  expect(await storage.get(ctx, 'rolled/back')).toBeUndefined();
});
