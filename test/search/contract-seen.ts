import type { Table } from './contract-queries.ts';
import type { ActorName } from './corpus.ts';

const [live, deleted, marked, gone] = [
  { deletionStates: ['LIVE'] },
  { deletionStates: ['DELETED'] },
  { deletionStates: ['MARKED_FOR_PURGE'] },
  { deletionStates: ['DELETED', 'MARKED_FOR_PURGE'] },
];

/** The same for everybody who asks, but for what is not there for them. */
export const seen: Table = {
  'by who is asking': [
    ['cipher', 'cipher-open', { as: 'anyone' }],
    ['cipher', 'cipher-open', { as: 'stranger' }],
    ['cipher', 'cipher-open cipher-mine cipher-role', { as: 'member' }],
    ['cipher', 'cipher-open', { as: 'owner' }],
    ['cipher', 'cipher-open', { as: 'moderator' }],
    ['cipher', 'cipher-open cipher-mine cipher-role cipher-other', { as: 'the-administrator' }],
    ['cipher', 'cipher-open cipher-mine cipher-role', { as: 'member', filter: live }],
  ],
  'of the deleted': [
    ['cipher', '', { as: 'anyone', filter: gone }],
    ['cipher', '', { as: 'stranger', filter: gone }],
    ['cipher', '', { as: 'member', filter: gone }],
    ['cipher', 'cipher-gone cipher-gone-mine cipher-marked', { as: 'owner', filter: gone }],
    ['cipher', 'cipher-gone cipher-gone-mine', { as: 'owner', filter: deleted }],
    ['cipher', 'cipher-marked', { as: 'owner', filter: marked }],
    [
      'cipher',
      'cipher-gone cipher-gone-other cipher-gone-mine',
      { as: 'moderator', filter: deleted },
    ],
    ['cipher', 'cipher-marked', { as: 'moderator', filter: marked }],
    [
      'cipher',
      'cipher-gone cipher-gone-other cipher-gone-mine cipher-marked',
      { as: 'the-administrator', filter: gone },
    ],
    ['state:deleted', '', { as: 'owner' }],
    ['cipher AND state:deleted', 'cipher-gone cipher-gone-mine', { as: 'owner', filter: gone }],
    ['slug:cipher\\-gone', '', { as: 'member' }],
    ['slug:cipher\\-gone', 'cipher-gone', { as: 'owner', filter: gone }],
  ],
  'whatever the query says': [
    ['* AND title:cipher', 'cipher-open'],
    ['title:cipher OR visibility:restricted', 'cipher-open'],
    ['visibility:restricted', 'vault cipher-mine cipher-role', { as: 'member' }],
    ['title:cipher NOT visibility:public', ''],
    ['title:cipher NOT visibility:public', 'cipher-mine cipher-role', { as: 'member' }],
    ['NOT visibility:public', ''],
    ['audience:some', '', { warns: 'UNKNOWN_FIELD' }],
    ['slug:cipher\\-other OR slug:cipher\\-open', 'cipher-open'],
    ['slug:cipher*', 'cipher-open cipher-mine cipher-role', { as: 'member' }],
    ['id:{id:cipher-mine}', '', { as: 'owner' }],
    ['id:{id:cipher-mine}', 'cipher-mine', { as: 'member' }],
    [
      'id:({id:cipher-mine} OR {id:cipher-role} OR {id:cipher-other})',
      'cipher-mine cipher-role',
      { as: 'member' },
    ],
    ['cipher~1', 'cipher-open'],
    ['ciphe?', 'cipher-open'],
    ['"other cipher"', ''],
    ['"other cipher"', 'cipher-other', { as: 'the-administrator' }],
  ],
  'limited by a filter': [
    [
      'cipher',
      'cipher-mine cipher-role',
      { as: 'member', filter: { visibilities: ['RESTRICTED'] } },
    ],
    ['cipher', 'cipher-open cipher-mine', { as: 'member', filter: { types: ['topic'] } }],
    [
      'cipher',
      'cipher-mine',
      { as: 'member', filter: { types: ['topic'], visibilities: ['RESTRICTED'] } },
    ],
    [
      'cipher',
      'cipher-open cipher-mine cipher-role',
      { as: 'member', filter: { types: ['topic', 'event'] } },
    ],
    ['cipher', '', { as: 'member', filter: { types: [] } }],
    ['cipher', '', { filter: { types: ['project'] } }],
    ['palette', 'c-g c-rb', { filter: { types: ['event'] } }],
    ['palette -red', 'c-g', { filter: { types: ['event'] } }],
    ['sheet OR lakes', 'sheet-one sheet-two', { filter: { parentId: '{id:atlas}' } }],
    ['drawer', '', { filter: { parentId: '{id:vault}' } }],
    ['drawer', 'drawer', { as: 'member', filter: { parentId: '{id:vault}' } }],
    ['atlas OR lakes', 'atlas', { filter: { allowsChildren: true } }],
    ['atlas OR lakes', 'lakes', { filter: { allowsChildren: false } }],
  ],
};

/** In the order in which they come. */
export const orders: Table = {
  'by match: what is called so, then titles, then beginnings, then anything': [
    ['ocean', 'ocean-data data-ocean oceanography lakes'],
    ['comm', 'comm commons common-ground my-community networks'],
    ['marble', 'marble exact-two exact-one'],
    ['marble arch', 'exact-one exact-two marble'],
    ['"marble arch"', 'exact-one exact-two'],
    ['ocean data', 'ocean-data data-ocean lakes covid-19 oceanography'],
    // Not what is younger and only has them all, “Science, Often Open”.
    ['open AND science', 'open-science open-policy often'],
    ['data ocean', 'data-ocean ocean-data lakes covid-19 oceanography'],
  ],
  'by match: of equals those that are many, then the youngest': [
    ['palette', 'c-rb c-rg c-b c-gb c-g c-r c-rgb'],
    ['title:palette', 'c-rb c-rg c-b c-gb c-g c-r c-rgb'],
    ['red', 'c-rb c-rg c-r c-rgb'],
    ['created:[2015 TO 2016]', 'c-g c-r'],
    ['organi?ation', 'dogs cats'],
    ['rivers', 'funded-two funded-one'],
  ],
  'by match: what has all words, then what has some': [
    ['red blue', 'c-rb c-rgb c-rg c-b c-gb c-r'],
    ['red green blue', 'c-rgb c-rb c-rg c-b c-gb c-g c-r'],
    ['red AND green OR blue', 'c-rgb c-rg'],
  ],
  'by match: what is to count more': [
    ['red^2 blue', 'c-rb c-rg c-r c-rgb c-b c-gb'],
    ['red blue^2', 'c-rb c-b c-gb c-rgb c-rg c-r'],
    ['blue^3 red^2 green', 'c-rb c-b c-gb c-rgb c-rg c-r c-g'],
    ['red^0.5 blue', 'c-rb c-b c-gb c-rgb c-rg c-r'],
    ['(red AND green)^5 blue', 'c-rg c-rgb c-rb c-b c-gb'],
    ['title:ocean^3 bronze', 'oceanography ocean-data data-ocean marble'],
  ],
  'in other orders': [
    ['palette', 'c-rgb c-gb c-rb c-rg c-b c-g c-r', { sort: 'NEWEST' }],
    ['palette', 'c-r c-g c-b c-rg c-rb c-gb c-rgb', { sort: 'OLDEST' }],
    ['palette', 'c-gb c-rgb c-rb c-rg c-b c-g c-r', { sort: 'UPDATED' }],
    ['palette', 'c-rb c-rg c-r c-rgb c-gb c-b c-g', { sort: 'NAME' }],
    ['ocean', 'lakes oceanography data-ocean ocean-data', { sort: 'NEWEST' }],
    ['ocean', 'data-ocean lakes ocean-data oceanography', { sort: 'NAME' }],
    ['slug:(ecole OR espanol OR fishing OR dogs)', 'ecole espanol fishing dogs', { sort: 'NAME' }],
    [
      'slug:(oresund OR orgs OR ocean\\-data OR quick)',
      'ocean-data oresund quick orgs',
      { sort: 'NAME' },
    ],
  ],
};

const all = 'event 2, project 2, organization 1, topic 1';

/** A query, who asks, a filter, how many there are of each type, most first, and how many are public and restricted. */
export const facetsSeen: readonly (readonly [
  query: string,
  as: ActorName,
  filter: object,
  types: string,
  visibilities: readonly [number, number],
])[] = [
  ['palette', 'anyone', {}, all, [7, 0]],
  ['palette', 'anyone', { types: ['event'] }, all, [2, 0]],
  ['palette', 'anyone', { visibilities: ['RESTRICTED'] }, '', [7, 0]],
  ['palette red', 'anyone', { types: ['event', 'topic'] }, all, [3, 0]],
  ['red', 'anyone', { types: ['topic'] }, 'project 2, event 1, organization 1, topic 0', [0, 0]],
  ['cipher', 'anyone', {}, 'topic 1', [1, 0]],
  ['cipher', 'member', {}, 'topic 2, event 1', [1, 2]],
  ['cipher', 'the-administrator', {}, 'topic 2, event 1', [1, 3]],
  ['cipher', 'the-administrator', { visibilities: ['RESTRICTED'] }, 'event 1, topic 1', [1, 3]],
  [
    'cipher',
    'the-administrator',
    { types: ['topic'], visibilities: ['RESTRICTED'] },
    'event 1, topic 1',
    [1, 1],
  ],
  ['cipher', 'owner', { deletionStates: ['DELETED'] }, 'topic 1', [1, 1]],
  ['cipher', 'moderator', gone, 'topic 1', [3, 1]],
  ['cipher', 'stranger', gone, '', [0, 0]],
];
