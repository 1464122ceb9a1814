import { ArgsType, Field, Int } from 'type-graphql';
import type { PageInfo } from './connection.ts';
import { type CursorOrder, type Place, placeOf } from './cursor.ts';
import { Refusal, Refusals } from './errors.ts';

/** How many items a page has when nobody says, and at most. */
const usual = 20;
const most = 100;

@ArgsType()
export class PageArgs {
  @Field(() => Int, { nullable: true, description: 'The first so many items, 1 to 100.' })
  first?: number;

  @Field(() => String, { nullable: true, description: 'Only items after this cursor.' })
  after?: string;

  @Field(() => Int, { nullable: true, description: 'The last so many items, 1 to 100.' })
  last?: number;

  @Field(() => String, { nullable: true, description: 'Only items before this cursor.' })
  before?: string;
}

/** Which part of a list is wanted. */
export interface Wanted {
  size: number;
  isBackward: boolean;
  after?: Place;
  before?: Place;
}

/**
 * What the arguments ask for.
 * @throws Refusals with all that is wrong with them.
 */
export function readArgs(
  { first, last, after, before }: PageArgs,
  order: CursorOrder | undefined,
): Wanted {
  const problems: Refusal[] = [];
  for (const [name, size] of Object.entries({ first, last })) {
    if (size !== undefined && size !== null && (size < 1 || size > most)) {
      problems.push(new Refusal('INVALID', `must be 1 to ${most}, not ${size}.`, [name]));
    }
  }
  if (first != null && last != null) {
    problems.push(new Refusal('INVALID', 'cannot go with "first".', ['last']));
  }
  for (const [name, cursor] of Object.entries({ after, before })) {
    if (cursor != null && !placeOf(cursor, order)) {
      problems.push(new Refusal('INVALID', 'is not a cursor of such a list.', [name]));
    }
  }
  if (problems.length > 0) throw new Refusals(problems);
  return {
    size: first ?? last ?? usual,
    isBackward: last != null,
    after: placeOf(after, order),
    before: placeOf(before, order),
  };
}

/** Where the page with these cursors lies, and whether the list goes on in the direction of reading. */
export const pageInfoOf = (
  { isBackward, after, before }: Wanted,
  isMore: boolean,
  cursors: string[],
): PageInfo => ({
  hasNextPage: isBackward ? before !== undefined : isMore,
  hasPreviousPage: isBackward ? isMore : after !== undefined,
  startCursor: cursors[0] ?? null,
  endCursor: cursors.at(-1) ?? null,
});
