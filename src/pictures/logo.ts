import { createHash } from 'node:crypto';
import type { Sharp } from 'sharp';
import { again, decode, largest, type Pixels, within } from './decode.ts';
import { look } from './source.ts';
import { inTurns } from './turns.ts';

export const logoSizes = [64, 256, largest] as const;
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

async function encode(picture: Sharp, size: LogoSize): Promise<LogoFile[]> {
  const webp = await picture.clone().webp({ quality: 90, smartSubsample: true }).toBuffer();
  const png = await picture.clone().png().toBuffer();
  return [
    { size, extension: 'webp', type: 'image/webp', bytes: webp },
    { size, extension: 'png', type: 'image/png', bytes: png },
  ];
}
