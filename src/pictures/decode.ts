import type { OutputInfo, Sharp } from 'sharp';
import { sharp } from './decoders.ts';
import { broken, type Source, strict, wrong } from './source.ts';

export interface Pixels {
  data: Buffer;
  info: OutputInfo;
}

/** Pixels of the longer side that are kept of a picture. */
export const largest = 1024;
const longestSeconds = 10;

/**
 * A picture's pixels as sRGB with transparency, upright, shrunk if they are many.
 * @throws Refusal if they cannot be read.
 */
export async function decode({ kind, bytes, orientation, width, height }: Source): Promise<Pixels> {
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

/** A side is never less than one pixel, however long the other is. */
export function within(width: number, height: number, side: number): [number, number] {
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

/** Pixels as a picture to go on with. */
export const again = ({ data, info: { width, height } }: Pixels): Sharp =>
  sharp(data, { raw: { width, height, channels: 4 } });
