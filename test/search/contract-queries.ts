import type { Sort } from '../../src/search/engine.ts';
import type { ActorName } from './corpus.ts';

/** What is asked beside the query, and what is answered beside the hits. */
export interface More {
  as?: ActorName;
  sort?: Sort;
  filter?: object;
  /** The codes of all warnings, in their order. */
  warns?: string;
  /** Whether the hits come in the order in which they are written here. */
  isOrdered?: true;
}

/** A query and the names of what it finds, with blanks between them. `{id:atlas}` is an id in queries. */
export type Row = readonly [query: string, finds: string, more?: More | undefined];

/** Names, and sets of them under the names of tables. */
export type Table = Record<string, readonly Row[]>;

const [every, some] = ['r g b rg rb gb rgb', 'r g rg rb gb rgb'];
const palettes = (rows: readonly Row[]): Row[] =>
  rows.map(([query, finds, more]) => [query, finds.replaceAll(/\w+/g, 'c-$&'), more]);

export const operators: Table = {
  'what two words without a word between them mean': palettes([
    ['red', 'r rg rb rgb'],
    ['red green', some],
    ['red green blue', every],
    ['  red \u3000 green\t', some],
  ]),
  'AND, OR and NOT, which are no precedence but what Lucene makes of them': palettes([
    ['red AND green', 'rg rgb'],
    ['red AND green AND blue', 'rgb'],
    ['red OR green', some],
    ['red OR green OR blue', every],
    ['red OR green AND blue', 'gb rgb'],
    ['red AND green OR blue', 'rg rgb'],
    ['red AND green OR blue AND red', 'rgb'],
    ['red AND NOT green', 'r rb'],
    ['red NOT green', 'r rb'],
    ['red OR NOT green', 'r rb'],
    ['NOT red AND green', 'g gb'],
    ['NOT red green', 'g gb'],
    ['palette NOT red', 'g b gb'],
    ['palette AND NOT red AND NOT green', 'b'],
    ['red AND blue NOT green', 'rb'],
    ['palette red AND green', 'rg rgb'],
  ]),
  'signs for them': palettes([
    ['red && green', 'rg rgb'],
    ['red || green', some],
    ['red && !green', 'r rb'],
    ['!red && green', 'g gb'],
    ['red !green', 'r rb'],
    ['+red', 'r rg rb rgb'],
    ['+red green', 'r rg rb rgb'],
    ['+red +green', 'rg rgb'],
    ['+red -green', 'r rb'],
    ['red -green blue', 'r b rb'],
    ['-red +green', 'g gb'],
    ['-red green', 'g gb'],
    ['red AND +green', 'rg rgb'],
    ['red AND -green', 'r rb'],
    ['red OR +green', 'g rg gb rgb'],
    ['red OR -green', 'r rb'],
    ['+red OR green', 'r rg rb rgb'],
    ['-red OR green', 'g gb'],
    ['+red AND -blue OR green', 'r rg'],
  ]),
  parentheses: palettes([
    ['(red)', 'r rg rb rgb'],
    ['((red AND ((green))))', 'rg rgb'],
    ['red AND (green OR blue)', 'rg rb rgb'],
    ['(red OR green) AND blue', 'rb gb rgb'],
    ['(red AND green) OR blue', 'b rg rb gb rgb'],
    ['(red AND green) OR (blue AND NOT red)', 'b rg gb rgb'],
    ['+(red green) -blue', 'r g rg'],
    ['-(red green) +palette', 'b'],
    ['palette AND NOT (red AND green)', 'r g b rb gb'],
    ['palette AND NOT (NOT red AND palette)', 'r rg rb rgb'],
    ['palette AND (NOT red)', 'g b gb'],
    ['+(+red +green)', 'rg rgb'],
    ['(red)(green)', some],
    ['description:(red AND green)', 'rg rgb'],
    ['description:(red green)', some],
    ['description:(+green -red)', 'g gb'],
    ['title:(red OR green)', ''],
  ]),
  'what begins a query of one clause': palettes([
    ['red AND *', 'r rg rb rgb'],
    ['red AND *:*', 'r rg rb rgb'],
    ['*:* AND palette', every],
    ['+*:* +palette -red', 'g b gb'],
  ]),
  'what is broken, read as words': palettes([
    ['red AND', 'r rg rb rgb', { warns: 'BROKEN' }],
    ['AND red', 'r rg rb rgb', { warns: 'BROKEN' }],
    ['red AND OR green', some, { warns: 'BROKEN' }],
    ['(red AND green', some, { warns: 'BROKEN' }],
    ['red AND green)', some, { warns: 'BROKEN' }],
    ['red AND (green', some, { warns: 'BROKEN' }],
    ['"red AND green', some, { warns: 'BROKEN' }],
    ['+red -"green', some, { warns: 'BROKEN' }],
    ['description:(red AND green', some, { warns: 'BROKEN' }],
    ['created:[2015 TO', '', { warns: 'BROKEN' }],
  ]),
};

export const signs: Table = {
  'words with signs in them': [
    ['covid-19', 'covid-19'],
    ['COVID 19', 'covid-19 nineteen covid-friends'],
    ['covid AND 19', 'covid-19 nineteen'],
    ['"covid 19"', 'covid-19'],
    ['"19 covid"~1', ''],
    ['"19 covid"~3', 'covid-19 nineteen'],
    ['sars-cov-2', 'covid-19'],
    ['title:covid-19', 'covid-19'],
    ['o’brien', 'letters'],
    ["o'brien", 'letters'],
    ["O\\'Brien", 'letters'],
    ['brien', 'brien letters'],
    ['"c++"', 'cpp vitamins'],
    ['"c#"', 'cpp vitamins'],
    ['3.14159', 'numbers'],
    ['007', 'numbers'],
    ['1e10', 'numbers'],
    ['erc-2020-7', 'funded-two'],
    ['website:example.org', 'web'],
    ['website:"maps/old"', 'web'],
    ['website:"https://example.org/maps/old?sheet=42"', 'web'],
    ['website:"example maps"', ''],
    ['maps', ''],
    ['donaudampfschiff*', 'long'],
    ['donaudampfschiff'.repeat(4), 'long'],
    ['donaudampfschiff'.repeat(5), 'long'],
    [`${'donaudampfschiff'.repeat(4)}x`, 'long'],
    ['donaudampfschiff', ''],
  ],
  escapes: [
    ['\\"ocean AND data\\"', 'ocean-data data-ocean lakes'],
    ['\\(ocean\\)', 'ocean-data data-ocean oceanography lakes'],
    ['title:\\AND', 'and-or-not cpp'],
    ['title\\:ocean', ''],
    ['\\+red', 'c-r c-rg c-rb c-rgb'],
    ['te\\?t', ''],
    ['"say \\"ocean data\\""', ''],
    ['"\\"ocean data\\""', 'ocean-data'],
  ],
  'what says nothing': [
    ['!!!', '', { warns: 'BROKEN' }],
    ['"!!!"', '', { warns: 'NO_WORDS' }],
    ['&', '', { warns: 'NO_WORDS' }],
    ['ocean &', 'ocean-data data-ocean oceanography lakes', { warns: 'NO_WORDS' }],
  ],
  'no field of ours, read as words': [
    ['re: sculpture', 'marble', { warns: 'UNKNOWN_FIELD' }],
    ['nofield:bronze', 'marble', { warns: 'UNKNOWN_FIELD' }],
    ['https://example.net/plan', 'web', { warns: 'UNKNOWN_FIELD' }],
    ['/bronze/', 'marble', { warns: 'NO_REGEX' }],
    ['password:bronze', 'marble', { warns: 'UNKNOWN_FIELD' }],
  ],
};
