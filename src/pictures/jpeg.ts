/** Start of frame, in every way of coding; C4, C8 and CC are other things. */
const isFrame = (marker: number) =>
  marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

/**
 * How many samples a JPEG has for each of its pixels: 3 for colour in full, 1.5 for the usual
 * halved colour. Nothing if its header is broken.
 */
export function samplesPerPixel(bytes: Buffer): number | undefined {
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff; ) {
    const marker = bytes.readUInt8(at + 1);
    // A marker may be preceded by any number of fill bytes.
    if (marker === 0xff) at += 1;
    else if (isFrame(marker)) return ofFrame(bytes.subarray(at + 4));
    else at += 2 + bytes.readUInt16BE(at + 2);
  }
  return undefined;
}

/** Each component says how often it is sampled, across and down, in four bits each. */
function ofFrame(frame: Buffer): number | undefined {
  const count = frame[5] ?? 0;
  if (count === 0 || frame.length < 6 + 3 * count) return undefined;
  const factors = Array.from({ length: count }, (_, index) => frame.readUInt8(7 + 3 * index));
  const across = factors.map((it) => it >> 4);
  const down = factors.map((it) => it & 15);
  const all = across.reduce((sum, it, index) => sum + it * (down[index] ?? 0), 0);
  const samples = all / (Math.max(...across) * Math.max(...down));
  return Number.isNaN(samples) ? undefined : samples;
}
