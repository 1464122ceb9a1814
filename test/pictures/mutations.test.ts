import { crc32 } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { Refusal } from '../../src/errors.ts';
import { decode } from '../../src/pictures/decode.ts';
import { sharp } from '../../src/pictures/decoders.ts';
import { kindOf } from '../../src/pictures/kind.ts';
import { type Logo, makeLogo } from '../../src/pictures/logo.ts';
import { look } from '../../src/pictures/source.ts';
import { animatedWebp, formats, gridAvif, pattern, small } from './makers.ts';

const rounds = 200;

/** The same numbers for the same seed (mulberry32). */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

type Mutation = (bytes: Buffer, pick: (below: number) => number, other: Buffer) => Buffer;

const lies = [0, 1, 0x7fff, 0xffff, 0x7fffffff, 0xffffffff];
/** Near the beginning more often than not, for there is what everything else hangs on. */
const place = (bytes: Buffer, pick: (below: number) => number) =>
  pick(pick(2) === 0 ? Math.min(bytes.length, 200) : bytes.length);
const insert = (bytes: Buffer, at: number, more: Buffer) =>
  Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)]);

const mutations: Record<string, Mutation> = {
  'flipped bits': (bytes, pick) => {
    for (let count = 1 + pick(8); count > 0; count -= 1) {
      const at = place(bytes, pick);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << pick(8));
    }
    return bytes;
  },
  'a lie of four bytes': (bytes, pick) => {
    const at = Math.min(place(bytes, pick), bytes.length - 4);
    const lie = lies[pick(lies.length)] ?? 0;
    if (pick(2) === 0) bytes.writeUInt32BE(lie, at);
    else bytes.writeUInt32LE(lie, at);
    return bytes;
  },
  'a lie of two bytes': (bytes, pick) => {
    bytes.writeUInt16BE(
      (lies[pick(4)] ?? 0) & 0xffff,
      Math.min(place(bytes, pick), bytes.length - 2),
    );
    return bytes;
  },
  'a piece cut out': (bytes, pick) => {
    const at = place(bytes, pick);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + pick(64))]);
  },
  'a piece doubled': (bytes, pick) => {
    const at = place(bytes, pick);
    return insert(bytes, at, bytes.subarray(at, at + 1 + pick(256)));
  },
  'a piece moved': (bytes, pick) => {
    const at = place(bytes, pick);
    const piece = Buffer.from(bytes.subarray(at, at + 1 + pick(128)));
    const rest = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + piece.length)]);
    return insert(rest, place(rest, pick), piece);
  },
  'noise put in': (bytes, pick) =>
    insert(
      bytes,
      place(bytes, pick),
      Buffer.from(Array.from({ length: 1 + pick(64) }, () => pick(256))),
    ),
  'the end cut off': (bytes, pick) => Buffer.from(bytes.subarray(0, pick(bytes.length))),
  'a piece of another kind': (bytes, pick, other) => {
    const at = pick(other.length);
    return insert(bytes, place(bytes, pick), other.subarray(at, at + pick(512)));
  },
};
const names = Object.keys(mutations);

/** A PNG whose checksums are right again: without, next to nothing would get past them. */
function mended(png: Buffer): Buffer {
  for (let at = 8; at + 12 <= png.length; ) {
    const end = at + 8 + png.readUInt32BE(at);
    if (end + 4 > png.length) break;
    png.writeUInt32BE(crc32(png.subarray(at + 4, end)), end);
    at = end + 4;
  }
  return png;
}

/** What the mutations begin with: each kind in the forms that go different ways through its decoder. */
async function originals(): Promise<Record<(typeof formats)[number], Buffer[]>> {
  const still = await pattern(24, 24).webp({ lossless: true }).toBuffer();
  const tile = await pattern(64, 64, 3).avif({ effort: 1, chromaSubsampling: '4:2:0' }).toBuffer();
  const [red, blue] = ['red', 'blue'].map((background) =>
    sharp({ create: { width: 20, height: 20, channels: 4, background } })
      .png()
      .toBuffer(),
  );
  return {
    png: [
      await small('png'),
      await pattern(60, 40).png({ progressive: true }).toBuffer(),
      await pattern(60, 40, 3).png({ palette: true }).toBuffer(),
      await pattern(40, 30).toColourspace('rgb16').withIccProfile('p3').png().toBuffer(),
    ],
    jpeg: [
      await small('jpeg'),
      await pattern(60, 40, 3)
        .jpeg({ progressive: true })
        .withMetadata({ orientation: 6 })
        .toBuffer(),
      await pattern(60, 40, 3).toColourspace('cmyk').jpeg().toBuffer(),
    ],
    webp: [
      await small('webp'),
      still,
      animatedWebp([24, 24], still, [24, 24], 3),
      await pattern(60, 40)
        .webp()
        .withExif({ IFD0: { Artist: 'Jane' } })
        .toBuffer(),
    ],
    gif: [
      await small('gif'),
      await sharp([(await red) as Buffer, (await blue) as Buffer], { join: { animated: true } })
        .gif()
        .toBuffer(),
    ],
    avif: [await small('avif'), tile, gridAvif(tile, [2, 1], { grid: [128, 64], tile: [64, 64] })],
  };
}

let begun: Awaited<ReturnType<typeof originals>>;
beforeAll(async () => {
  begun = await originals();
});

describe.each(formats)('%s', (format) => {
  it(`is refused or clean, ${rounds} times mutated`, { timeout: 60_000 }, async () => {
    const pick = numbers(20_261_121 + formats.indexOf(format));
    const seen = { refused: 0, clean: 0 };
    for (let round = 0; round < rounds; round += 1) {
      const from = begun[format];
      const name = names[round % names.length] ?? '';
      const original = from[pick(from.length)] as Buffer;
      const [other] = begun[formats[pick(formats.length)] ?? 'png'];
      const raw = mutations[name]?.(Buffer.from(original), pick, other as Buffer) as Buffer;
      const mutated = format === 'png' && pick(4) > 0 ? mended(raw) : raw;
      const where = `${format} ${round}: ${name}`;
      try {
        // Each tenth all the way; a square of 1024 takes longest to write.
        if (round % 10 === 0) await expectLogo(await makeLogo(mutated), where);
        else await expectPixels(mutated, where);
        seen.clean += 1;
      } catch (error) {
        expect(error, where).toBeInstanceOf(Refusal);
        seen.refused += 1;
      }
    }
    expect(Math.min(seen.refused, seen.clean), JSON.stringify(seen)).toBeGreaterThan(rounds / 20);
  });
});

async function expectPixels(mutated: Buffer, where: string): Promise<void> {
  const { data, info } = await decode(await look(mutated));
  expect(info.channels, where).toBe(4);
  expect(Math.max(info.width, info.height), where).toBeLessThanOrEqual(1024);
  expect(data.length, where).toBe(info.width * info.height * 4);
}

async function expectLogo({ files, hash }: Logo, where: string): Promise<void> {
  expect(hash, where).toMatch(/^[0-9a-f]{32}$/);
  expect(files, where).toHaveLength(6);
  for (const { bytes, size } of files) {
    expect(['PNG', 'WebP'], where).toContain(kindOf(bytes));
    const { width, height, exif, icc, xmp } = await sharp(bytes).metadata();
    expect([width, height, exif, icc, xmp], where).toEqual([
      size,
      size,
      undefined,
      undefined,
      undefined,
    ]);
  }
}
