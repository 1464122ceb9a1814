import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fault, partsOf, readBody } from '../../src/multipart.ts';

const letters = [..."abcxyzABCXYZ019'()+_,-./:=?"];
const boundary = fc.string({ unit: fc.constantFrom(...letters), minLength: 1, maxLength: 70 });
/** Bytes among which are many that look like the beginning of a boundary. */
const bytes = fc
  .array(
    fc.oneof(
      fc.constantFrom('\r', '\n', '\r\n', '\r\n-', '\r\n--', '--', ...letters).map(Buffer.from),
      fc.uint8Array({ maxLength: 20 }).map(Buffer.from),
    ),
    { maxLength: 20 },
  )
  .map((it) => Buffer.concat(it));
const name = fc.string({ unit: 'grapheme', maxLength: 10 }).map((it) =>
  // What browsers write for these in a name.
  it.toWellFormed().replace(/["\r\n]/g, encodeURIComponent),
);
const part = fc.record({ name, isFile: fc.boolean(), bytes });
const request = fc
  .record({
    boundary,
    parts: fc.array(part, { maxLength: 4 }),
    before: fc.constantFrom('', 'To be ignored.\r\n'),
    after: fc.constantFrom('', '\r\n', '\r\nTo be ignored.'),
    padding: fc.constantFrom('', ' ', '\t '),
  })
  // Whoever writes a body takes a boundary that is not in it.
  .filter((it) => it.parts.every(({ bytes }) => !bytes.includes(`\r\n--${it.boundary}`)))
  .filter((it) =>
    it.parts.every(
      ({ bytes }) => !`\r\n${bytes.toString('latin1')}`.includes(`\r\n--${it.boundary}`),
    ),
  );
type Request = typeof request extends fc.Arbitrary<infer T> ? T : never;

function write({ boundary, parts, before, after, padding }: Request): Buffer {
  const written = parts.flatMap(({ name, isFile, bytes }) => [
    `--${boundary}${padding}\r\nContent-Disposition: form-data; name="${name}"`,
    isFile ? `; filename="; name=x"\r\nContent-Type: image/png` : '',
    '\r\n\r\n',
    bytes,
    '\r\n',
  ]);
  const all = [before, ...written, `--${boundary}--`, after];
  return Buffer.concat(all.map((it) => Buffer.from(it as string)));
}

const read = (body: Buffer, boundary: string) => [
  ...partsOf(body, `multipart/form-data; charset=utf-8; boundary="${boundary}"`),
];

it('reads every body that is written', () =>
  fc.assert(
    fc.property(request, (it) => {
      const found = read(write(it), it.boundary);

      expect(found.map((part) => ({ ...part, bytes: part.bytes.toString('hex') }))).toEqual(
        it.parts.map((part) => ({ ...part, bytes: part.bytes.toString('hex') })),
      );
    }),
    { numRuns: 1000 },
  ));

it('takes a body that is cut off for none', () =>
  fc.assert(
    fc.property(request, fc.nat(), (it, place) => {
      const body = write({ ...it, after: '' });
      const cut = body.subarray(0, place % body.length);

      expect(() => read(cut, it.boundary)).toThrow(Fault);
    }),
    { numRuns: 1000 },
  ));

it('finds fault with nothing else than what was sent', () =>
  fc.assert(
    fc.property(bytes, fc.string({ unit: 'binary' }), (body, type) => {
      try {
        for (const it of partsOf(body, type)) expect(it.bytes.length).toBeLessThan(body.length);
      } catch (error) {
        expect(error).toBeInstanceOf(Fault);
      }
    }),
    { numRuns: 1000 },
  ));

it.each([
  'multipart/form-data; boundary=a.b',
  'multipart/form-data;boundary="a.b"',
  'Multipart/Form-Data; charset=utf-8; Boundary=a.b; x=y',
])('knows the boundary in %s', (type) => {
  const body = Buffer.from('--a.b\r\ncontent-disposition: FORM-DATA; name=one\r\n\r\n1\r\n--a.b--');

  expect([...partsOf(body, type)]).toEqual([
    { name: 'one', isFile: false, bytes: Buffer.from('1') },
  ]);
});

it.each([
  ['none that says what it is', 'content-type: text/plain'],
  ['none that is a part of a form', 'content-disposition: attachment; name="one"'],
  ['no name', 'content-disposition: form-data; filename="one"'],
])('refuses a part with %s', (_, headers) => {
  const body = Buffer.from(`--x\r\n${headers}\r\n\r\n1\r\n--x--`);

  expect(() => read(body, 'x')).toThrow('malformed');
});

it.each([
  ["filename*=utf-8''%e2%82%ac.png", true],
  ['filename=a.png', true],
  ['filename=""', true],
  ['other="; filename=a"', false],
])('knows a file by %s: %s', (words, isFile) => {
  const body = Buffer.from(
    `--x\r\ncontent-disposition: form-data; name="one"; ${words}\r\n\r\n1\r\n--x--`,
  );

  expect(read(body, 'x')).toEqual([{ name: 'one', isFile, bytes: Buffer.from('1') }]);
});

it('reads a part without bytes and without a line for them', () => {
  const body = Buffer.from('--x\r\ncontent-disposition: form-data; name="one"\r\n\r\n--x--');

  expect(read(body, 'x')).toEqual([{ name: 'one', isFile: false, bytes: Buffer.alloc(0) }]);
});

describe('a body', () => {
  const minute = 60_000;

  it('is read to its end', async () => {
    const body = new PassThrough();
    const read = readBody(body, 6, minute);

    body.write('abc');
    body.end('def');

    expect(String(await read)).toBe('abcdef');
  });

  it('that is too large is refused before its end, and its stream is left to others', async () => {
    const body = new PassThrough();
    const read = readBody(body, 5, minute);

    body.write('abc');
    body.write('def');

    await expect(read).rejects.toMatchObject({ status: 413 });
    expect(body.destroyed).toBe(false);
  });

  it.each([
    ['breaks off', new Error('reset')],
    ['is closed', undefined],
  ])('that %s is refused', async (_, error) => {
    const body = new PassThrough();
    const read = readBody(body, 6, minute);

    body.write('abc');
    body.destroy(error);

    await expect(read).rejects.toMatchObject({ status: 400 });
  });

  it('that was closed before is refused at once', async () => {
    const body = new PassThrough();
    body.destroy();
    await new Promise((resolve) => body.on('close', resolve));

    await expect(readBody(body, 6, minute)).rejects.toMatchObject({ status: 400 });
  });
});
