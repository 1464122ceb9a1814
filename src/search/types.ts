import { ArgsType, Field, Int, ObjectType } from 'type-graphql';
import type { connectionOf, Page } from '../connection.ts';
import { enumOf } from '../enums.ts';
import { PageArgs } from '../page-args.ts';
import type { EngineName } from './engine.ts';
import type { Warning, WarningCode } from './language/warning.ts';

/** A page of a list that can be searched as a whole. */
@ArgsType()
export class SearchArgs extends PageArgs {
  @Field(() => String, {
    nullable: true,
    description: 'What is looked for, in the query language.',
  })
  query?: string | null;
}

export const SearchEngineEnum = enumOf<EngineName>('SearchEngine', 'What finds things.', {
  POSTGRESQL: 'The database.',
  ELASTICSEARCH: 'Elasticsearch, where there is one and it answers.',
});

export const SearchWarningCodeEnum = enumOf<WarningCode>(
  'SearchWarningCode',
  'What of a query was not understood as it was written.',
  {
    BROKEN: 'It cannot be read as a query, and was read as plain words.',
    TOO_LONG: 'It is too long: its beginning was read, as plain words.',
    TOO_MANY_CLAUSES: 'It has too many parts: the first of them were read, as plain words.',
    TOO_MANY_WORDS: 'A quotation is too long: its first words are looked for.',
    TOO_DEEP: 'Its parentheses are too deep in each other: it was read as plain words.',
    UNKNOWN_FIELD: 'There is no such field: the part was read as plain words.',
    NOT_A_VALUE: 'The field can have no such value.',
    NO_RANGE: 'Only dates have ranges: the part was read as plain words.',
    NO_REGEX: 'Regular expressions are not understood: the part was read as plain words.',
    NO_WORDS: 'There is no word in the part: it was left out.',
    LEADING_WILDCARD: 'Words begin with a letter: `*` and `?` before it were left out.',
    WILDCARD: '`*` and `?` stand where they cannot.',
    TOO_FUZZY: 'Words may differ in two letters at most.',
    FUZZINESS: '`~` stands where it cannot, and was left out.',
    SLOP: 'The number after a quotation is too high or not there, or it is the fifth of such quotations.',
  },
);

@ObjectType({ description: 'Something in a query that was not understood as it was written.' })
export class SearchWarning implements Warning {
  @Field(() => SearchWarningCodeEnum, { description: 'What it is.' })
  code!: WarningCode;

  @Field(() => String, { description: 'The same for people.' })
  message!: string;

  @Field(() => Int, {
    nullable: true,
    description: 'Where in the query, in UTF-16 units from 0; null if it is about the whole of it.',
  })
  at!: number | null;
}

/** A page of a list that can be searched. */
export interface SearchPage<Row extends { id: string }> extends Page<Row> {
  /** How the query was understood; null if there was none. */
  parsedQuery: string | null;
  warnings: Warning[];
  engine: EngineName;
  /** Whether the total is counted, and not estimated. */
  isExact: () => Promise<boolean>;
}

/** A page that the database answered without the help of an index of words. */
export const unsearched = <Row extends { id: string }>(page: Page<Row>): SearchPage<Row> => ({
  ...page,
  parsedQuery: null,
  warnings: [],
  engine: 'POSTGRESQL',
  isExact: async () => true,
});

/**
 * The GraphQL type of a list that can be searched: a connection that also says how the query was
 * understood, and who answered it.
 * @param Listed the connection.
 * @param name of the type, as in the schema.
 */
export function searchConnectionOf(Listed: ReturnType<typeof connectionOf>, name: string) {
  @ObjectType(name, { description: 'A list that can be searched, in pages.' })
  class SearchConnection extends Listed implements Omit<SearchPage<{ id: string }>, 'nodes'> {
    @Field(() => String, {
      nullable: true,
      description: 'The query as it was understood, in the same language; null if there was none.',
    })
    parsedQuery!: string | null;

    @Field(() => [SearchWarning], {
      description: 'What of the query was not understood as it was written.',
    })
    warnings!: SearchWarning[];

    @Field(() => SearchEngineEnum, { description: 'What found the items.' })
    engine!: EngineName;

    isExact!: () => Promise<boolean>;

    @Field(() => Boolean, {
      description: 'Whether `totalCount` is counted, and not estimated; up to 10,000 always.',
    })
    totalCountIsExact(): Promise<boolean> {
      return this.isExact();
    }

    /** The same as `of`, for pages of lists that can be searched. */
    static found<C extends SearchConnection>(
      this: new () => C,
      page: SearchPage<{ id: string }>,
      ...more: keyof C extends keyof SearchConnection ? [] : [Omit<C, keyof SearchConnection>]
    ): C {
      return Object.assign(new this(), page, ...more);
    }
  }
  return SearchConnection;
}
