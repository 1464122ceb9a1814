import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sharp } from '../../src/pictures/decoders.ts';
import { animatedWebp, blankPng, gridAvif, pattern, pngChunk } from './makers.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'collegium-pictures-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A picture of any size that is not all the same, so that every page of its memory is touched. */
async function large(width: number, height: number, channels: 3 | 4) {
  const tile = await pattern(16, 16, channels).png().toBuffer();
  return sharp(tile).resize(width, height, { fit: 'fill', kernel: 'nearest' });
}

/** Each as large as may be, or larger; what is taken comes close to what a picture may take. */
const hostile: [string, 'taken' | 'refused', () => Promise<Buffer> | Buffer][] = [
  ['40 MP.png', 'taken', async () => (await large(8000, 5000, 4)).png().toBuffer()],
  ['16 bits.png', 'taken', () => blankPng(5000, 5000, { depth: 16 })],
  ['interlaced.png', 'taken', () => blankPng(6000, 6000, { color: 2, isInterlaced: true })],
  [
    'interlaced, 16 bits.png',
    'refused',
    () => blankPng(5000, 5000, { depth: 16, isInterlaced: true }),
  ],
  ['wide.png', 'taken', () => blankPng(65_535, 610, { color: 0 })],
  ['wide, 16 bits.png', 'refused', () => blankPng(65_535, 300, { depth: 16 })],
  ['one line.png', 'refused', () => blankPng(40_000_000, 1, { color: 0 })],
  ['tall.png', 'taken', () => blankPng(610, 65_535, { color: 2 })],
  ['16k.png', 'refused', () => blankPng(16_000, 16_000, { color: 0 })],
  ['texts.png', 'taken', () => bombs('zTXt', 'k\x00\x00', 60)],
  ['profile.png', 'taken', () => bombs('iCCP', 'k\x00\x00', 1)],
  [
    'progressive.jpg',
    'taken',
    async () => (await large(8000, 5000, 3)).jpeg({ progressive: true }).toBuffer(),
  ],
  ['in full.jpg', 'taken', async () => (await large(5200, 5200, 3)).jpeg(inFull).toBuffer()],
  [
    'lossless.webp',
    'taken',
    async () => (await large(8000, 5000, 4)).webp({ lossless: true, effort: 0 }).toBuffer(),
  ],
  ['wide.webp', 'taken', async () => (await large(16_383, 2400, 4)).webp({ effort: 0 }).toBuffer()],
  [
    'moving.webp',
    'taken',
    async () => moving(3700, (await large(3700, 3700, 4)).webp({ lossless: true, effort: 0 })),
  ],
  [
    'moving, 36 MP.webp',
    'refused',
    async () => moving(6000, (await large(16, 16, 4)).webp({ lossless: true }), 16),
  ],
  [
    'once.gif',
    'taken',
    async () => takenAway(await (await large(3700, 3700, 3)).gif({ effort: 1 }).toBuffer()),
  ],
  ['8 bits.avif', 'taken', async () => (await large(2700, 2700, 3)).avif({ effort: 0 }).toBuffer()],
  [
    '12 bits.avif',
    'taken',
    async () => (await large(2200, 2200, 4)).avif({ effort: 0, bitdepth: 12 }).toBuffer(),
  ],
  ['tiles.avif', 'taken', async () => tiles(640, [1280, 1280])],
  ['tiles, too large.avif', 'refused', async () => tiles(2000, [64, 64])],
];

const inFull = { progressive: true, chromaSubsampling: '4:4:4', quality: 60 };

function bombs(name: string, head: string, count: number): Buffer {
  const data = Buffer.concat([
    Buffer.from(head),
    deflateSync(Buffer.alloc(50_000_000), { level: 9 }),
  ]);
  return blankPng(20, 20, { extra: Array.from({ length: count }, () => pngChunk(name, data)) });
}

const moving = async (side: number, still: ReturnType<typeof sharp>, frame = side) =>
  animatedWebp([side, side], await still.toBuffer(), [frame, frame], 2);

/** Its frame says that what was there before is to be put back: the decoder keeps a second canvas. */
function takenAway(gif: Buffer): Buffer {
  const at = gif.indexOf(Buffer.from([0x21, 0xf9, 4])) + 3;
  gif[at] = ((gif[at] ?? 0) & ~0x1c) | (3 << 2);
  return gif;
}

async function tiles(side: number, grid: [number, number]): Promise<Buffer> {
  const tile = await (await large(side, side, 3))
    .avif({ effort: 0, chromaSubsampling: '4:2:0' })
    .toBuffer();
  return gridAvif(tile, [2, 2], { grid, tile: [side, side] });
}

it('takes no more than 300 MB, whatever is sent', { timeout: 180_000 }, async () => {
  for (const [name, , make] of hostile) {
    const bytes = await make();
    expect(bytes.length, name).toBeLessThanOrEqual(5_000_000);
    await writeFile(join(folder, name), bytes);
  }

  const { stdout } = await promisify(execFile)(process.execPath, [
    '--import',
    'tsx',
    'test/pictures/hostile.ts',
    folder,
  ]);

  const { grownMb, outcomes } = JSON.parse(stdout);
  expect(outcomes).toEqual(Object.fromEntries(hostile.map(([name, outcome]) => [name, outcome])));
  expect(grownMb).toBeLessThan(300);
});
