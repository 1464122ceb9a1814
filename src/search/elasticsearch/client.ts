import { Client } from '@elastic/elasticsearch';
import type { z } from 'zod';
import type { Kind } from '../kind.ts';
import { ElasticsearchFault, faultIn } from './fault.ts';
import type { ElasticsearchPlace } from './place.ts';

/** What a call of the client is sent with. */
interface Options {
  signal: AbortSignal;
}

type Call = (client: Client, options: Options) => Promise<unknown>;

const largestAnswer = 16e6;

/** The official client, with an end to everything: each answer has its time and its shape. */
export class Elasticsearch {
  readonly #client: Client;
  readonly #prefix: string;

  /** @param searchMs what a search may take, in milliseconds. @param writeMs the same for all else. */
  constructor(
    { url, apiKey, prefix }: ElasticsearchPlace,
    readonly searchMs = 1000,
    readonly writeMs = 30_000,
  ) {
    this.#prefix = prefix;
    this.#client = new Client({
      node: url,
      ...(apiKey !== undefined && { auth: { apiKey } }),
      // Whatever NODE_TLS_REJECT_UNAUTHORIZED says.
      tls: { rejectUnauthorized: true },
      maxRetries: 0,
      maxResponseSize: largestAnswer,
      enableMetaHeader: false,
    });
  }

  /** The name under which the live index of a kind is read. */
  aliasOf({ name }: Pick<Kind, 'name'>): string {
    return `${this.#prefix}-${name}`;
  }

  /** Asks for what somebody waits for. @throws ElasticsearchFault */
  search<T>(call: Call, shape: z.ZodType<T>): Promise<T> {
    return this.#within(this.searchMs, call, shape);
  }

  /** Does what nobody waits for. @throws ElasticsearchFault */
  write<T>(call: Call, shape: z.ZodType<T>): Promise<T> {
    return this.#within(this.writeMs, call, shape);
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  /** The client's own time-outs end with the first byte of the answer. */
  async #within<T>(ms: number, call: Call, shape: z.ZodType<T>): Promise<T> {
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), ms);
    try {
      const result = shape.safeParse(await call(this.#client, { signal: deadline.signal }));
      if (result.success) return result.data;
      const problems = result.error.issues.map((it) => `${it.path.join('.')} ${it.message}`.trim());
      throw new ElasticsearchFault(`answered unusably: ${problems.slice(0, 5).join('; ')}`);
    } catch (error) {
      if (deadline.signal.aborted) {
        throw new ElasticsearchFault(`gave no full answer within ${ms} ms`);
      }
      throw faultIn(error);
    } finally {
      clearTimeout(timer);
    }
  }
}
