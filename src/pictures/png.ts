/** What a PNG needs to be shown rightly; text, animation, times and private chunks are left behind. */
const needed = new Set('IHDR PLTE tRNS gAMA cHRM sRGB iCCP cICP sBIT eXIf IDAT IEND'.split(' '));

/**
 * A PNG without what does not belong to its picture, or nothing if it is cut off. Eighty texts that
 * each unpack to 50 MB fit into 4 MB, and the decoder would unpack them all only to throw them away.
 */
export function bare(bytes: Buffer): Buffer | undefined {
  const kept = [bytes.subarray(0, 8)];
  for (let at = 8; at + 12 <= bytes.length; ) {
    const next = at + 12 + bytes.readUInt32BE(at);
    if (next > bytes.length) return undefined;
    const name = bytes.toString('latin1', at + 4, at + 8);
    if (needed.has(name)) kept.push(bytes.subarray(at, next));
    if (name === 'IEND') return Buffer.concat(kept);
    at = next;
  }
  return undefined;
}
