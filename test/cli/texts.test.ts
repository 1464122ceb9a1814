import { describe, expect, it } from 'vitest';
import { readIngest } from '../../src/cli/ingest-file.ts';
import { progressOn, timeOf } from '../../src/cli/progress.ts';
import { readReferences } from '../../src/cli/references.ts';
import { facts, table } from '../../src/cli/table.ts';
import { Tally } from '../../src/cli/tally.ts';
import type { Standing } from '../../src/sync/standing.ts';
import { paper } from './kit.ts';

describe('references', () => {
  it.each([
    [['1-3', '2', '7,8'], '', ['1', '2', '3', '7', '8']],
    [['janeuser', 'a-b', '10-x'], '', ['janeuser', 'a-b', '10-x']],
    [['5', '-', '9'], '6-7\r\n\n8, 5\n', ['5', '6', '7', '8', '9']],
    [['007-009'], '', ['7', '8', '9']],
    [[], '', []],
  ])('%j with %j on standard input are %j', async (given, input, names) => {
    expect(await readReferences(paper({ input }), given, false)).toEqual(names);
  });

  it('are taken as they stand where they are names', async () => {
    expect(await readReferences(paper(), ['1-3,jane'], true)).toEqual(['1-3', 'jane']);
  });

  it.each([
    ['9-1', '1-9'],
    ['1-999999', 'split it'],
  ])('%s is refused', async (range, way) => {
    await expect(readReferences(paper(), [range], false)).rejects.toThrow(way);
  });
});

describe('a file of people', () => {
  const read = (input: string, options = {}) =>
    readIngest(paper({ input }), '-', { format: 'auto', offset: 0, ...options });

  it.each([
    ['jsonl', '{"id":1234}\n{"username":"amara"}\n"jane"\n77\n', ['1234', 'amara', 'jane', '77']],
    ['csv', 'Name,ID\nJane,1234\n"Okafor, A.",5678\n', ['1234', '5678']],
    ['csv', 'jane,1\namara,2\n', ['jane', 'amara']],
    ['csv', '"username";"x"\n"a ""b""";1\n', ['a "b"']],
    ['usernames', '\ufeffjane\r\namara\r\n', ['jane', 'amara']],
  ])('is told to be %s: %j', async (format, text, ids) => {
    expect(await read(text)).toMatchObject({ format, ids, problems: [] });
  });

  it('prefers what the service calls them', async () => {
    const { ids } = await read('{"username":"jane","id":5,"subject":"s-1"}');
    expect(ids).toEqual(['s-1']);
  });

  it('counts what is skipped, and says of each row what is wrong with it', async () => {
    const told = await read('"a"\n\n"a"\n{"name":"nobody"}\n{broken\n""\n"b"\n');

    expect(told).toMatchObject({ rowsSeen: 7, ids: ['a', 'b'], skipped: 2 });
    expect(told.problems).toEqual([
      { row: 4, message: 'has none of subject, id, username, user_login, login' },
      { row: 5, message: 'has none of subject, id, username, user_login, login' },
      { row: 6, message: 'names nobody by 1 to 255 printable characters' },
    ]);
  });

  it('begins and ends where it is told to', async () => {
    const told = await read('a\nb\nc\nd\ne\n', { offset: 1, limit: 2 });
    expect(told).toMatchObject({ rowsSeen: 3, ids: ['b', 'c'], skipped: 1 });
  });

  it('that is not there is named', async () => {
    const reading = readIngest(paper(), '/nowhere/people.csv', { format: 'auto', offset: 0 });
    await expect(reading).rejects.toThrow('/nowhere/people.csv cannot be read');
  });
});

describe('tables', () => {
  it('are aligned by what is seen, and do nothing to the terminal', () => {
    const text = table(
      paper(),
      ['name', 'n'],
      [
        ['Jose\u0301', 1],
        ['東京', 2],
        ['\u001b[31mred', 3],
        [null, true],
      ],
    );

    expect(text.split('\n')).toEqual([
      'name      n',
      'Jose\u0301      1',
      '東京      2',
      '\ufffd[31mred  3',
      '-         yes',
    ]);
  });

  it('have colours only where there are any', () => {
    expect(table(paper(), ['a'], [['b']])).not.toContain('\u001b');
    expect(table(paper({ hasColor: true }), ['a'], [['b']])).toContain('\u001b[1m');
    expect(facts(paper({ hasColor: true }), [['a', 'b']])).toContain('\u001b[2m');
  });

  it('of nothing say so', () => {
    expect(table(paper(), ['a'], [], 'Nobody.')).toBe('Nobody.');
  });
});

describe('progress', () => {
  it('is drawn anew on a terminal', () => {
    const screen = paper({ canRedraw: true });
    const progress = progressOn(screen);
    progress.show(10, 10, 'changed 10');
    progress.end();
    const [before, drawn] = screen.texts.err.split('\r\u001b[K');
    expect(before).toBe('');
    expect(drawn).toMatch(/^█{20} 10\/10, .*\| changed 10\n$/);
  });

  it('is a line now and then elsewhere, and nothing for programs', () => {
    const [log, pipe] = [paper(), paper()];
    for (const [screen, isJson] of [
      [log, false],
      [pipe, true],
    ] as const) {
      const progress = progressOn(screen, isJson);
      for (let done = 0; done <= 100; done++) progress.show(done, 100, '');
      progress.end();
    }
    expect(log.texts.err.split('\n')).toHaveLength(2);
    expect(pipe.texts.err).toBe('');
  });

  it.each([
    [0.4, '0 s'],
    [200, '3 min 20 s'],
    [7500, '2 h 5 min'],
  ])('%d seconds are %s', (seconds, text) => expect(timeOf(seconds)).toBe(text));
});

describe('a tally', () => {
  const tallied = (total: number, ...verdicts: Standing['verdict'][]) => {
    const tally = new Tally(total);
    verdicts.forEach((verdict, i) => {
      const subject = { idp: 'a', kind: 'USER', remoteId: `${i}` } as const;
      const isBad = verdict === 'FAILED' || verdict === 'WAITING';
      tally.count(subject, { verdict, changes: [], notes: [], ...(isBad && { reason: 'away' }) });
    });
    return tally.answer(paper(), tally.done < total);
  };

  it.each([
    [0, 2, ['CHANGED', 'UNCHANGED']],
    [3, 2, ['CHANGED', 'HELD']],
    [3, 2, ['UNCHANGED', 'FAILED']],
    [3, 2, ['UNCHANGED', 'WAITING']],
    [3, 2, ['UNCHANGED', 'ABSENT']],
    [1, 2, ['FAILED', 'FAILED']],
    [1, 1, ['UNKNOWN']],
    [3, 5, ['CHANGED']],
    [0, 0, []],
  ] as const)('ends with %i where of %i there are %j', (exitCode, total, verdicts) => {
    expect(tallied(total, ...verdicts).exitCode).toBe(exitCode);
  });

  it('names the reasons and those whom they befell', () => {
    const { text, json } = tallied(3, 'FAILED', 'CHANGED', 'FAILED');

    expect(text).toMatch(/failed +2\n +2 × away\n +a:0, a:2/);
    expect(json).toMatchObject({
      outcomes: { changed: 1, failed: 2, timeout: 0, notFoundThere: 0 },
      reasons: [{ verdict: 'failed', reason: 'away', count: 2 }],
    });
  });
});
