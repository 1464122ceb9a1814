import fc from 'fast-check';
import { expect, it } from 'vitest';
import { slugLimit, slugOf } from '../../src/groups/naming.ts';
import { fromGlobalId, type Kind, newId, prefixes, toGlobalId, uuidOf } from '../../src/ids.ts';

const kind = fc.constantFrom(...(Object.keys(prefixes) as Kind[]));
const uuid = fc.oneof(fc.uuid(), fc.constant(0).map(newId));
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme', size: '+1' }),
  fc.string({
    unit: fc.constantFrom('-', '_', ' ', 'a', 'É', '!', '\u00a0', '漢', '🪐'),
    maxLength: 220,
  }),
);
const numRuns = 2_000;

it('makes a slug of every name: short, in plain letters, and never empty', () =>
  fc.assert(
    fc.property(fc.option(text), text.filter(Boolean), (name, remoteId) => {
      const slug = slugOf(name, remoteId);

      expect(slug).toMatch(/^(?!-)(?!.*--)[a-z0-9_-]+(?<!-)$/);
      expect(slug).toMatch(/[a-z0-9]/);
      expect(slug.length).toBeLessThanOrEqual(slugLimit);
    }),
    { numRuns },
  ));

it('makes the same slug of a slug', () =>
  fc.assert(
    fc.property(text, text.filter(Boolean), (name, remoteId) => {
      const slug = slugOf(name, remoteId);

      expect(slugOf(slug, remoteId)).toBe(slug);
    }),
    { numRuns },
  ));

it('reads every id that it wrote, as what it is and as nothing else', () =>
  fc.assert(
    fc.property(kind, kind, uuid, (one, other, id) => {
      const global = toGlobalId(one, id);

      expect(fromGlobalId(global)).toEqual({ kind: one, uuid: id });
      expect(uuidOf(other, global)).toBe(one === other ? id : undefined);
    }),
    { numRuns },
  ));

it('takes no text for an id but those that it wrote itself', () => {
  const alphabet = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_';
  const almost = fc
    .tuple(
      fc.oneof(fc.constantFrom(...Object.values(prefixes)), fc.string({ maxLength: 3 })),
      fc.constantFrom('_', '_', '_', '-', ''),
      fc.string({
        unit: fc.constantFrom(...alphabet, '=', '+', '/', ' ', '\n', '漢'),
        minLength: 21,
        maxLength: 24,
      }),
    )
    .map((it) => it.join(''));
  const mutilated = fc
    .tuple(kind, uuid, fc.nat(25), fc.constantFrom(...alphabet, '=', ' '))
    .map(([kind, id, at, letter]) => {
      const whole = toGlobalId(kind, id);
      return whole.slice(0, at) + letter + whole.slice(at + 1);
    });

  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), almost, mutilated), (text) => {
      const found = fromGlobalId(text);

      if (found) expect(toGlobalId(found.kind, found.uuid)).toBe(text);
      expect(found?.uuid ?? '00000000-0000-0000-0000-000000000000').toMatch(
        /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/,
      );
    }),
    { numRuns },
  );
});
