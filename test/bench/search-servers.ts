import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Pool } from 'undici';
import type { Tokens } from './search-data.ts';
import type { Question } from './search-questions.ts';

/** Who asks: in 500 restricted communities, or not signed in. */
export const everybody = ['anyone', 'member'] as const;
export type Who = (typeof everybody)[number];

/** A page of 20, alone or with all that the page of a search shows beside it. */
export type Part = 'all' | 'page';

export interface Answer {
  nodes: { slug: string }[];
  totalCount: number;
  totalCountIsExact: boolean;
  facets: { types: { type: { key: string }; count: number }[] };
}

/** Whoever answers questions. */
export interface Server {
  ask(question: Question, who: Who, part?: Part): Promise<Answer>;
  stop(): Promise<void>;
}

const page = `nodes { id slug title }`;
const more = `totalCount totalCountIsExact
  facets { types { type { key } count } visibilities { visibility count } }`;
const documents: Record<Part, string> = { all: `${page} ${more}`, page };
const documentOf = (part: Part) => `
  query ($query: String!, $sort: CommunitySort!, $after: String) {
    communities(query: $query, sort: $sort, first: 20, after: $after) { ${documents[part]} } }`;

/** Posts JSON, and answers what came back. @throws Error with whatever is no answer. */
export function poster(url: string, path: string, tokens: Partial<Record<string, string>>) {
  const pool = new Pool(url, { connections: 20 });
  return {
    async post(who: string, sent: object): Promise<Record<string, never>> {
      const token = tokens[who];
      const { statusCode, body } = await pool.request({
        method: 'POST',
        path,
        headers: {
          'content-type': 'application/json',
          ...(token && { authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify(sent),
      });
      const text = await body.text();
      if (statusCode !== 200 || text.includes('"errors"')) {
        throw new Error(`${JSON.stringify(sent)}: ${text}`);
      }
      return JSON.parse(text).data;
    },
    close: () => pool.close(),
  };
}

/** A server of ours. */
export function ours({ child, url }: { child: ChildProcess; url: string }, tokens: Tokens): Server {
  const { post, close } = poster(url, '/graphql', { ...tokens });
  return {
    async ask({ query, sort, after }, who, part = 'all') {
      const variables = { query, sort, after };
      return (await post(who, { query: documentOf(part), variables })).communities as never;
    },
    async stop() {
      await close();
      child.kill();
    },
  };
}

export async function startByHand(databaseUrl: string, tokens: Tokens): Promise<Server> {
  const script = fileURLToPath(new URL('./search-by-hand.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH, NODE_ENV: 'production', DATABASE_URL: databaseUrl },
  });
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const [url] = await once(lines, 'line');
  const { post, close } = poster(url, '/', { ...tokens });
  return {
    ask: async (question, who, part) =>
      (await post(who, { ...question, isPageOnly: part === 'page' })) as never,
    async stop() {
      await close();
      child.kill();
    },
  };
}
