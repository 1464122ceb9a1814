import { errors } from '@elastic/elasticsearch';
import { z } from 'zod';

/** Elasticsearch did not do what was asked. It repeats no address, no key and no text of a document. */
export class ElasticsearchFault extends Error {
  constructor(
    message: string,
    /** What Elasticsearch itself calls it. */
    readonly type?: string,
    /** A document cannot be kept, now or ever. */
    readonly isRefusal = false,
  ) {
    super(`Elasticsearch ${message}`);
  }
}

/** What Elasticsearch says is wrong. */
export const problem = z.object({ type: z.string(), reason: z.string().nullish() });

/** Why all shards failed is below that they did. */
const answer = z.object({
  error: z
    .union([z.object({ root_cause: z.tuple([problem], problem) }), problem])
    .transform((it) => ('root_cause' in it ? it.root_cause[0] : it)),
});

/** What it answers where an index is older than our mapping: nothing is wrong with the document. */
const oldMapping = 'strict_dynamic_mapping_exception';

/** What is wrong with one document, or its turn. */
export function faultOf(status: number, given: z.output<typeof problem>): ElasticsearchFault {
  const isRefusal = (status === 400 || status === 413) && given.type !== oldMapping;
  return new ElasticsearchFault(
    `did not write (${status}): ${sentence(given)}`,
    given.type,
    isRefusal,
  );
}

function sentence({ type, reason }: z.output<typeof problem>): string {
  // It may show what is in a field.
  const said = reason?.replace(/ Preview of field.*/s, '').slice(0, 200);
  return said ? `${type}, ${said}` : type;
}

/** What went wrong in a call of the client; its own errors hold the whole request, headers and all. */
export function faultIn(error: unknown): ElasticsearchFault {
  if (error instanceof ElasticsearchFault) return error;
  if (error instanceof errors.ResponseError) {
    const answered = `answered ${error.statusCode}`;
    const said = answer.safeParse(error.body).data?.error;
    return said
      ? new ElasticsearchFault(`${answered}: ${sentence(said)}`, said.type)
      : new ElasticsearchFault(answered);
  }
  if (error instanceof errors.DeserializationError) {
    return new ElasticsearchFault('answered what is not JSON');
  }
  if (error instanceof errors.ProductNotSupportedError) {
    return new ElasticsearchFault('is not what answered');
  }
  if (error instanceof errors.ElasticsearchClientError) {
    return new ElasticsearchFault(`was not reached: ${error.message}`);
  }
  throw error;
}
