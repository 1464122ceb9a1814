import { errors } from '@elastic/elasticsearch';
import { z } from 'zod';

/** Elasticsearch did not do what was asked. It repeats no address, no key and nothing of a document. */
export class ElasticsearchFault extends Error {
  constructor(
    message: string,
    /** There is no such index. */
    readonly isMissing = false,
  ) {
    super(`Elasticsearch ${message}`);
  }
}

/** What Elasticsearch says is wrong. */
export const problem = z.object({ type: z.string(), reason: z.string().nullish() });

/** The fault that an error of Elasticsearch's is. */
export function faultOf(what: string, { type, reason }: z.output<typeof problem>) {
  // It may show what is in a field.
  const said = reason?.replace(/ Preview of field.*/s, '').slice(0, 200);
  return new ElasticsearchFault(
    `${what}: ${type}${said ? `, ${said}` : ''}`,
    type === 'index_not_found_exception',
  );
}

/** What went wrong in a call of the client; its own errors hold the whole request, headers and all. */
export function faultIn(error: unknown): ElasticsearchFault {
  if (error instanceof ElasticsearchFault) return error;
  if (error instanceof errors.ResponseError) {
    const answered = `answered ${error.statusCode}`;
    const said = z.object({ error: problem }).safeParse(error.body);
    return said.success ? faultOf(answered, said.data.error) : new ElasticsearchFault(answered);
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
