import { crc32, deflateSync } from 'node:zlib';
import { sharp } from '../../src/pictures/decoders.ts';

/** A box, a chunk or a block: everything that a picture's file is made of says how long it is. */
export function uint(bytes: 2 | 3 | 4, value: number, order: 'big' | 'little' = 'big'): Buffer {
  const buffer = Buffer.alloc(bytes);
  if (order === 'big') buffer.writeUIntBE(value, 0, bytes);
  else buffer.writeUIntLE(value, 0, bytes);
  return buffer;
}

export const pngSignature = Buffer.from('89504e470d0a1a0a', 'hex');

export function pngChunk(name: string, data: Buffer = Buffer.alloc(0)): Buffer {
  const named = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  return Buffer.concat([uint(4, data.length), named, uint(4, crc32(named))]);
}

export interface PngOptions {
  depth?: 8 | 16;
  /** As in IHDR: 0 grey, 2 colour, 4 grey with transparency, 6 colour with transparency. */
  color?: 0 | 2 | 4 | 6;
  isInterlaced?: boolean;
  /** Chunks between the header and the pixels. */
  extra?: Buffer[];
}

/** A PNG of any size with nothing but zeros in it; interlaced or not, zeros are the same. */
export function blankPng(width: number, height: number, options: PngOptions = {}): Buffer {
  const { depth = 8, color = 6, isInterlaced = false, extra = [] } = options;
  const pixel = ({ 0: 1, 2: 3, 4: 2, 6: 4 }[color] * depth) / 8;
  // Interlaced, the rows are at most twice as many and half as long.
  const size = (width * pixel + 1) * height + (isInterlaced ? 8 * (width + height) : 0);
  const header = [
    uint(4, width),
    uint(4, height),
    Buffer.from([depth, color, 0, 0, Number(isInterlaced)]),
  ];
  return Buffer.concat([
    pngSignature,
    pngChunk('IHDR', Buffer.concat(header)),
    ...extra,
    pngChunk('IDAT', deflateSync(Buffer.alloc(size), { level: 6 })),
    pngChunk('IEND'),
  ]);
}

/** Pixels that differ from each other, left from right and top from bottom. */
export function pattern(width: number, height: number, channels: 3 | 4 = 4) {
  const data = Buffer.alloc(width * height * channels);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = (y * width + x) * channels;
      data[at] = (x * 255) / width;
      data[at + 1] = (y * 255) / height;
      data[at + 2] = ((x >> 2) ^ (y >> 2)) & 1 ? 200 : 50;
      if (channels === 4) data[at + 3] = x < width / 4 ? 90 : 255;
    }
  }
  return sharp(data, { raw: { width, height, channels } });
}

/** One small picture of each kind, all alike. */
export const formats = ['png', 'jpeg', 'webp', 'gif', 'avif'] as const;
export type Format = (typeof formats)[number];
export const small = (format: Format, width = 60, height = 40): Promise<Buffer> =>
  pattern(width, height, format === 'jpeg' ? 3 : 4)
    .toFormat(format, { effort: format === 'avif' ? 1 : undefined })
    .toBuffer();

/** A GIF of many tiny frames. */
export function manyFrames(count: number): Buffer {
  const screen = Buffer.concat([
    Buffer.from('GIF89a'),
    uint(2, 2, 'little'),
    uint(2, 2, 'little'),
    Buffer.from([0x80, 0, 0, 255, 0, 0, 0, 0, 255]),
  ]);
  const frame = Buffer.concat([
    Buffer.from([0x21, 0xf9, 4, 4, 1, 0, 0, 0]),
    Buffer.from([0x2c, 0, 0, 0, 0, 2, 0, 2, 0, 0]),
    // Four pixels of colour 0, with codes of two bits at least.
    Buffer.from([2, 2, 0x84, 0x51, 0]),
  ]);
  return Buffer.concat([screen, ...Array.from({ length: count }, () => frame), Buffer.from(';')]);
}

const webpChunk = (name: string, data: Buffer) =>
  Buffer.concat([
    Buffer.from(name),
    uint(4, data.length, 'little'),
    data,
    Buffer.alloc(data.length % 2),
  ]);

/** An animated WebP: its canvas, and the same still picture as every frame. */
export function animatedWebp(
  canvas: [number, number],
  still: Buffer,
  [width, height]: [number, number],
  count: number,
): Buffer {
  const head = Buffer.concat([
    Buffer.alloc(6),
    uint(3, width - 1, 'little'),
    uint(3, height - 1, 'little'),
    uint(3, 40, 'little'),
    Buffer.from([0]),
  ]);
  const frame = webpChunk('ANMF', Buffer.concat([head, imageOf(still)]));
  const body = Buffer.concat([
    Buffer.from('WEBP'),
    webpChunk(
      'VP8X',
      Buffer.concat([
        Buffer.from([0x12, 0, 0, 0]),
        uint(3, canvas[0] - 1, 'little'),
        uint(3, canvas[1] - 1, 'little'),
      ]),
    ),
    webpChunk('ANIM', Buffer.alloc(6)),
    ...Array.from({ length: count }, () => frame),
  ]);
  return Buffer.concat([Buffer.from('RIFF'), uint(4, body.length, 'little'), body]);
}

/** The chunks of a still WebP that hold pixels. */
function imageOf(webp: Buffer): Buffer {
  const kept: Buffer[] = [];
  for (let at = 12; at < webp.length; ) {
    const next = at + 8 + webp.readUInt32LE(at + 4) + (webp.readUInt32LE(at + 4) % 2);
    if (/^(VP8 |VP8L|ALPH)$/.test(webp.toString('latin1', at, at + 4)))
      kept.push(webp.subarray(at, next));
    at = next;
  }
  return Buffer.concat(kept);
}

const box = (name: string, ...parts: Buffer[]) => {
  const body = Buffer.concat(parts);
  return Buffer.concat([uint(4, body.length + 8), Buffer.from(name), body]);
};
const fullBox = (name: string, ...parts: Buffer[]) => box(name, Buffer.alloc(4), ...parts);

/**
 * An AVIF made of tiles that are all the same picture.
 * @param tile an AVIF as sharp makes it, without transparency.
 * @param says what the grid and its tiles say of their sizes, true or not.
 */
export function gridAvif(
  tile: Buffer,
  [columns, rows]: [number, number],
  says: { grid: [number, number]; tile: [number, number] },
): Buffer {
  const coding = boxIn(tile, 'av1C');
  const data = tile.subarray(tile.indexOf('mdat') + 4);
  const ids = Array.from({ length: columns * rows }, (_, index) => index + 2);
  const size = ([width, height]: [number, number]) =>
    fullBox('ispe', uint(4, width), uint(4, height));
  const grid = Buffer.concat([
    Buffer.from([0, 0, rows - 1, columns - 1]),
    uint(2, says.grid[0]),
    uint(2, says.grid[1]),
  ]);
  const entry = (id: number, type: string) =>
    box('infe', Buffer.from([2, 0, 0, 0]), uint(2, id), uint(2, 0), Buffer.from(`${type}\0`));
  const place = (id: number, method: number, offset: number, length: number) =>
    Buffer.concat([
      uint(2, id),
      uint(2, method),
      uint(2, 0),
      uint(2, 1),
      uint(4, offset),
      uint(4, length),
    ]);
  const start = box('ftyp', Buffer.from('avif'), uint(4, 0), Buffer.from('avifmif1miafMA1B'));
  const meta = (offset: number) =>
    fullBox(
      'meta',
      fullBox('hdlr', uint(4, 0), Buffer.from('pict'), Buffer.alloc(13)),
      fullBox('pitm', uint(2, 1)),
      box(
        'iloc',
        Buffer.from([1, 0, 0, 0, 0x44, 0]),
        uint(2, ids.length + 1),
        place(1, 1, 0, grid.length),
        ...ids.map((id) => place(id, 0, offset, data.length)),
      ),
      fullBox(
        'iinf',
        uint(2, ids.length + 1),
        entry(1, 'grid'),
        ...ids.map((id) => entry(id, 'av01')),
      ),
      fullBox(
        'iref',
        box('dimg', uint(2, 1), uint(2, ids.length), ...ids.map((id) => uint(2, id))),
      ),
      box(
        'iprp',
        box(
          'ipco',
          size(says.grid),
          size(says.tile),
          coding,
          fullBox('pixi', Buffer.from([3, 8, 8, 8])),
        ),
        fullBox(
          'ipma',
          uint(4, ids.length + 1),
          uint(2, 1),
          Buffer.from([2, 1, 4]),
          ...ids.map((id) => Buffer.concat([uint(2, id), Buffer.from([3, 2, 0x83, 4])])),
        ),
      ),
      box('idat', grid),
    );
  const offset = start.length + meta(0).length + 8;
  return Buffer.concat([start, meta(offset), box('mdat', data)]);
}

function boxIn(bytes: Buffer, name: string): Buffer {
  const at = bytes.indexOf(name) - 4;
  return bytes.subarray(at, at + bytes.readUInt32BE(at));
}
