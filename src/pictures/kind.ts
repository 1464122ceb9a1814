/** The kinds of picture that are accepted. */
export const kinds = ['PNG', 'JPEG', 'WebP', 'GIF', 'AVIF'] as const;
export type Kind = (typeof kinds)[number];

const ascii = (bytes: Buffer, from: number, to: number) => bytes.toString('latin1', from, to);

/** What a file is by its first bytes, whatever it is called: one of ours or another that has a name. */
export function kindOf(bytes: Buffer): string | undefined {
  const start = bytes.toString('hex', 0, 16);
  const known = starts.find(([, pattern]) => pattern.test(start))?.[0];
  if (known) return known;
  if (ascii(bytes, 4, 8) === 'ftyp') return kindOfBrands(bytes);
  return kindOfText(bytes);
}

export const isOurs = (kind: string | undefined): kind is Kind => kinds.includes(kind as Kind);

/** In hex. */
const starts: [string, RegExp][] = [
  ['PNG', /^89504e470d0a1a0a/],
  ['JPEG', /^ffd8ff/],
  ['GIF', /^47494638(37|39)61/],
  ['WebP', /^52494646.{8}57454250/],
  ['TIFF', /^(4949(2a|2b)00|4d4d00(2a|2b))/],
  ['PDF', /^255044462d/],
  ['BMP', /^424d.{8}00000000/],
  ['Windows icon', /^0000(01|02)00/],
  ['Photoshop file', /^38425053/],
  ['JPEG XL', /^(ff0a|0000000c4a584c20)/],
  ['JPEG 2000', /^(ff4fff51|0000000c6a502020)/],
  ['PostScript file', /^25215053/],
  ['ZIP archive', /^504b0304/],
  ['gzip archive', /^1f8b/],
];

/** A HEIF container tells by its brands what is in it; AVIF, HEIC and videos share the form. */
function kindOfBrands(bytes: Buffer): string {
  const end = Math.min(bytes.readUInt32BE(0), bytes.length, 256);
  const brands = [ascii(bytes, 8, 12), ...(ascii(bytes, 16, end).match(/.{4}/gs) ?? [])];
  if (brands.some((it) => it === 'avif' || it === 'avis')) return 'AVIF';
  if (brands.some((it) => /^(hei[cmsx]|hev[cmsx])$/.test(it))) return 'HEIC';
  return brands.includes('mif1') ? 'HEIF' : 'video';
}

function kindOfText(bytes: Buffer): string | undefined {
  const text = bytes
    .toString('utf8', 0, 4096)
    .replace(/^\ufeff/, '')
    .trimStart();
  if (/<svg[\s>]/i.test(text)) return 'SVG';
  return /^<(!doctype html|html|head|body|script)\b/i.test(text) ? 'HTML page' : undefined;
}
