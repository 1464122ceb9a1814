import { both, either, type Tree } from '../../src/search/tree.ts';

/** Trees as the dialect of communities in `dialects.ts` makes them. */
const bare = ['title', 'description'];
const begun = ['title'];

export const word = (it: string, fields = bare): Tree => ({ is: 'word', fields, word: it });

export const beginning = (it: string, fields = bare): Tree => ({
  is: 'beginning',
  fields,
  word: it,
});

export const phrase = (words: string, slop = 0, fields = bare): Tree => ({
  is: 'phrase',
  fields,
  words: words.split(' '),
  slop,
});

export const pattern = (it: string, fields = bare): Tree => ({
  is: 'pattern',
  fields,
  pattern: it,
});

export const similar = (it: string, edits: 1 | 2, fields = bare): Tree => ({
  is: 'similar',
  fields,
  word: it,
  edits,
});

export const value = (field: string, it: string): Tree => ({ is: 'value', field, value: it });

export const valueBeginning = (field: string, it: string): Tree => ({
  is: 'valueBeginning',
  field,
  value: it,
});

export const filled = (field: string): Tree => ({ is: 'filled', field });

/** From the one day on and before the other. */
export const days = (from: string | null, to: string | null): Tree => ({
  is: 'dates',
  field: 'created',
  from: from && `${from}T00:00:00.000Z`,
  to: to && `${to}T00:00:00.000Z`,
});

/** A word without a field. */
export const any = (it: string): Tree => either(word(it), beginning(it, begun), value('slug', it));

/** A word in the title. */
export const titled = (it: string): Tree => either(word(it, begun), beginning(it, begun));

export const not = (...mustNot: Tree[]): Tree => ({ is: 'bool', must: [], should: [], mustNot });

export const bool = (must: Tree[], should: Tree[], mustNot: Tree[] = []): Tree => ({
  is: 'bool',
  must,
  should,
  mustNot,
});

export { both, either };
