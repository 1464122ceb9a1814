import fc from 'fast-check';
import { graphql } from 'graphql';
import { sql } from 'kysely';
import {
  buildSchemaSync,
  Field,
  FieldResolver,
  Int,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectionOf, type Page } from '../../src/connection.ts';
import { cursorOf, type Order } from '../../src/cursor.ts';
import { newId } from '../../src/ids.ts';
import { type Listed, page, pageOf } from '../../src/page.ts';
import type { PageArgs } from '../../src/page-args.ts';
import { startWorld, type World } from '../helpers/world.ts';

interface Thing {
  id: string;
  label: string;
}

const label: Order = { name: 'label', by: sql`t.label`, type: 'text' };
const at: Order = { name: 'at', by: sql`t.at`, type: 'timestamptz' };
const down = (order: Order): Order => ({ ...order, isDescending: true });
const orders = { label, at, labelDown: down(label), atDown: down(at) };

let world: World;

beforeAll(async () => {
  world = await startWorld({ isWorking: false });
  await world.sql(
    'create table things (id uuid primary key, box uuid not null, label text not null, at timestamptz not null)',
  );
});
afterAll(() => world.stop());

const listed = (order?: Order): Listed => ({
  kind: 'User',
  columns: sql`t.id, t.label`,
  from: sql`from things t where true`,
  order,
});
const inBox = (order?: Order): Listed => ({
  ...listed(order),
  from: sql`from things t where t.box = parent.id`,
});

const read = (args: PageArgs, order?: Order): Promise<Page<Thing>> =>
  page(world.app.begin(), args, listed(order));
const labels = (it: Page<Thing>) => it.nodes.map(({ label }) => label);

const times = [
  '2026-11-21T12:00:00.000001Z',
  '2026-11-21T12:00:00.000002Z',
  '1999-01-01T00:00:00Z',
];

/** Things instead of those that are there, as [label, time] in the order of their birth. */
async function put(things: [label: string, at: string][], box = newId()): Promise<string[]> {
  const ids = things.map(newId).sort();
  await world.sql('delete from things');
  await world.sql(
    `insert into things (id, box, label, at)
     select id, $1, label, at from unnest($2::uuid[], $3::text[], $4::timestamptz[]) as it (id, label, at)`,
    [box, ids, things.map(([it]) => it), things.map(([, it]) => it)],
  );
  return ids;
}
const putLabels = (...all: string[]) => put(all.map((it) => [it, times[0] as string]));

describe('an order of text', () => {
  it('is that of Unicode, in whatever language', async () => {
    const sorted = ['', ' ', '1', 'apfel', 'Apfel', 'Äpfel', 'Birne', 'Öl', 'zoo', 'Ωmega', '漢'];
    await putLabels(...[...sorted].reverse());

    expect(labels(await read({}, label))).toEqual(sorted);
    expect(labels(await read({}, down(label)))).toEqual([...sorted].reverse());
    expect(labels(await read({ last: 3 }, label))).toEqual(sorted.slice(-3));
  });

  it('is that of birth between equals, and of the last born where it is turned', async () => {
    const ids = await putLabels('b', 'a', 'b', 'a', 'b');
    const expected = [1, 3, 0, 2, 4].map((it) => ids[it]);

    expect((await read({}, label)).nodes.map((it) => it.uuid)).toEqual(expected);
    expect((await read({}, down(label))).nodes.map((it) => it.uuid)).toEqual(expected.reverse());
  });

  it('goes on after an item that is gone, or called something else meanwhile', async () => {
    const ids = await putLabels('a', 'b', 'c', 'd');
    const [, b, c] = (await read({}, label)).cursors;

    await world.sql('delete from things where id = $1', [ids[1]]);
    await world.sql(`update things set label = 'z' where id = $1`, [ids[2]]);

    expect(labels(await read({ after: b }, label))).toEqual(['d', 'z']);
    expect(labels(await read({ after: c }, label))).toEqual(['d', 'z']);
    expect(labels(await read({ last: 5, before: c }, label))).toEqual(['a']);
  });
});

describe('an order of times', () => {
  it('tells microseconds apart', async () => {
    await put([
      ['second', times[1] as string],
      ['first', times[0] as string],
      ['old', times[2] as string],
    ]);
    const first = await read({ first: 1, after: (await read({ first: 1 }, at)).cursors[0] }, at);

    expect(labels(await read({}, at))).toEqual(['old', 'first', 'second']);
    expect(labels(first)).toEqual(['first']);
    expect(labels(await read({ after: first.cursors[0] }, at))).toEqual(['second']);
    expect(labels(await read({ after: first.cursors[0] }, down(at)))).toEqual(['old']);
  });

  it('is the same in every time zone of a session', async () => {
    await put([
      ['old', times[2] as string],
      ['new', times[0] as string],
    ]);
    const [cursor] = (await read({}, at)).cursors;
    const ctx = world.app.begin();

    const elsewhere = await ctx.em.transactional(async (em) => {
      await em.execute(`set local timezone to 'Asia/Kathmandu'`);
      await em.execute(`set local datestyle to 'SQL, DMY'`);
      const tx = { ...ctx, em: em as typeof ctx.em };
      return page<Thing>(tx, { after: cursor }, listed(at));
    });

    expect(labels(elsewhere)).toEqual(['new']);
    expect(elsewhere.cursors).toEqual((await read({ last: 1 }, at)).cursors);
  });
});

describe('a cursor', () => {
  const raw = (text: string) => Buffer.from(text).toString('base64url');
  const id = newId();
  const time = '2026-11-21T12:00:00.000001Z';

  it.each([
    ['of the order of birth', cursorOf({ id }), label],
    ['of another order', cursorOf({ id, key: 'a' }, { ...label, name: 'other' }), label],
    ['of an order of which this is the beginning', raw(`2 labels ${id} a`), label],
    ['of an order of text', cursorOf({ id, key: time }, label), at],
    ['of another order, for a list in that of birth', cursorOf({ id, key: 'a' }, label), undefined],
    ['without a key', raw(`2 label ${id}`), label],
    ['without an id', raw('2 label a'), label],
    ['with a null character', cursorOf({ id, key: 'a\0' }, label), label],
    ['with a word for a time', cursorOf({ id, key: 'infinity' }, at), at],
    ['with no time', cursorOf({ id, key: '' }, at), at],
    ['with a day that there is not', cursorOf({ id, key: time.replace('11-21', '02-30') }, at), at],
    ['with an hour that there is not', cursorOf({ id, key: time.replace('T12', 'T24') }, at), at],
    ['with a year that there is not', cursorOf({ id, key: time.replace('2026', '0000') }, at), at],
    ['with more than a time', cursorOf({ id, key: `${time} ` }, at), at],
    ['with a time of another spelling', cursorOf({ id, key: '2026-11-21 12:00:00+00' }, at), at],
  ])('%s is refused', async (_, cursor, order) => {
    const message = 'is not a cursor of such a list.';

    await expect(read({ after: cursor }, order)).rejects.toMatchObject({
      all: [{ code: 'INVALID', path: ['after'], message }],
    });
    await expect(read({ last: 1, before: cursor }, order)).rejects.toMatchObject({
      all: [{ code: 'INVALID', path: ['before'], message }],
    });
  });

  it.each([
    ['nothing', ''],
    ['a blank', ' '],
    ['what looks like SQL', "'); drop table things --"],
    ['lines', 'a\nb\r\n'],
    ['a pair of surrogates', '🪐'],
    ['much', 'x'.repeat(5000)],
  ])('has a place for %s', async (_, text) => {
    await putLabels(text, `${text}!`);
    const [cursor] = (await read({ first: 1 }, label)).cursors;

    expect(labels(await read({ after: cursor }, label))).toEqual([`${text}!`]);
    expect(labels(await read({ last: 1, before: cursor }, label))).toEqual([]);
  });
});

describe('pages, one after the other', () => {
  const word = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.constantFrom('', ' ', 'a', 'A', 'ä', 'a\u0308', 'b', 'ß', 'ss', 'é'),
    },
    fc.string({ unit: 'grapheme', maxLength: 8 }),
    fc.string({ unit: 'binary', maxLength: 8 }),
  );
  const text = word.map((it) => it.toWellFormed().replaceAll('\0', ''));
  const things = fc.array(fc.tuple(text, fc.constantFrom(...times)), { maxLength: 25 });

  /** All items by pages of so many, from one end to the other. */
  async function all(
    read: (args: PageArgs) => Promise<Page<Thing>>,
    size: number,
    isBackward: boolean,
  ): Promise<string[]> {
    const seen: string[][] = [];
    for (let args: PageArgs = isBackward ? { last: size } : { first: size }; ; ) {
      const { nodes, pageInfo } = await read(args);
      seen.push(nodes.map((it) => it.uuid));
      const { startCursor, endCursor } = pageInfo;
      if (!(isBackward ? pageInfo.hasPreviousPage : pageInfo.hasNextPage)) break;
      if (isBackward) args = { last: size, before: startCursor as string };
      else args = { first: size, after: endCursor as string };
    }
    return (isBackward ? seen.reverse() : seen).flat();
  }

  it('are what one statement answers, in every order and both ways, alone or on many things', () =>
    fc.assert(
      fc.asyncProperty(
        things,
        fc.constantFrom(...Object.values(orders)),
        fc.integer({ min: 1, max: 12 }),
        fc.boolean(),
        async (made, order, size, isBackward) => {
          const box = newId();
          await put(made, box);
          const direction = order.isDescending ? 'desc' : 'asc';
          const key = order.type === 'text' ? 'label collate "und-x-icu"' : 'at';
          const expected = (
            await world.sql(`select id from things order by ${key} ${direction}, id ${direction}`)
          ).map((it) => it.id);
          const onBox = async (args: PageArgs) => {
            const ctx = world.app.begin();
            const [found, none] = await Promise.all([
              pageOf<Thing>(ctx, box, args, 'things', inBox(order)),
              pageOf<Thing>(ctx, newId(), args, 'things', inBox(order)),
            ]);
            expect(none.nodes).toEqual([]);
            return found;
          };

          expect(await all((it) => read(it, order), size, isBackward)).toEqual(expected);
          expect(await all(onBox, size, isBackward)).toEqual(expected);
        },
      ),
      { numRuns: 60 },
    ));

  it('lie between any two of their cursors', () =>
    fc.assert(
      fc.asyncProperty(
        things.filter((it) => it.length > 0),
        fc.constantFrom(...Object.values(orders)),
        fc.nat(),
        fc.nat(),
        async (made, order, one, other) => {
          await put(made);
          const whole = await read({ first: 100 }, order);
          const [from, to] = [one % made.length, other % made.length];
          const [after, before] = [whole.cursors[from], whole.cursors[to]];
          const expected = whole.nodes.slice(from + 1, to);

          expect((await read({ first: 100, after, before }, order)).nodes).toEqual(expected);
          expect((await read({ last: 100, after, before }, order)).nodes).toEqual(expected);
        },
      ),
      { numRuns: 60 },
    ));

  it('of one thing in two orders do not mix in one operation', async () => {
    const box = newId();
    await put(
      [
        ['b', times[2] as string],
        ['a', times[0] as string],
      ],
      box,
    );
    const ctx = world.app.begin();
    const boxes = (order?: Order) => pageOf<Thing>(ctx, box, {}, 'things', inBox(order));

    const pages = await Promise.all([boxes(), boxes(label), boxes(at), boxes(down(label))]);

    expect(pages.map(labels)).toEqual([
      ['b', 'a'],
      ['a', 'b'],
      ['b', 'a'],
      ['b', 'a'],
    ]);
  });
});

describe('a connection that has more to show', () => {
  @ObjectType('Thing')
  class ThingType {
    @Field(() => String)
    label!: string;
  }

  @ObjectType('ThingConnection', { description: 'A list of things, in pages.' })
  class ThingConnection extends connectionOf(() => ThingType, 'Thing') {
    countLetters!: () => Promise<number>;
  }

  it('has the fields of every list and its own, made when asked for', async () => {
    await putLabels('aa', 'bbb');
    let counted = 0;
    const countLetters = async () => {
      counted += 1;
      return 5;
    };

    @Resolver(() => ThingConnection)
    class ThingResolver {
      @Query(() => ThingConnection)
      async things() {
        return ThingConnection.of(await read({ first: 1 }, label), { countLetters });
      }

      @FieldResolver(() => Int)
      letters(@Root() list: ThingConnection) {
        return list.countLetters();
      }
    }
    const schema = buildSchemaSync({ resolvers: [ThingResolver], validate: false });
    const ask = async (fields: string) =>
      (await graphql({ schema, source: `{ things { ${fields} } }` })) as {
        data: { things: object };
      };

    const plain = await ask(
      'nodes { label } edges { cursor node { label } } pageInfo { endCursor } totalCount',
    );
    const before = counted;
    const more = await ask('letters');

    const [cursor] = (await read({ first: 1 }, label)).cursors;
    expect(plain.data.things).toEqual({
      nodes: [{ label: 'aa' }],
      edges: [{ cursor, node: { label: 'aa' } }],
      pageInfo: { endCursor: cursor },
      totalCount: 2,
    });
    expect([before, more.data.things, counted]).toEqual([0, { letters: 5 }, 1]);
  });
});
