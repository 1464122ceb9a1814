import { randomBytes } from 'node:crypto';
import { Client } from '@elastic/elasticsearch';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { Context } from '../../src/context.ts';
import { Elasticsearch } from '../../src/search/elasticsearch/client.ts';
import { elasticsearchEngine } from '../../src/search/elasticsearch/engine.ts';
import { elasticsearchWriter } from '../../src/search/elasticsearch/writer.ts';
import type { Request } from '../../src/search/engine.ts';
import { entryOf } from '../../src/search/entry.ts';
import type { Document, Kind } from '../../src/search/kind.ts';
import { all } from '../../src/search/tree.ts';
import type { Edition } from '../../src/search/writer.ts';
import { communities } from './dialects.ts';
import { answer, startStub } from './elasticsearch-stub.ts';

const { ELASTICSEARCH_URL } = process.env;
/** A real server, where there is one. */
const servers = ELASTICSEARCH_URL ? [ELASTICSEARCH_URL] : [];
const ctx = {} as Context;
const kind: Kind = {
  ...communities,
  fields: {
    ...communities.fields,
    custom_fields: { is: 'text', code: 'k' },
    'custom_fields.a:b': { is: 'text', code: 'kb' },
  },
  name: 'communities',
  columns: ['type'],
  counted: ['type'],
  source: 'communities',
  read: async () => new Map(),
};

const idOf = (number: number) => `01900000-0000-7000-8000-${String(number).padStart(12, '0')}`;

const documentOf = (id: string, title: string, more: Partial<Document> = {}): Document => ({
  id,
  texts: { title: [title], custom_fields: ['One'], 'custom_fields.a:b': ['Two'] },
  values: { type: ['topic'] },
  dates: { updated: new Date('2026-01-01') },
  name: title,
  popularity: 3,
  ...more,
});

const edition = (number: number, revision: number, title?: string): Edition => ({
  id: idOf(number),
  revision: String(revision),
  entry: title === undefined ? undefined : entryOf(kind, documentOf(idOf(number), title)),
});

const word = (word: string, fields = ['title']): Partial<Request> => ({
  tree: { is: 'word', fields, word },
});

const tooOld = 'is older than the fields';

describe.each(servers)('the indexes of a real Elasticsearch', (url) => {
  const prefix = `test-${randomBytes(6).toString('hex')}`;
  const place = new Elasticsearch({ url, prefix }, 10_000);
  const client = new Client({ node: url });
  const writer = elasticsearchWriter(place);
  const engine = elasticsearchEngine(place);
  let number = 0;
  let name = '';

  const findNow = async (request: Partial<Request>) => {
    const usual = { ranks: [], sees: all, within: all, choices: {}, sort: 'OLDEST' } as const;
    const asked = { tree: all, size: 100, isBackward: false, ...usual, ...request };
    return (await engine.find(ctx, kind, asked)).hits.map((it) => Number(it.id.slice(-4)));
  };

  const find = async (request: Partial<Request>) => {
    await client.indices.refresh({ index: `${prefix}-*` });
    return findNow(request);
  };

  beforeEach(async () => {
    name = writer.nameOf(kind, ++number);
    await writer.create(ctx, kind, name);
  });

  afterAll(async () => {
    const made = Object.keys(await client.indices.get({ index: `${prefix}-*` }));
    if (made.length > 0) await client.indices.delete({ index: made });
    await Promise.all([client.close(), place.close()]);
  });

  it('have names of their own, and are there once', async () => {
    expect(name).toBe(`${prefix}-communities-${number}`);

    await writer.fill(ctx, kind, name, [edition(1, 1, 'Open')]);
    await writer.create(ctx, kind, name);

    expect(await writer.digests(ctx, kind, name, null, 10)).toHaveLength(1);
  });

  it('are read from their swap on, and the one before is gone', async () => {
    await writer.fill(ctx, kind, name, [edition(1, 0, 'Old')]);
    expect(await writer.swap(ctx, kind, name)).toBe(name);
    const next = writer.nameOf(kind, ++number);
    await writer.create(ctx, kind, next);
    await writer.fill(ctx, kind, next, [edition(2, 0, 'New')]);
    await writer.finish(ctx, kind, next);
    expect(await findNow({})).toEqual([1]);

    await writer.swap(ctx, kind, next);
    expect(await findNow({})).toEqual([2]);
    await writer.swap(ctx, kind, next);

    expect(await findNow({})).toEqual([2]);
    expect(await client.indices.exists({ index: name })).toBe(false);
  });

  it('are refreshed by themselves when they are finished', async () => {
    const intervalOf = async () => {
      const settings = await client.indices.getSettings({ index: name });
      return settings[name]?.settings?.index?.refresh_interval;
    };
    expect(await intervalOf()).toBe('-1');

    await writer.finish(ctx, kind, name);

    expect(await intervalOf()).toBe('1s');
  });

  it('keep the newest of each thing, in whatever order it comes', async () => {
    await writer.swap(ctx, kind, name);
    await writer.write(ctx, kind, name, [
      edition(1, 7, 'New'),
      edition(2, 7),
      edition(3, 7, 'New'),
    ]);

    await writer.write(ctx, kind, name, [
      edition(1, 6, 'Old'),
      edition(2, 5, 'Old'),
      edition(3, 6),
    ]);
    await writer.write(ctx, kind, name, [edition(1, 7, 'Old')]);

    expect(await find({})).toEqual([1, 3]);
    expect(await find(word('new'))).toEqual([1, 3]);
    await writer.write(ctx, kind, name, [edition(1, 8), edition(2, 8, 'Back')]);
    expect(await find({})).toEqual([2, 3]);
  });

  it('keep the same when they are filled twice', async () => {
    await writer.swap(ctx, kind, name);
    const editions = [edition(1, 0, 'Open'), edition(2, 0, 'Closed')];

    await writer.fill(ctx, kind, name, editions);
    await writer.write(ctx, kind, name, [edition(2, 4)]);
    await writer.fill(ctx, kind, name, editions);

    expect(await find({})).toEqual([1]);
  });

  it('take many editions, and large ones', async () => {
    const long = Array.from({ length: 3999 }, (_, at) => `w${at}${'x'.repeat(50)}`).join(' ');
    const large = Array.from({ length: 40 }, (_, at) => edition(at, 1, long));
    const many = Array.from({ length: 2100 }, (_, at) => edition(100 + at, 1, 'Small'));

    await writer.fill(ctx, kind, name, [...large, ...many]);

    const digests = await writer.digests(ctx, kind, name, null, 5000);
    expect(digests).toHaveLength(2140);
  });

  it('tell their digests in the order of ids, what was written last among them', async () => {
    const editions = [edition(3, 1, 'C'), edition(1, 1, 'A'), edition(2, 1, 'B')];
    await writer.fill(ctx, kind, name, editions);

    const first = await writer.digests(ctx, kind, name, null, 2);
    const rest = await writer.digests(ctx, kind, name, idOf(2), 2);

    const sorted = editions.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    expect([...first, ...rest]).toEqual(
      sorted.map(({ id, entry }) => ({ id, digest: entry?.digest.toString('hex') })),
    );
    expect([first.length, rest.length]).toEqual([2, 1]);
  });

  it('keep words by field, and fields whose names begin alike apart', async () => {
    await writer.swap(ctx, kind, name);
    await writer.write(ctx, kind, name, [edition(1, 1, 'Open Science')]);

    expect(await find(word('science'))).toEqual([1]);
    expect(await find(word('two', ['custom_fields.a:b']))).toEqual([1]);
    expect(await find(word('two', ['custom_fields']))).toEqual([]);
    expect(await find({ tree: { is: 'filled', field: 'custom_fields.a:b' } })).toEqual([1]);
  });

  it('know that there is nothing in a field, whatever is in those that begin alike', async () => {
    const texts = { 'custom_fields.a:b': ['Two'] };
    const entry = entryOf(kind, documentOf(idOf(1), 'Open', { texts }));
    await writer.swap(ctx, kind, name);
    await writer.write(ctx, kind, name, [{ id: idOf(1), revision: '1', entry }]);

    expect(await find({ tree: { is: 'filled', field: 'custom_fields' } })).toEqual([]);
    expect(await find({ tree: { is: 'filled', field: 'custom_fields.a:b' } })).toEqual([1]);
  });

  it('are not made by writing', async () => {
    await writer.drop(ctx, kind, name);
    await writer.drop(ctx, kind, name);

    const writing = writer.write(ctx, kind, name, [edition(1, 1, 'Open'), edition(2, 1)]);

    await expect(writing).rejects.toMatchObject({
      type: 'index_not_found_exception',
      isRefusal: false,
    });
    expect(await client.indices.exists({ index: name })).toBe(false);
  });

  it('tell what only a new one mends', async () => {
    const flawOf = (of: Kind, isRead: boolean) => writer.flawOf(ctx, of, name, isRead);
    expect(await flawOf(kind, false)).toBeUndefined();
    expect(await flawOf(kind, true)).toBe(`has no alias ${prefix}-communities`);
    await writer.fill(ctx, kind, name, [edition(1, 1, 'Open')]);
    await writer.swap(ctx, kind, name);
    expect(await flawOf(kind, true)).toBeUndefined();

    const fields = { ...kind.fields, founded: { is: 'date' } } as const;
    expect(await flawOf({ ...kind, columns: ['type', 'added'] }, true)).toBe(tooOld);
    expect(await flawOf({ ...kind, fields }, true)).toBe(tooOld);
    // What knows more than is asked for is fine: an older process may be beside a newer one.
    expect(await flawOf({ ...kind, columns: [] }, true)).toBeUndefined();

    await client.indices.deleteAlias({ index: name, name: `${name}-writes` });
    expect(await flawOf(kind, true)).toBe(`has no alias ${name}-writes`);
    await writer.drop(ctx, kind, name);
    expect(await flawOf(kind, true)).toBe('is not there');
  });

  it('refuse a document that cannot be kept, and keep those beside it', async () => {
    await writer.swap(ctx, kind, name);
    const entry = entryOf(kind, documentOf(idOf(2), 'Secret words', { popularity: 40_000 }));

    const error: unknown = await writer
      .write(ctx, kind, name, [edition(1, 1, 'Open'), { id: idOf(2), revision: '1', entry }])
      .catch((it) => it);

    expect(writer.refuses(error)).toBe(true);
    expect(String(error)).toMatch(/did not write \(400\): document_parsing_exception/);
    expect(String(error)).not.toContain('40000');
    expect(await find({})).toEqual([1]);
  });

  it('that are older than the kind’s columns refuse no document: they are too old', async () => {
    const wider = { ...kind, columns: ['type', 'added'] };
    const entry = entryOf(wider, documentOf(idOf(1), 'Open', { values: { added: ['x'] } }));

    const error: unknown = await writer
      .write(ctx, wider, name, [{ id: idOf(1), revision: '1', entry }])
      .catch((it) => it);

    expect(error).toMatchObject({ type: 'strict_dynamic_mapping_exception' });
    expect(writer.refuses(error)).toBe(false);
  });
});

describe('writing to what does not answer', () => {
  const one = [edition(1, 1, 'Open')];
  const name = 'test-communities-1';
  const item = (outcome: object) => ({ index: { _index: name, _id: idOf(1), ...outcome } });

  it.each([
    ['that has no room', answer({ error: { type: 'x' }, status: 429 }, 429), /answered 429: x/],
    ['that leaves some out', answer({ took: 1, errors: false, items: [] }), /unusably: items/],
    ['that says nothing', () => {}, /gave no full answer within 600 ms/],
    [
      'that is too busy for one',
      answer({
        took: 1,
        errors: true,
        items: [
          item({
            status: 429,
            error: { type: 'es_rejected_execution_exception', reason: 'rejected execution' },
          }),
        ],
      }),
      /did not write \(429\): es_rejected_execution_exception, rejected execution/,
    ],
  ])('%s is a fault, and no refusal', async (_, says, message) => {
    const stub = await startStub(says);
    const writer = elasticsearchWriter(stub.place);

    const error: unknown = await writer.write(ctx, kind, name, one).catch((it) => it);

    expect(String(error)).toMatch(message);
    expect(writer.refuses(error)).toBe(false);
    expect(stub.requests).toHaveLength(1);
  });

  it('is done where something newer is there', async () => {
    const conflict = { type: 'version_conflict_engine_exception', reason: 'current version [9]' };
    const stub = await startStub(
      answer({ took: 1, errors: true, items: [item({ status: 409, error: conflict })] }),
    );

    await elasticsearchWriter(stub.place).write(ctx, kind, name, one);

    const [meta = ''] = stub.requests[0]?.body.split('\n') ?? [];
    expect(JSON.parse(meta)).toEqual({
      index: { _id: idOf(1), version: '1', version_type: 'external' },
    });
  });
});
