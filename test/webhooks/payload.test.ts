import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readNotice } from '../../src/webhooks/payload.ts';

const read = (body: string | Buffer) => readNotice(Buffer.from(body as string));
const readJson = (body: unknown) => read(JSON.stringify(body));

const problemsOf = (body: string | Buffer) => {
  const result = read(body);
  return 'problems' in result ? result.problems.map((p) => `${p.path}: ${p.message}`) : [];
};

const eventsOf = (updates: unknown) => {
  const result = readJson({ idp: 'kc', updates });
  if ('problems' in result) throw new Error(JSON.stringify(result.problems));
  return result.notice.events;
};

const good = { id: 'good', event: 'updated' };

/** What becomes of one event that stands beside a good one. */
const outcomeOf = (event: unknown, kind = 'users') => {
  const [, outcome] = eventsOf({ groups: [good], [kind]: [event] });
  return outcome;
};

describe('a notice', () => {
  it('is what the original documents', () => {
    const result = readJson({
      idp: 'knowledgeCommons',
      updates: {
        users: [
          { id: '1234', event: 'updated' },
          { id: '5678', event: 'created' },
        ],
        groups: [{ id: '1234', event: 'deleted' }],
      },
    });

    expect(result).toEqual({
      notice: {
        idp: 'knowledgeCommons',
        events: [
          {
            path: 'updates.users[0]',
            kind: 'users',
            id: '1234',
            event: 'updated',
            verdict: 'valid',
          },
          {
            path: 'updates.users[1]',
            kind: 'users',
            id: '5678',
            event: 'created',
            verdict: 'valid',
          },
          {
            path: 'updates.groups[0]',
            kind: 'groups',
            id: '1234',
            event: 'deleted',
            verdict: 'valid',
          },
        ],
      },
    });
  });

  it.each([
    ['a byte order mark', `\uFEFF{"idp":"kc","updates":{"users":[{"id":"1","event":"updated"}]}}`],
    [
      'unknown keys',
      '{"v":2,"idp":"kc","updates":{"users":[{"id":"1","event":"updated","x":[]}]}}',
    ],
    ['a repeated key', '{"idp":"x","idp":"kc","updates":{"users":[{"id":"1","event":"updated"}]}}'],
    [
      'keys of prototypes',
      `{"__proto__":{"idp":"x"},"constructor":{},"idp":"kc",
        "updates":{"users":[{"__proto__":{"id":"x"},"id":"1","event":"updated"}]}}`,
    ],
    [
      'a kind without events',
      '{"idp":"kc","updates":{"users":[{"id":"1","event":"updated"}],"groups":[]}}',
    ],
  ])('may have %s', (_, body) => {
    expect(read(body)).toEqual({
      notice: {
        idp: 'kc',
        events: [
          { path: 'updates.users[0]', kind: 'users', id: '1', event: 'updated', verdict: 'valid' },
        ],
      },
    });
  });

  it('holds up to 1,000 events, of all kinds together', () => {
    const half = Array(500).fill(good);

    expect(eventsOf({ users: half, groups: half })).toHaveLength(1000);
    expect(
      problemsOf(JSON.stringify({ idp: 'kc', updates: { users: half, groups: half, x: {} } })),
    ).toEqual(['updates: holds 1001 events; at most 1000 are taken at once']);
  });
});

describe('a body is refused as a whole, with every problem named,', () => {
  it.each([
    ['empty', '', 'is not JSON'],
    ['cut off', '{"idp": "kc", ', 'is not JSON at position 14'],
    ['cut off in a text', '{"idp": "kc', 'is not JSON at position 11'],
    ['followed by more', '{}\n{}', 'is not JSON at position 3'],
    ['given a comma too many', '{"idp": "kc",\n "updates": {},\n}', 'is not JSON at position 30'],
    ['given a comma too few', '{"users": [{} {}]}', 'is not JSON at position 14'],
    ['quoted with apostrophes', "{'idp': 'kc'}", 'is not JSON at position 1'],
    ['given a wrong escape', '{"idp": "\\x"}', 'is not JSON at position 10'],
    ['given a value twice', '[1 2]', 'is not JSON at position 3'],
    ['closed wrongly', '[[1, null], true}', 'is not JSON at position 16'],
    ['a form', 'idp=kc&updates=', 'is not JSON'],
    ['a text that speaks as V8 does', 'x at position 7 (line 1 column 8)', 'is not JSON'],
    ['not a value', 'NaN', 'is not JSON'],
    ['only brackets', '['.repeat(65536), 'is not JSON'],
    ['null', 'null', 'must be an object, not null'],
    ['a list', '[]', 'must be an object, not a list'],
    ['a text', '"kc"', 'must be an object, not a string'],
    ['a number', '7', 'must be an object, not a number'],
    ['a deep list', '['.repeat(32768) + ']'.repeat(32768), 'must be an object, not a list'],
  ])('when it is %s', (_, body, message) => {
    expect(problemsOf(body)).toEqual([`body: ${message}`]);
  });

  it.each([
    ['Latin-1', [0x22, 0xe9, 0x22]],
    ['UTF-16', [0xff, 0xfe, 0x7b, 0x00]],
    ['an overlong form', [0x22, 0xc0, 0xaf, 0x22]],
    ['half a pair', [0x22, 0xed, 0xa0, 0x80, 0x22]],
  ])('when it is not UTF-8 but %s', (_, bytes) => {
    expect(problemsOf(Buffer.from(bytes))).toEqual(['body: is not UTF-8']);
  });

  const users = '{"users":[{"id":"1","event":"updated"}]}';

  it.each([
    ['{}', ['idp: is missing', 'updates: is missing']],
    [`{"updates":${users}}`, ['idp: is missing']],
    [`{"idp":null,"updates":${users}}`, ['idp: must be a string, not null']],
    [`{"idp":["kc"],"updates":${users}}`, ['idp: must be a string, not a list']],
    [`{"idp":" ","updates":${users}}`, ['idp: is empty']],
    [`{"idp":"${'x'.repeat(101)}","updates":${users}}`, ['idp: is longer than 100 characters']],
    [`{"idp":"k\\u0000c","updates":${users}}`, ['idp: has control characters']],
    ['{"idp":"kc"}', ['updates: is missing']],
    ['{"idp":"kc","updates":[]}', ['updates: must be an object, not a list']],
    ['{"idp":"kc","updates":"users"}', ['updates: must be an object, not a string']],
    ['{"idp":"kc","updates":{}}', ['updates: holds no events']],
    ['{"idp":"kc","updates":{"users":[],"groups":[]}}', ['updates: holds no events']],
    [
      '{"idp":7,"updates":{"users":{"id":"1"},"groups":null,"teams":"a","__proto__":1}}',
      [
        'idp: must be a string, not a number',
        'updates.users: must be a list, not an object',
        'updates.groups: must be a list, not null',
        'updates.teams: must be a list, not a string',
        'updates.__proto__: must be a list, not a number',
      ],
    ],
  ])('when its frame is wrong: %s', (body, problems) => {
    expect(problemsOf(body)).toEqual(problems);
  });

  it('when no event in it is valid', () => {
    const updates = {
      users: [{ event: 'updated' }, {}, { id: '1', event: 'renamed' }, null],
      associations: { associations: [{ id: '1', event: 'associated' }] },
    };

    expect(problemsOf(JSON.stringify({ idp: 'kc', updates }))).toEqual([
      'updates.users[0].id: is missing',
      'updates.users[1].id: is missing',
      'updates.users[1].event: is missing',
      'updates.users[2].event: is not one of created, updated, deleted',
      'updates.users[3]: must be an object, not null',
      'updates.associations: is of an unknown kind; known: users, groups',
    ]);
  });

  it('when its frame is wrong, even beside valid events', () => {
    expect(problemsOf('{"updates":{"users":[{"id":"1","event":"updated"},{"id":""}]}}')).toEqual([
      'idp: is missing',
      'updates.users[1].id: is empty',
      'updates.users[1].event: is missing',
    ]);
  });
});

describe('an event beside a good one', () => {
  it.each([
    [{ event: 'updated' }, 'id is missing'],
    [{ id: null, event: 'updated' }, 'id must be a string, not null'],
    [{ id: true, event: 'updated' }, 'id must be a string, not a boolean'],
    [{ id: ['1'], event: 'updated' }, 'id must be a string, not a list'],
    [{ id: {}, event: 'updated' }, 'id must be a string, not an object'],
    [{ id: '', event: 'updated' }, 'id is empty'],
    [{ id: ' \t', event: 'updated' }, 'id is empty'],
    [{ id: 'x'.repeat(256), event: 'updated' }, 'id is longer than 255 characters'],
    [{ id: 'a\u0000', event: 'updated' }, 'id has control characters'],
    [{ id: 'a\r\nb', event: 'updated' }, 'id has control characters'],
    [{ id: 'a\ud800', event: 'updated' }, 'id has control characters'],
    [{ id: -1, event: 'updated' }, 'id is not a whole number below 2^53'],
    [{ id: 1.5, event: 'updated' }, 'id is not a whole number below 2^53'],
    [{ id: 2 ** 53, event: 'updated' }, 'id is not a whole number below 2^53'],
    [{ id: '1' }, 'event is missing'],
    [{ id: '1', event: 1 }, 'event must be a string, not a number'],
    [
      { id: 'a\n', event: 'renamed' },
      'id has control characters; event is not one of created, updated, deleted',
    ],
    [{}, 'id is missing; event is missing'],
    [null, 'must be an object, not null'],
    ['1', 'must be an object, not a string'],
    [[], 'must be an object, not a list'],
  ])('is invalid: %j', (event, problem) => {
    expect(outcomeOf(event)).toMatchObject({
      path: 'updates.users[0]',
      verdict: 'invalid',
      problem,
    });
  });

  it.each([
    ['users', { id: '1', event: 'renamed' }],
    ['users', { id: '1', event: 'Updated' }],
    ['users', { id: '1', event: '' }],
    ['associations', { id: '1', event: 'associated' }],
    ['associations', null],
    ['__proto__x', { id: '1', event: 'updated' }],
    ['Users', { id: '1', event: 'updated' }],
  ])('is unsupported: %s %j', (kind, event) => {
    expect(outcomeOf(event, kind)).toMatchObject({ kind, verdict: 'unsupported' });
  });

  it.each([
    [0, '0'],
    [1234, '1234'],
    [2 ** 53 - 1, '9007199254740991'],
    ['007', '007'],
    ['http://cilogon.org/serverE/users/329380', 'http://cilogon.org/serverE/users/329380'],
    ['Åsa 李', 'Åsa 李'],
    ['x'.repeat(255), 'x'.repeat(255)],
  ])('may have the id %j', (id, read) => {
    expect(outcomeOf({ id, event: 'created' })).toMatchObject({ id: read, verdict: 'valid' });
  });

  it('is one event if its kind is an object', () => {
    const nested = { associations: [{ id: '1' }, { id: '2' }] };

    expect(eventsOf({ users: [good], associations: nested })).toMatchObject([
      { path: 'updates.users[0]', verdict: 'valid' },
      { path: 'updates.associations', kind: 'associations', verdict: 'unsupported' },
    ]);
  });

  it('is repeated only in short and printable words', () => {
    const name = `\u0000\n${'x'.repeat(1000)}`;

    expect(outcomeOf({ id: name, event: name }, name)).toEqual({
      path: `updates.\uFFFD\uFFFD${'x'.repeat(48)}…[0]`,
      kind: `\uFFFD\uFFFD${'x'.repeat(48)}…`,
      event: `\uFFFD\uFFFD${'x'.repeat(48)}…`,
      verdict: 'unsupported',
      problem: 'is of an unknown kind; known: users, groups',
    });
  });
});

describe('whatever is sent', () => {
  const event = fc.record(
    {
      id: fc.oneof(fc.string({ unit: 'binary' }), fc.integer(), fc.jsonValue()),
      event: fc.oneof(fc.constantFrom('created', 'updated', 'deleted'), fc.jsonValue()),
    },
    { requiredKeys: [] },
  );
  const list = fc.oneof(fc.array(fc.oneof(event, fc.jsonValue())), fc.jsonValue());
  const body = fc.record(
    {
      idp: fc.oneof(fc.constant('kc'), fc.jsonValue()),
      updates: fc.oneof(fc.record({ users: list, groups: list, teams: list }), fc.jsonValue()),
    },
    { requiredKeys: [] },
  );

  it('bytes are read or refused with a reason', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(problemsOf(Buffer.from(bytes))).not.toEqual([]);
      }),
    );
  });

  it('JSON is read or refused with a reason', () => {
    fc.assert(
      fc.property(fc.oneof(body, fc.jsonValue()), (json) => {
        const result = readJson(json);

        if ('problems' in result) expect(result.problems).not.toEqual([]);
        else expect(result.notice.events.some((each) => each.verdict === 'valid')).toBe(true);
      }),
    );
  });

  it('JSON with a character changed is refused where V8 finds the mistake', () => {
    const ascii = fc.string({ minLength: 1, maxLength: 1 });
    fc.assert(
      fc.property(body, fc.nat(), ascii, (json, at, character) => {
        const text = JSON.stringify(json).replace(/[^ -~]/g, '');
        const cut = at % text.length;
        const changed = text.slice(0, cut) + character + text.slice(cut + 1);
        const mistake = mistakeIn(changed);

        const said = problemsOf(changed).find((problem) => problem.startsWith('body: is not JSON'));

        expect(said === undefined).toBe(mistake === undefined);
        if (said === undefined) return;
        const [place = ''] = said.match(/ at position \d+$/) ?? [];
        expect(said).toBe(`body: is not JSON${place}`);
        expect(mistake).toMatch(new RegExp(`${place}\\b`));
      }),
      { numRuns: 1000 },
    );
  });

  it('a notice has at most 1,000 events, all of them printable', () => {
    fc.assert(
      fc.property(fc.nat(1200), fc.nat(1200), event, (users, groups, some) => {
        const result = readJson({
          idp: 'kc',
          updates: { users: [good, ...Array(users).fill(some)], groups: Array(groups).fill(some) },
        });

        expect('notice' in result).toBe(users + groups < 1000);
        if ('problems' in result) return;
        expect(result.notice.events).toHaveLength(users + groups + 1);
        expect(Object.values(result.notice.events.at(-1) ?? {}).join('')).not.toMatch(
          /[\p{Cc}\p{Cs}]/u,
        );
      }),
    );
  });
});

/** What V8 says is wrong with the JSON. */
function mistakeIn(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return (error as SyntaxError).message;
  }
}
