export interface Parts {
  /** Made of tiles, which are decoded side by side. */
  isGrid: boolean;
  /** The pixels of the largest picture in it, be it a tile, the transparency or a thumbnail. */
  largest: number;
}

/**
 * What an AVIF is made of, or nothing if its boxes are broken. Its header tells the size of what is
 * shown; a tile may be far larger, and the decoder believes what the tile says of itself.
 */
export function partsOf(bytes: Buffer): Parts | undefined {
  const boxes = topBoxes(bytes);
  if (!boxes) return undefined;
  const described = boxes.filter(({ name }) => name !== 'mdat').map(({ body }) => body);
  const sizes = described.flatMap((it) =>
    [...places(it, 'ispe')].map((at) =>
      at + 16 <= it.length ? it.readUInt32BE(at + 8) * it.readUInt32BE(at + 12) : 0,
    ),
  );
  return { isGrid: described.some((it) => it.includes('grid')), largest: Math.max(0, ...sizes) };
}

function topBoxes(bytes: Buffer): { name: string; body: Buffer }[] | undefined {
  const boxes: { name: string; body: Buffer }[] = [];
  for (let at = 0; at + 8 <= bytes.length; ) {
    const said = bytes.readUInt32BE(at);
    // 0 is "to the end", and 1 that the true size follows in 64 bits.
    const size =
      said === 0
        ? bytes.length - at
        : said === 1 && at + 16 <= bytes.length
          ? Number(bytes.readBigUInt64BE(at + 8))
          : said;
    if (size < 8) return undefined;
    boxes.push({
      name: bytes.toString('latin1', at + 4, at + 8),
      body: bytes.subarray(at, at + size),
    });
    at += size;
  }
  return boxes;
}

function* places(bytes: Buffer, text: string): Generator<number> {
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) yield at;
}
