import type { Metadata } from 'sharp';
import { partsOf } from './avif.ts';
import { samplesPerPixel } from './jpeg.ts';
import type { Kind } from './kind.ts';

/**
 * Bytes that one picture may take while it is decoded. With what the allocator keeps of earlier
 * ones the process stays within 300 MB more than it had.
 */
export const mostMemory = 190e6;

/**
 * Bytes that decoding takes at most. The factors were measured with the decoders that sharp 0.35
 * brings, not found in a book: a picture of few bytes and pixels can take forty times its pixels.
 */
export function memoryOf(kind: Kind, bytes: Buffer, picture: Metadata): number {
  const { width, height, channels, depth } = picture;
  const pixels = width * height;
  const pixel = channels * (depth === 'uchar' ? 1 : 2);
  // Shrinking goes from top to bottom and holds a window of full lines; twice, for the allocator
  // does not give back at once what many threads took in pieces.
  const window = 40e6 + 2 * width * pixel * (Math.min(height, 800) + 250);
  switch (kind) {
    case 'PNG':
      return window + (picture.isProgressive ? pixels * pixel : 0);
    case 'JPEG':
      // A progressive one has all its coefficients, of two bytes each, before the first line.
      return 20e6 + (picture.isProgressive ? pixels * samplesOf(bytes) * 2 : 0);
    case 'WebP':
      return 20e6 + pixels * ((picture.pages ?? 1) > 1 ? 12 : 4);
    case 'GIF':
      // The canvas, and a second one where a frame says that it is to be taken away again.
      return window + pixels * 8;
    case 'AVIF':
      return window + avifPixels(bytes, pixels) * (depth === 'uchar' ? 17 : 23);
  }
}

const samplesOf = (bytes: Buffer) => samplesPerPixel(bytes) ?? Number.POSITIVE_INFINITY;

function avifPixels(bytes: Buffer, shown: number): number {
  const parts = partsOf(bytes);
  if (!parts) return Number.POSITIVE_INFINITY;
  const largest = Math.max(shown, parts.largest);
  return parts.isGrid ? largest * 5 : largest;
}
