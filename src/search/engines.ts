import type { Context } from '../context.ts';
import { Breaker, type BreakerLimits } from './breaker.ts';
import type { PartialEngine } from './elasticsearch/engine.ts';
import { ElasticsearchFault } from './elasticsearch/fault.ts';
import type { Engine, EngineName, Found, Request } from './engine.ts';
import type { Kind } from './kind.ts';

/** Found, and by whom. */
export interface Answered extends Found {
  engine: EngineName;
}

interface Engines {
  postgres: Engine;
  elasticsearch: PartialEngine;
  /** Whether Elasticsearch's index of a kind is there and whole. */
  isLive(ctx: Context, kind: Kind): Promise<boolean>;
}

/**
 * Asks Elasticsearch where it can answer. Where it does not, PostgreSQL answers the same request, so
 * that nobody sees a fault of a server that we can do without; marks mean the same in both.
 */
export function asks(
  { postgres, elasticsearch, isLive }: Engines,
  limits: BreakerLimits = { faults: 3, pauseMs: 10_000 },
) {
  const breakers = new Map<Kind['name'], Breaker>();

  /** Undefined if Elasticsearch does not answer. */
  async function tried<T>(ctx: Context, { name }: Kind, call: () => Promise<T>) {
    const breaker = breakers.get(name) ?? new Breaker(limits);
    breakers.set(name, breaker);
    if (!breaker.admits()) return undefined;
    try {
      const answer = await call();
      if (breaker.answered()) ctx.log.info({ kind: name }, 'Elasticsearch answers again');
      return answer;
    } catch (err) {
      if (!(err instanceof ElasticsearchFault)) throw err;
      if (breaker.failed()) {
        ctx.log.warn({ err, kind: name }, 'Elasticsearch does not answer: PostgreSQL does');
      }
      return undefined;
    }
  }

  return async (ctx: Context, kind: Kind, request: Request): Promise<Answered> => {
    const isAsked = elasticsearch.serves(request) && (await isLive(ctx, kind));
    const found = isAsked
      ? await tried(ctx, kind, () => elasticsearch.find(ctx, kind, request))
      : undefined;
    if (!found) return { ...(await postgres.find(ctx, kind, request)), engine: postgres.name };
    return {
      ...found,
      engine: elasticsearch.name,
      counts: async () => {
        const counts = await tried(ctx, kind, found.counts);
        return counts ?? (await postgres.find(ctx, kind, { ...request, size: 1 })).counts();
      },
    };
  };
}
