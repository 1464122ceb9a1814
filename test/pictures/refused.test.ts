import { deflateSync } from 'node:zlib';
import type { JpegOptions } from 'sharp';
import { describe, expect, it } from 'vitest';
import { Refusal } from '../../src/errors.ts';
import { sharp } from '../../src/pictures/decoders.ts';
import { makeLogo } from '../../src/pictures/logo.ts';
import { look } from '../../src/pictures/source.ts';
import {
  animatedWebp,
  blankPng,
  formats,
  gridAvif,
  manyFrames,
  pattern,
  pngChunk,
  small,
} from './makers.ts';

async function refusalOf(input: Buffer): Promise<string> {
  const error = await makeLogo(input).catch((it: unknown) => it);
  expect(error).toBeInstanceOf(Refusal);
  expect((error as Refusal).code).toBe('INVALID');
  return (error as Refusal).message;
}

/** Refused by its header alone; decoding would take a second. The best of three, for others work here too. */
async function quickly(input: Buffer): Promise<string> {
  let best = Number.POSITIVE_INFINITY;
  let message = '';
  for (let turn = 0; turn < 3; turn += 1) {
    const start = performance.now();
    message = await refusalOf(input);
    best = Math.min(best, performance.now() - start);
  }
  expect(best).toBeLessThan(100);
  return message;
}

const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script/></svg>';
const brand = (name: string, more = '') =>
  Buffer.concat([
    Buffer.from([0, 0, 0, 16 + more.length]),
    Buffer.from(`ftyp${name}\0\0\0\0${more}`),
    Buffer.alloc(64),
  ]);

describe('by what it is', () => {
  it.each([
    ['an SVG', Buffer.from(svg)],
    ['an SVG', Buffer.from(`\ufeff<?xml version="1.0"?>\n<!-- a -->\n${svg}`)],
    ['a PDF', Buffer.from('%PDF-1.7\n')],
    ['a TIFF', Buffer.from('II*\0\x08\0\0\0')],
    ['a TIFF', Buffer.from('MM\0*\0\0\0\x08')],
    ['a BMP', Buffer.from('BM\x46\0\0\0\0\0\0\0')],
    ['a HEIC', brand('heic', 'mif1heic')],
    ['a HEIC', brand('mif1', 'heic')],
    ['a HEIF', brand('mif1', 'miaf')],
    ['a video', brand('isom', 'mp42')],
    ['a JPEG XL', Buffer.from('ff0a0000', 'hex')],
    ['a ZIP archive', Buffer.from('PK\x03\x04')],
    ['an HTML page', Buffer.from('<!DOCTYPE html><title>x')],
    ['a Windows icon', Buffer.from('000001000100', 'hex')],
    ['no picture that is known here', Buffer.from('just words')],
    ['no picture that is known here', Buffer.from([0])],
    ['no picture that is known here', Buffer.from('RIFF\0\0\0\0WAVE')],
  ])('%s', async (kind, input) => {
    expect(await refusalOf(input)).toBe(
      `The file is ${kind}; send a PNG, JPEG, WebP, GIF or AVIF.`,
    );
  });

  it('an empty file', async () => {
    expect(await refusalOf(Buffer.alloc(0))).toBe('The file is empty.');
  });

  it('what only begins like a picture', async () => {
    for (const format of formats) {
      const start = (await small(format)).subarray(0, 24);
      expect(await refusalOf(start)).toMatch(/^The \w+ cannot be read: it is broken or cut off\.$/);
      expect(await refusalOf(Buffer.concat([start, Buffer.from(svg)]))).toMatch('cannot be read');
    }
  });

  it('an AVIF that holds what is coded otherwise', async () => {
    const input = Buffer.from(
      (await small('avif')).toString('latin1').replaceAll('av01', 'hvc1'),
      'latin1',
    );

    expect(await refusalOf(input)).toContain('The AVIF cannot be read');
  });

  it.each(['svg', 'tiff', 'vips'])('and the decoder of %s is shut', async (name) => {
    const inputs: Record<string, Buffer> = {
      svg: Buffer.from(svg),
      // One black pixel.
      tiff: Buffer.from(
        '49492a000a000000000008000001030001000000010000000101030001000000010000000201030001000000080000000301030001000000010000000601030001000000010000001101040001000000080000001501030001000000010000001701040001000000010000000000000000',
        'hex',
      ),
      vips: Buffer.concat([Buffer.from('b6a6f208', 'hex'), Buffer.alloc(80)]),
    };

    await expect(sharp(inputs[name]).metadata()).rejects.toThrow('unsupported image format');
  });
});

describe('by its size', () => {
  it('one byte over 5 MB', async () => {
    const input = Buffer.concat([await small('png'), Buffer.alloc(5_000_001)]).subarray(
      0,
      5_000_001,
    );

    expect(await refusalOf(input)).toBe('The picture has 5.01 MB; at most 5 MB are allowed.');
  });

  it('one row over 40 megapixels', async () => {
    expect(await refusalOf(blankPng(8000, 5001, { color: 0 }))).toBe(
      'The picture has 8000 × 5001 pixels, which are 40.01 megapixels; at most 40 are allowed.',
    );
  });

  it('16,000 by 16,000 pixels, before they are decoded', async () => {
    const png = blankPng(16_000, 16_000, { color: 0 });
    expect(png.length).toBeLessThan(1_000_000);

    expect(await quickly(png)).toContain('256 megapixels');
  });

  it('more than any other kind can say on a side', async () => {
    expect(await quickly(blankPng(10_000_000, 1))).toContain(
      '10000000 × 1 pixels; at most 65535 are allowed on a side',
    );
  });
});

describe('by what decoding takes', () => {
  it('an interlaced PNG of 16 bits', async () => {
    const input = blankPng(5000, 5000, { depth: 16, isInterlaced: true });

    expect(await quickly(input)).toMatch(
      /^The picture has 5000 × 5000 pixels, and as PNG of this form it takes \d+(\.\d+)? MB to decode; at most 190 MB are allowed\. Make it smaller/,
    );
    expect((await look(blankPng(5000, 5000, { depth: 16 }))).kind).toBe('PNG');
  });

  it('a progressive JPEG in full colour, but not with halved colour', async () => {
    /** As if it were larger: 7000 × 5000 pixels. */
    const enlarged = async (options: JpegOptions) => {
      const jpeg = await pattern(64, 64, 3).jpeg(options).toBuffer();
      const frame = jpeg.indexOf(Buffer.from(options.progressive ? 'ffc2' : 'ffc0', 'hex'));
      jpeg.writeUInt16BE(5000, frame + 5);
      jpeg.writeUInt16BE(7000, frame + 7);
      return jpeg;
    };
    const inFull = { chromaSubsampling: '4:4:4' };

    expect(await quickly(await enlarged({ ...inFull, progressive: true }))).toContain(
      'as JPEG of this form it takes 230 MB',
    );
    expect((await look(await enlarged({ progressive: true }))).width).toBe(7000);
    expect((await look(await enlarged(inFull))).width).toBe(7000);
  });

  it('a moving WebP with a large canvas, however small its frames are', async () => {
    const still = await sharp({ create: { width: 2, height: 2, channels: 4, background: 'red' } })
      .webp({ lossless: true })
      .toBuffer();

    expect(await quickly(animatedWebp([6000, 6000], still, [2, 2], 2))).toContain(
      'as WebP of this form it takes 452 MB',
    );
  });

  it('a large GIF', async () => {
    const input = manyFrames(1);
    const frame = input.indexOf(Buffer.from('2c00000000', 'hex'));
    for (const at of [6, 8, frame + 5, frame + 7]) input.writeUInt16LE(5000, at);

    expect(await quickly(input)).toContain('as GIF of this form');
  });

  it('an AVIF of many pixels', async () => {
    expect(await quickly(resized(await small('avif'), 4000, 3000))).toContain(
      'as AVIF of this form',
    );
  });

  it('an AVIF that lies about its size, or about that of its tiles', async () => {
    const background = 'red';
    const tile = await sharp({ create: { width: 4000, height: 3000, channels: 3, background } })
      .avif({ effort: 0 })
      .toBuffer();
    const honest = gridAvif(tile, [2, 2], { grid: [64, 64], tile: [4000, 3000] });
    const lying = gridAvif(tile, [2, 2], { grid: [64, 64], tile: [64, 64] });

    expect(await quickly(resized(tile, 64, 64))).toContain('cannot be read');
    expect(await quickly(honest)).toContain('as AVIF of this form');
    expect(await quickly(lying)).toContain('cannot be read');
  });
});

/** An AVIF that says that it and all in it has another size. */
function resized(avif: Buffer, width: number, height: number): Buffer {
  for (let at = avif.indexOf('ispe'); at >= 0; at = avif.indexOf('ispe', at + 1)) {
    avif.writeUInt32BE(width, at + 8);
    avif.writeUInt32BE(height, at + 12);
  }
  return avif;
}

describe('if it is cut off', () => {
  const large = async (format: (typeof formats)[number]) =>
    pattern(300, 300, format === 'jpeg' ? 3 : 4)
      .toFormat(format)
      .toBuffer();

  it.each(formats)('%s', async (format) => {
    const whole = await large(format);
    await makeLogo(whole);
    for (const part of [0.1, 0.3, 0.5, 0.7, 0.9]) {
      expect(await refusalOf(whole.subarray(0, whole.length * part)), `${part}`).toContain(
        'cannot be read: it is broken or cut off',
      );
    }
  });

  it.each(['png', 'jpeg'] as const)('%s in several passes', async (format) => {
    const whole = await pattern(300, 300, 3).toFormat(format, { progressive: true }).toBuffer();

    expect(await refusalOf(whole.subarray(0, whole.length * 0.7))).toContain('cut off');
  });
});

describe('is not taken in by', () => {
  // The decoder unpacks this much of each chunk, and passes over those that are larger.
  const bomb = deflateSync(Buffer.alloc(50_000_000), { level: 9 });
  const withChunks = (name: string, head: string, count: number) =>
    blankPng(20, 20, {
      extra: Array.from({ length: count }, () =>
        pngChunk(name, Buffer.concat([Buffer.from(head), bomb])),
      ),
    });

  it.each([
    ['zTXt', 'k\x00\x00'],
    ['iTXt', 'k\x00\x01\x00\x00\x00'],
  ])('sixty %s that unpack to 50 MB each', async (name, head) => {
    const input = withChunks(name, head, 60);
    expect(input.length).toBeLessThan(5_000_000);

    // The decoder is not even shown them.
    expect((await look(input)).bytes.length).toBeLessThan(1000);
    expect((await makeLogo(input)).files).toHaveLength(6);
  });

  it('a profile that unpacks to 50 MB', async () => {
    expect((await makeLogo(withChunks('iCCP', 'k\x00\x00', 1))).files).toHaveLength(6);
  });

  it('pixels that unpack to more than the header says', async () => {
    const pixels = pngChunk('IDAT', deflateSync(Buffer.alloc(100_000_000), { level: 9 }));
    const png = blankPng(10, 10);
    const input = Buffer.concat([png.subarray(0, 33), pixels, pngChunk('IEND')]);

    await makeLogo(input).catch((error: unknown) => expect(error).toBeInstanceOf(Refusal));
  });
});
