import { z } from 'zod';
import type { Edition } from '../writer.ts';
import type { Elasticsearch } from './client.ts';
import { type ElasticsearchFault, faultOf, problem } from './fault.ts';
import { documentOf } from './mapping.ts';

/** What is sent at once, at most; one document alone may be larger. */
const mostEditions = 1000;
const mostBytes = 5e6;

const outcome = z.object({ status: z.int(), error: problem.optional() });
const item = z
  .union([z.object({ index: outcome }), z.object({ delete: outcome })])
  .transform((it) => ('index' in it ? it.index : it.delete));

/**
 * Writes editions; those of one thing that are older than what is there are left out.
 * @param index the alias that an index is written by.
 * @throws ElasticsearchFault the first; what could be written is written.
 */
export async function write(
  place: Elasticsearch,
  index: string,
  editions: readonly Edition[],
): Promise<void> {
  const faults: ElasticsearchFault[] = [];
  for (const chunk of chunksOf(editions.map(linesOf))) {
    const { items } = await place.write(
      (client, options) =>
        client.bulk({ index, require_alias: true, operations: chunk.flat() }, options),
      z.object({ items: z.array(item).length(chunk.length) }),
    );
    for (const { status, error } of items) {
      // 409: what is there is as new, or newer.
      if (error && status !== 409) faults.push(faultOf(status, error));
    }
  }
  if (faults[0]) throw faults[0];
}

/** An edition as the bulk API has it. */
function linesOf({ id, revision, entry }: Edition): string[] {
  const meta = { _id: id, version: revision, version_type: 'external' };
  return entry
    ? [JSON.stringify({ index: meta }), JSON.stringify(documentOf(entry))]
    : [JSON.stringify({ delete: meta })];
}

function* chunksOf(editions: readonly string[][]): Generator<string[][]> {
  let chunk: string[][] = [];
  let bytes = 0;
  for (const lines of editions) {
    const size = lines.reduce((sum, it) => sum + Buffer.byteLength(it) + 1, 0);
    if (chunk.length === mostEditions || (chunk.length > 0 && bytes + size > mostBytes)) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push(lines);
    bytes += size;
  }
  if (chunk.length > 0) yield chunk;
}
