import type { Metadata, SharpOptions } from 'sharp';
import { Refusal } from '../errors.ts';
import { memoryOf, mostMemory } from './cost.ts';
import { sharp } from './decoders.ts';
import { isOurs, type Kind, kindOf, kinds } from './kind.ts';
import { bare } from './png.ts';

export const mostBytes = 5e6;
export const mostPixels = 40e6;
/** No kind but PNG can say more, and a single line of millions of pixels takes gigabytes to shrink. */
const longestSide = 65_535;

/** How everything from outside is read: the first frame, and nothing that ends too early. */
export const strict: SharpOptions = {
  failOn: 'error',
  limitInputPixels: mostPixels,
  limitInputChannels: 5,
  sequentialRead: true,
};

/** A picture that may be decoded: small enough in every way that its header tells. */
export interface Source {
  kind: Kind;
  bytes: Buffer;
  /** How the camera was held, 1 to 8 as EXIF counts. */
  orientation: number;
  width: number;
  height: number;
}

/**
 * Looks at a file without decoding it.
 * @throws Refusal that says what is wrong with it.
 */
export async function look(given: Buffer): Promise<Source> {
  if (given.length === 0) throw wrong('The file is empty.');
  if (given.length > mostBytes) {
    throw wrong(`The picture has ${inMillions(given.length)} MB; at most 5 MB are allowed.`);
  }
  const kind = kindOf(given);
  if (!isOurs(kind)) {
    const found = kind === undefined ? 'no picture that is known here' : `a ${kind}`;
    const known = kinds.join(', ').replace(/, (\w+)$/, ' or $1');
    throw wrong(`The file is ${found.replace(/^a (?=HTML|SVG)/, 'an ')}; send a ${known}.`);
  }
  const bytes = kind === 'PNG' ? bare(given) : given;
  if (!bytes) throw broken(kind);
  const picture = await sharp(bytes, { ...strict, limitInputPixels: false })
    .metadata()
    .catch(() => undefined);
  if (!picture || !isWhatItSeems(kind, picture)) throw broken(kind);
  refuseTooLarge(kind, bytes, picture);
  const { width, height, orientation = 1 } = picture;
  return { kind, bytes, orientation, width, height };
}

/** The decoder must find what the first bytes promise; an AVIF may hold what is coded otherwise. */
function isWhatItSeems(kind: Kind, { format, compression }: Metadata): boolean {
  if (kind === 'AVIF') return format === 'heif' && compression === 'av1';
  return format === kind.toLowerCase();
}

function refuseTooLarge(kind: Kind, bytes: Buffer, picture: Metadata): void {
  const { width, height } = picture;
  const size = `The picture has ${width} × ${height} pixels`;
  if (width * height > mostPixels) {
    throw wrong(
      `${size}, which are ${inMillions(width * height)} megapixels; at most 40 are allowed.`,
    );
  }
  if (Math.max(width, height) > longestSide) {
    throw wrong(`${size}; at most ${longestSide} are allowed on a side.`);
  }
  const memory = memoryOf(kind, bytes, picture);
  if (memory === Number.POSITIVE_INFINITY) throw broken(kind);
  if (memory > mostMemory) {
    throw wrong(
      `${size}, and as ${kind} of this form it takes ${inMillions(memory)} MB to decode; ` +
        `at most ${inMillions(mostMemory)} MB are allowed. Make it smaller, or save it as a plain PNG or JPEG.`,
    );
  }
}

/** Rounded up, so that what is over a limit never looks as if it were not. */
const inMillions = (count: number) => Math.ceil(count / 1e4) / 100;

export const wrong = (message: string): Refusal => new Refusal('INVALID', message);

export const broken = (kind: Kind): Refusal =>
  wrong(`The ${kind} cannot be read: it is broken or cut off.`);
