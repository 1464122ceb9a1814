/**
 * Whether an object in a text of JSON has a name twice. Readers differ in which of the two they
 * believe, so that one who checks and one who acts could see different things (RFC 8725, section 2.4).
 */
export function repeatsName(json: string): boolean {
  const open: Set<string>[] = [];
  for (const [text, name] of json.matchAll(/("(?:[^"\\]|\\.)*")\s*:|"(?:[^"\\]|\\.)*"|[{}]/g)) {
    if (text === '{') open.push(new Set());
    else if (text === '}') open.pop();
    else if (name !== undefined) {
      const plain = JSON.parse(name);
      if (open.at(-1)?.has(plain)) return true;
      open.at(-1)?.add(plain);
    }
  }
  return false;
}
