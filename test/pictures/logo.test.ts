import { describe, expect, it } from 'vitest';
import { decode } from '../../src/pictures/decode.ts';
import { sharp } from '../../src/pictures/decoders.ts';
import { type Logo, makeLogo } from '../../src/pictures/logo.ts';
import { look, mostBytes } from '../../src/pictures/source.ts';
import {
  animatedWebp,
  blankPng,
  formats,
  gridAvif,
  manyFrames,
  pattern,
  pngChunk,
  pngSignature,
  small,
} from './makers.ts';

type Rgba = [number, number, number, number];

/** The colour of one pixel of one of a logo's files. */
async function colorAt(
  logo: Logo,
  size: number,
  x: number,
  y: number,
  extension = 'png',
): Promise<Rgba> {
  const file = logo.files.find((it) => it.size === size && it.extension === extension);
  const { data, info } = await sharp(file?.bytes)
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return [...data.subarray((y * info.width + x) * 4).subarray(0, 4)] as Rgba;
}

const expectNear = (found: Rgba, wanted: Rgba, tolerance = 12) => {
  const isNear = found.every((it, index) => Math.abs(it - (wanted[index] ?? 0)) <= tolerance);
  expect(isNear, `${found} is not about ${wanted}`).toBe(true);
};

const plain = (r: number, g: number, b: number, width = 30, height = 30) =>
  sharp({ create: { width, height, channels: 3, background: { r, g, b } } });

describe('a logo', () => {
  it.each(formats)('is made of %s', async (format) => {
    const logo = await makeLogo(await small(format));

    expect(logo.hash).toMatch(/^[0-9a-f]{32}$/);
    expect(logo.files.map((it) => `${it.size}.${it.extension} ${it.type}`)).toEqual(
      [64, 256, 1024].flatMap((it) => [`${it}.webp image/webp`, `${it}.png image/png`]),
    );
    for (const { size, extension, bytes } of logo.files) {
      expect(await sharp(bytes).metadata()).toMatchObject({
        format: extension,
        width: size,
        height: size,
        hasAlpha: true,
        depth: 'uchar',
        space: 'srgb',
      });
    }
  });

  it('has the picture in the middle, whole, and nothing around it', async () => {
    const logo = await makeLogo(await plain(200, 30, 60, 200, 100).png().toBuffer());

    for (const extension of ['png', 'webp']) {
      expectNear(await colorAt(logo, 1024, 512, 200, extension), [0, 0, 0, 0], 0);
      expectNear(await colorAt(logo, 1024, 5, 300, extension), [200, 30, 60, 255]);
      expectNear(await colorAt(logo, 1024, 1018, 720, extension), [200, 30, 60, 255]);
      expectNear(await colorAt(logo, 64, 32, 10, extension), [0, 0, 0, 0], 0);
      expectNear(await colorAt(logo, 64, 32, 32, extension), [200, 30, 60, 255]);
    }
  });

  it('keeps its transparency', async () => {
    const background = { r: 0, g: 100, b: 200, alpha: 0.5 };
    const input = sharp({ create: { width: 64, height: 64, channels: 4, background } });

    for (const format of ['png', 'webp', 'avif'] as const) {
      const logo = await makeLogo(await input.clone().toFormat(format).toBuffer());
      expectNear(await colorAt(logo, 256, 128, 128), [0, 100, 200, 128]);
    }
  });

  it('has a hash that tells pictures apart and is the same for the same', async () => {
    const png = await plain(1, 2, 3).png().toBuffer();
    const bmpLike = await plain(1, 2, 3).webp({ lossless: true }).toBuffer();
    const other = await plain(1, 2, 90).png().toBuffer();

    const { hash } = await makeLogo(png);

    expect((await makeLogo(Buffer.concat([png, Buffer.from('more')]))).hash).toBe(hash);
    expect((await makeLogo(bmpLike)).hash).toBe(hash);
    expect((await makeLogo(other)).hash).not.toBe(hash);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('is turned as EXIF says: %i', async (orientation) => {
    const input = await pattern(80, 40, 3).jpeg().withMetadata({ orientation }).toBuffer();
    const upright = sharp(input, { autoOrient: true }).ensureAlpha().raw();

    const { data, info } = await decode(await look(input));

    const expected = await upright.toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([expected.info.width, expected.info.height]);
    expect(data.equals(expected.data)).toBe(true);
  });

  it('has the right colours of CMYK', async () => {
    const input = await plain(200, 40, 40).toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer();
    expect((await sharp(input).metadata()).space).toBe('cmyk');

    expectNear(await colorAt(await makeLogo(input), 256, 128, 128), [200, 40, 40, 255], 25);
  });

  it('has the right colours of 16 bits', async () => {
    const input = await plain(200, 40, 90).toColourspace('rgb16').png().toBuffer();
    expect((await sharp(input).metadata()).depth).toBe('ushort');

    expectNear(await colorAt(await makeLogo(input), 256, 128, 128), [200, 40, 90, 255], 2);
  });

  it('has the right colours of a wide profile', async () => {
    const input = await plain(250, 40, 40).withIccProfile('p3').png().toBuffer();
    expect((await sharp(input).metadata()).hasProfile).toBe(true);

    expectNear(await colorAt(await makeLogo(input), 256, 128, 128), [250, 40, 40, 255], 4);
  });

  it('has the right colours of grey and of a palette', async () => {
    const grey = await plain(90, 90, 90).toColourspace('b-w').png().toBuffer();
    const palette = await plain(90, 10, 200).png({ palette: true }).toBuffer();

    expectNear(await colorAt(await makeLogo(grey), 64, 32, 32), [90, 90, 90, 255], 2);
    expectNear(await colorAt(await makeLogo(palette), 64, 32, 32), [90, 10, 200, 255], 2);
  });

  it.each(['png', 'jpeg'] as const)('is made of %s in several passes', async (format) => {
    const input = await plain(10, 120, 40).toFormat(format, { progressive: true }).toBuffer();
    expect((await sharp(input).metadata()).isProgressive).toBe(true);

    expectNear(await colorAt(await makeLogo(input), 64, 32, 32), [10, 120, 40, 255]);
  });

  it('is made of AVIF tiles', async () => {
    const tile = await plain(10, 120, 200, 64, 64).avif({ chromaSubsampling: '4:2:0' }).toBuffer();
    const input = gridAvif(tile, [2, 1], { grid: [128, 64], tile: [64, 64] });
    expect(await sharp(input).metadata()).toMatchObject({ width: 128, height: 64 });

    expectNear(await colorAt(await makeLogo(input), 64, 50, 32), [10, 120, 200, 255]);
  });
});

describe('of a moving picture', () => {
  it.each([
    [
      'GIF',
      async () =>
        sharp(await frames(), { join: { animated: true } })
          .gif()
          .toBuffer(),
    ],
    [
      'WebP',
      async () =>
        sharp(await frames(), { join: { animated: true } })
          .webp({ lossless: true })
          .toBuffer(),
    ],
  ])('%s the first frame is taken', async (_, make) => {
    const input = await make();
    expect((await sharp(input).metadata()).pages).toBe(3);

    expectNear(await colorAt(await makeLogo(input), 64, 32, 32), [255, 0, 0, 255]);
  });

  it('of 10,000 frames too', async () => {
    const still = await plain(255, 0, 0, 2, 2).webp({ lossless: true }).toBuffer();

    for (const input of [manyFrames(10_000), animatedWebp([2, 2], still, [2, 2], 10_000)]) {
      expect((await sharp(input).metadata()).pages).toBe(10_000);
      expectNear(await colorAt(await makeLogo(input), 64, 32, 32), [255, 0, 0, 255]);
    }
  });
});

const frames = () =>
  Promise.all(
    [plain(255, 0, 0), plain(0, 255, 0), plain(0, 0, 255)].map((it) => it.png().toBuffer()),
  );

describe('nothing is left', () => {
  const secret = 'Jane Doe was at 52.5200 N 13.4050 E';
  const xmp = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" note="${secret}"/></rdf:RDF></x:xmpmeta>`;

  async function expectClean(logo: Logo) {
    for (const { bytes } of logo.files) {
      const found = await sharp(bytes).metadata();
      expect(found).not.toHaveProperty('exif');
      expect(found).not.toHaveProperty('xmp');
      expect(found).not.toHaveProperty('icc');
      expect(found).not.toHaveProperty('comments');
      expect(found).not.toHaveProperty('orientation');
      for (const word of ['Jane', '52.52', 'Exif', 'GPS', 'script', 'PK\x03\x04']) {
        expect(bytes.includes(word), word).toBe(false);
      }
    }
  }

  it.each(['png', 'jpeg', 'webp', 'avif'] as const)(
    'of what %s knows beside its pixels',
    async (format) => {
      const input = await pattern(50, 50, 3)
        .toFormat(format)
        .withExif({
          IFD0: { Artist: secret, ImageDescription: secret },
          IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '52/1 31/1 0/1', GPSLongitudeRef: 'E' },
        })
        .withXmp(xmp)
        .withIccProfile('p3')
        .toBuffer();
      expect(input.includes(secret)).toBe(true);
      expect((await sharp(input).metadata()).exif).toBeDefined();

      await expectClean(await makeLogo(input));
    },
  );

  it.each(formats)('of what hangs on behind %s', async (format) => {
    const page = `<html><script>alert('Jane')</script></html>`;

    await expectClean(
      await makeLogo(Buffer.concat([await small(format), Buffer.from(`${page}PK\x03\x04`)])),
    );
  });

  it('of text in PNG and in JPEG', async () => {
    const png = await small('png');
    const text = pngChunk('tEXt', Buffer.from(`Comment\0<script>${secret}`));
    const jpeg = await small('jpeg');
    const comment = Buffer.concat([
      Buffer.from([0xff, 0xfe, 0, 2 + secret.length]),
      Buffer.from(secret),
    ]);

    await expectClean(await makeLogo(Buffer.concat([png.subarray(0, 33), text, png.subarray(33)])));
    await expectClean(
      await makeLogo(Buffer.concat([jpeg.subarray(0, 2), comment, jpeg.subarray(2)])),
    );
  });
});

describe('at the edge', () => {
  it('5 MB are taken', async () => {
    const png = await small('png');
    const filler = Buffer.alloc(mostBytes - png.length - 12);
    const input = Buffer.concat([
      png.subarray(0, -12),
      pngChunk('fiLl', filler),
      png.subarray(-12),
    ]);
    expect(input).toHaveLength(5_000_000);

    expect((await makeLogo(input)).files).toHaveLength(6);
  });

  it('40 megapixels are taken', async () => {
    expect((await makeLogo(blankPng(8000, 5000, { color: 0 }))).files).toHaveLength(6);
  });

  it.each([
    [1, 1],
    [1, 40_000],
    [40_000, 1],
    [3, 65_535],
    [65_535, 2],
  ])('%i × %i pixels are taken, and seen', async (width, height) => {
    const logo = await makeLogo(await plain(200, 0, 0, width, height).png().toBuffer());

    for (const size of [64, 256, 1024]) {
      const middle = await colorAt(
        logo,
        size,
        size / 2 - (width < height ? 1 : 0),
        size / 2 - (width > height ? 1 : 0),
      );
      const other = await colorAt(logo, size, size / 2, size / 2);
      expectNear(middle[3] > other[3] ? middle : other, [200, 0, 0, 255]);
    }
  });

  it('a picture without anything but what must be in it is taken', async () => {
    const [tiny] = [blankPng(1, 1)];

    expect(tiny.subarray(0, 8).equals(pngSignature)).toBe(true);
    expect((await makeLogo(tiny)).files).toHaveLength(6);
  });
});
