import { createHash } from 'node:crypto';
import type { OutputInfo, Sharp } from 'sharp';
import { sharp } from './decoders.ts';
import { broken, look, type Source, strict, wrong } from './source.ts';
import { inTurns } from './turns.ts';

export const logoSizes = [64, 256, 1024] as const;
export type LogoSize = (typeof logoSizes)[number];

export interface LogoFile {
  size: LogoSize;
  extension: 'webp' | 'png';
  type: string;
  bytes: Buffer;
}

export interface Logo {
  /** Of all its files: addresses that carry it never change what they mean. 128 bits, in hex. */
  hash: string;
  /** Each size as WebP and as PNG. */
  files: LogoFile[];
}

type Pixels = { data: Buffer; info: OutputInfo };

const largest = Math.max(...logoSizes);
const longestSeconds = 10;
const turn = inTurns({ waiting: 4, patienceMs: 20_000 });

/**
 * Makes a community's logo of whatever was sent. Nothing of the file is kept but its pixels: no
 * EXIF, no place, no profile, no comment, no second frame, and nothing that hangs on behind.
 * @throws Refusal that says what is wrong with the picture, or to try later.
 */
export async function makeLogo(bytes: Buffer): Promise<Logo> {
  const source = await look(bytes);
  return turn(async () => {
    const pixels = await decode(source);
    const files: LogoFile[] = [];
    for (const size of logoSizes) files.push(...(await encode(square(pixels, size), size)));
    const hash = createHash('sha256');
    for (const file of files) hash.update(file.bytes);
    return { hash: hash.digest('hex').slice(0, 32), files };
  });
}

/** Its pixels as sRGB with transparency, upright, shrunk to the largest size if they are more. */
async function decode({ kind, bytes, orientation, width, height }: Source): Promise<Pixels> {
  const [across, down] = within(width, height, Math.min(largest, Math.max(width, height)));
  try {
    const shrunk = await sharp(bytes, strict)
      .timeout({ seconds: longestSeconds })
      .resize(across, down, { fit: 'fill' })
      .toColourspace('srgb')
      .ensureAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    return await upright(again(shrunk), orientation).raw().toBuffer({ resolveWithObject: true });
  } catch (error) {
    if (/\btimeout\b/.test(String(error))) {
      throw wrong(`The ${kind} takes more than ${longestSeconds} seconds to read.`);
    }
    throw broken(kind);
  }
}

/**
 * The whole picture in the middle of a square, never stretched. A small one is enlarged too: every
 * size must show the same thing, and a browser would enlarge it anyway. The cubic kernel is soft
 * but, unlike Lanczos, draws no halos around the edges that logos are made of.
 */
function square(pixels: Pixels, size: LogoSize): Sharp {
  const [width, height] = within(pixels.info.width, pixels.info.height, size);
  const left = Math.floor((size - width) / 2);
  const top = Math.floor((size - height) / 2);
  const isEnlarged = width > pixels.info.width;
  return again(pixels)
    .resize(width, height, { fit: 'fill', kernel: isEnlarged ? 'cubic' : 'lanczos3' })
    .extend({
      left,
      top,
      right: size - width - left,
      bottom: size - height - top,
      background: { r: 0, g: 0, b: 0, alpha: 0 },
    });
}

/** A side is never less than one pixel, however long the other is. */
function within(width: number, height: number, side: number): [number, number] {
  const scale = side / Math.max(width, height);
  return [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
}

/** Turned after shrinking: a decoder that goes from top to bottom would have to hold all of it. */
function upright(picture: Sharp, orientation: number): Sharp {
  const isMirrored = [2, 4, 5, 7].includes(orientation);
  const angle = { 3: 180, 4: 180, 5: 270, 6: 90, 7: 90, 8: 270 }[orientation] ?? 0;
  const mirrored = isMirrored ? picture.flop() : picture;
  return angle === 0 ? mirrored : mirrored.rotate(angle);
}

const again = ({ data, info: { width, height } }: Pixels): Sharp =>
  sharp(data, { raw: { width, height, channels: 4 } });

async function encode(picture: Sharp, size: LogoSize): Promise<LogoFile[]> {
  const webp = await picture.clone().webp({ quality: 90, smartSubsample: true }).toBuffer();
  const png = await picture.clone().png({ compressionLevel: 9 }).toBuffer();
  return [
    { size, extension: 'webp', type: 'image/webp', bytes: webp },
    { size, extension: 'png', type: 'image/png', bytes: png },
  ];
}
