import { expect, it } from 'vitest';
import { Refusal } from '../../src/errors.ts';
import { inTurns } from '../../src/pictures/turns.ts';

const gate = () => Promise.withResolvers<void>();

it('does one at a time, in order, whatever becomes of the one before', async () => {
  const turn = inTurns({ waiting: 9, patienceMs: 10_000 });
  const events: string[] = [];
  const work = (name: string) => async () => {
    events.push(`${name} begins`);
    await new Promise(setImmediate);
    events.push(`${name} ends`);
    if (name === 'a') throw new Error('a fails');
    return name;
  };

  const results = await Promise.allSettled(['a', 'b', 'c'].map((it) => turn(work(it))));
  const later = await turn(work('d'));

  expect(results.map((it) => it.status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  expect(later).toBe('d');
  expect(events).toEqual(['a', 'b', 'c', 'd'].flatMap((it) => [`${it} begins`, `${it} ends`]));
});

it('refuses who would be one too many, and says to try later', async () => {
  const turn = inTurns({ waiting: 2, patienceMs: 10_000 });
  const { promise, resolve } = gate();
  const held = [turn(() => promise), turn(async () => 1), turn(async () => 2)];

  const refused = await turn(async () => 3).catch((it: unknown) => it);

  expect(refused).toBeInstanceOf(Refusal);
  expect((refused as Refusal).message).toContain('try again');
  resolve();
  expect(await Promise.all(held)).toEqual([undefined, 1, 2]);
  expect(await turn(async () => 4)).toBe(4);
});

it('refuses who has waited too long, and goes on with the others', async () => {
  const turn = inTurns({ waiting: 9, patienceMs: 30 });
  const { promise, resolve } = gate();
  const held = turn(() => promise);
  let isDone = false;

  const late = turn(async () => {
    isDone = true;
  });

  await expect(late).rejects.toThrow('try again');
  resolve();
  await held;
  expect(await turn(async () => 'next')).toBe('next');
  expect(isDone).toBe(false);
});
