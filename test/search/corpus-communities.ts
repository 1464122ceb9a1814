/** A community of the corpus; what is absent is as in a new one. */
export interface Written {
  slug: string;
  title: string;
  description?: string;
  page?: string;
  curationPolicy?: string;
  website?: string;
  type?: 'event' | 'organization' | 'project' | 'topic';
  organizations?: { name: string; ror?: string }[];
  funding?: { funder: string; award?: string; number?: string }[];
  customFields?: Record<string, unknown>;
  isRestricted?: true;
  isGone?: 'DELETED' | 'MARKED_FOR_PURGE';
  /** Two that are no defaults, so that they tell communities apart. */
  memberPolicy?: 'OPEN';
  membersVisibility?: 'RESTRICTED';
  submission?: 'CLOSED';
  review?: 'OPEN' | 'MEMBERS';
  allowsChildren?: true;
  parent?: string;
  /** ISO 8601; a day of 2021 or later, in the order of the list, if absent. */
  created?: string;
  updated?: string;
  /** How many people belong to it, beside those who are named. */
  members?: number;
}

/** Every set of three words, in words' places of their own: what a query of them finds is its truth table. */
const palettes: Written[] = [
  {
    slug: 'c-r',
    title: 'Palette one',
    description: 'Red.',
    type: 'project',
    created: '2015-03-01T00:00:00Z',
    members: 1,
  },
  {
    slug: 'c-g',
    title: 'Palette two',
    description: 'Green.',
    type: 'event',
    created: '2016-12-31T23:59:59.999Z',
    members: 3,
  },
  {
    slug: 'c-b',
    title: 'Palette three',
    description: 'Blue.',
    type: 'topic',
    created: '2017-01-01T00:00:00Z',
    members: 7,
  },
  {
    slug: 'c-rg',
    title: 'Palette four',
    description: 'Red, then green.',
    type: 'project',
    created: '2018-02-28T10:00:00Z',
    members: 15,
  },
  {
    slug: 'c-rb',
    title: 'Palette five',
    description: 'Red, then blue.',
    type: 'event',
    created: '2019-05-15T12:30:15.123456Z',
    members: 31,
  },
  {
    slug: 'c-gb',
    title: 'Palette six',
    description: 'Green, then blue.',
    created: '2020-02-29T00:00:00Z',
    updated: '2024-06-01T00:00:00Z',
    members: 5,
  },
  {
    slug: 'c-rgb',
    title: 'Palette seven',
    description: 'Red, green and blue.',
    type: 'organization',
    created: '2020-12-31T23:59:59.999999Z',
    updated: '2023-01-01T00:00:00Z',
  },
];

const titles: Written[] = [
  { slug: 'my-community', title: 'My Community', description: 'Of one’s own.', members: 2 },
  { slug: 'common-ground', title: 'Common Ground', description: 'Where people meet.', members: 6 },
  { slug: 'commons', title: 'The Humanities Commons', type: 'organization', members: 20 },
  { slug: 'comm', title: 'Kommunikation', description: 'Netze und Medien.' },
  { slug: 'networks', title: 'Networks', description: 'What is common to all networks is comm.' },
  { slug: 'ocean-data', title: 'Ocean Data', description: 'Measured at sea.', members: 4 },
  { slug: 'data-ocean', title: 'Data Ocean', description: 'Drowning in numbers.' },
  {
    slug: 'oceanography',
    title: 'Oceanography',
    description: 'The science of the ocean.',
    members: 12,
  },
  { slug: 'lakes', title: 'Lakes', description: 'No ocean, but data of fresh water.' },
  { slug: 'ocean_data', title: 'Harbours', description: 'Ships and what they carry.' },
  { slug: 'exact-one', title: 'Marble Arch', description: 'Stone.', members: 0 },
  { slug: 'exact-two', title: 'Marble Arch Friends', description: 'Stone, too.', members: 40 },
  { slug: 'marble', title: 'Sculpture', description: 'Of bronze.' },
];

const scripts: Written[] = [
  { slug: 'espanol', title: 'Estudios Españoles', description: 'Año nuevo, corazón y niñez.' },
  { slug: 'strasse', title: 'Straße und Größe', description: 'Maße in Weiß.' },
  { slug: 'oresund', title: 'Øresund Bridges', description: 'From Ålborg to Łódź.' },
  { slug: 'ecole', title: 'École Normale', description: 'Naïveté à la carte.' },
  { slug: 'cafe-society', title: 'Cafe\u0301 Society', description: 'Accents that stand apart.' },
  { slug: 'moskva', title: 'Московский архив', description: 'Рукописи и ёлки.' },
  { slug: 'tokyo', title: '東京大学 図書館', description: '日本の歴史と文化' },
  { slug: 'kyoto', title: '京都', description: '東の京ではない。' },
  { slug: 'seoul', title: '한국 역사', description: '서울의 책.' },
  { slug: 'athens', title: 'Ὁδός Ἀθηνῶν', description: 'ΟΔΟΣ, and ways through a city.' },
  { slug: 'istanbul', title: 'İstanbul Kütüphanesi', description: 'Işık.' },
  { slug: 'hebrew', title: 'שָׁלוֹם', description: 'With its points.' },
  { slug: 'arabic', title: 'العَرَبِيَّة', description: 'With its marks.' },
  { slug: 'hindi', title: 'हिन्दी साहित्य', description: 'Signs that are no accents.' },
  { slug: 'wide', title: 'Ｗｉｄｅ ﬁgures', description: 'Letters of other widths: ①② and ℌ.' },
];

const signs: Written[] = [
  { slug: 'covid-19', title: 'COVID-19 Data', description: 'SARS-CoV-2 and after.' },
  { slug: 'nineteen', title: 'Nineteen', description: '19 years after COVID.' },
  { slug: 'covid-friends', title: 'Long Covid', description: 'It does not go away.' },
  { slug: 'letters', title: 'O’Brien’s Letters', description: "Edited by O'Brien & daughters." },
  { slug: 'brien', title: 'Brien', description: 'A place, o so small.' },
  { slug: 'cpp', title: 'C++ and C#', description: 'Languages: {braces}; [brackets]; a/b.' },
  { slug: 'vitamins', title: 'Vitamin C', description: 'And D.' },
  { slug: '---', title: '!!!', description: 'Nothing but dashes in its name.' },
  { slug: 'and-or-not', title: 'And Or Not', description: 'Words that operators are made of.' },
  {
    slug: 'web',
    title: 'Websites',
    website: 'https://example.org/maps/old?sheet=42',
    description: 'See https://example.net/plan.',
  },
  { slug: 'numbers', title: 'Numbers', description: '3.14159, 1e10, 007 and 2024.' },
  { slug: 'long', title: 'Long words', description: `${'donaudampfschiff'.repeat(5)} ends.` },
];

const words: Written[] = [
  {
    slug: 'art-state',
    title: 'Surveys',
    description: 'The state of the art, and the art of the state.',
  },
  { slug: 'art-in', title: 'Schools', description: 'A state in an art: on and of the wall.' },
  { slug: 'ab', title: 'Sloppy one', description: 'alpha beta gamma' },
  { slug: 'ba', title: 'Sloppy two', description: 'beta alpha' },
  { slug: 'a-b', title: 'Sloppy three', description: 'alpha, one, beta' },
  { slug: 'a-far-b', title: 'Sloppy four', description: 'alpha one two three beta' },
  { slug: 'aa', title: 'Sloppy five', description: 'alpha alpha' },
  { slug: 'a-a', title: 'Sloppy six', description: 'alpha or omega or alpha' },
  { slug: 'a', title: 'Sloppy seven', description: 'alpha' },
  { slug: 'aab', title: 'Sloppy eight', description: 'alpha alpha beta' },
  {
    slug: 'far',
    title: 'Sloppy ten',
    description: Array.from({ length: 24 }, (_, it) => `w${it + 1}`).join(' '),
  },
  { slug: 'apart', title: 'Alpha', description: 'Beta.' },
  { slug: 'orgs', title: 'Sloppy nine', organizations: [{ name: 'Alpha' }, { name: 'Beta' }] },
  {
    slug: 'fishing',
    title: 'Fishing',
    page: '<h2>About</h2><p>Deep <b>sea</b> mining &amp; fishing<br>nets</p>',
  },
  {
    slug: 'mining',
    title: 'Quarries',
    curationPolicy: '<p>Only <i>peer reviewed</i> pits.</p>',
    description: 'Deep pits far from any sea.',
  },
];

const spelling: Written[] = [
  { slug: 'roam', title: 'Roam', description: 'To walk about.' },
  { slug: 'room', title: 'Room', description: 'Four walls.' },
  { slug: 'foam', title: 'Foam', description: 'Bubbles.' },
  { slug: 'roams', title: 'Who roams', description: 'A walker.' },
  { slug: 'colour', title: 'Colour', description: 'As in London.' },
  { slug: 'color', title: 'Color', description: 'As in Boston.' },
  { slug: 'quick', title: 'Quick', description: 'Brown foxes.' },
  { slug: 'test', title: 'Test', description: 'One attempt.' },
  { slug: 'text', title: 'Text', description: 'A page of it.' },
  { slug: 'tempest', title: 'Tempest', description: 'Wind.' },
  { slug: 'cats', title: 'Organisation of Cats', type: 'organization' },
  { slug: 'dogs', title: 'Organization of Dogs', type: 'organization' },
  { slug: 'birds', title: 'Organizations', type: 'topic' },
];

const parts: Written[] = [
  {
    slug: 'funded-one',
    title: 'Funded One',
    funding: [
      { funder: 'European Commission', award: 'Cleaner rivers', number: '823852' },
      { funder: 'National Science Foundation' },
    ],
  },
  {
    slug: 'funded-two',
    title: 'Funded Two',
    funding: [
      { funder: 'European Research Council', award: 'Rivers of ink', number: 'ERC-2020-7' },
    ],
  },
  {
    slug: 'stood-one',
    title: 'Stood One',
    organizations: [
      { name: 'Michigan State University', ror: '05hs6h993' },
      { name: 'CERN', ror: '01ggx4157' },
    ],
    type: 'organization',
  },
  {
    slug: 'stood-two',
    title: 'Stood Two',
    organizations: [{ name: 'University of Michigan' }],
    description: 'Not the state university.',
  },
  {
    slug: 'own-one',
    title: 'Own One',
    customFields: {
      'kcr:domain': 'Medieval music',
      'kcr:keywords': ['lutes', 'old harps'],
      'kcr:field': 'arts',
    },
  },
  {
    slug: 'own-two',
    title: 'Own Two',
    customFields: {
      'kcr:domain': 'Music',
      'kcr:notes': '<p>Harps &amp; drums</p>',
      'kcr:field': 'sciences',
    },
  },
  { slug: 'own-three', title: 'Medieval', customFields: { 'kcr:keywords': ['music'] } },
  { slug: 'joinable', title: 'Joinable', memberPolicy: 'OPEN', review: 'MEMBERS' },
  {
    slug: 'walled',
    title: 'Walled',
    membersVisibility: 'RESTRICTED',
    submission: 'CLOSED',
    review: 'OPEN',
  },
  { slug: 'atlas', title: 'Atlas', allowsChildren: true, members: 9 },
  { slug: 'sheet-one', title: 'Sheet one', parent: 'atlas', type: 'project' },
  { slug: 'sheet-two', title: 'Sheet two', parent: 'atlas', type: 'topic' },
  { slug: 'vault', title: 'Vault', allowsChildren: true, isRestricted: true },
  { slug: 'drawer', title: 'Drawer', parent: 'vault' },
];

/** All of the same word, so that only who is asking makes a difference. */
const seen: Written[] = [
  { slug: 'cipher-open', title: 'Open cipher', type: 'topic', members: 3 },
  { slug: 'cipher-mine', title: 'Restricted cipher', isRestricted: true, type: 'topic' },
  { slug: 'cipher-role', title: 'Shared cipher', isRestricted: true, type: 'event' },
  { slug: 'cipher-other', title: 'Other cipher', isRestricted: true, members: 30 },
  { slug: 'cipher-gone', title: 'Deleted cipher', isGone: 'DELETED', type: 'topic' },
  { slug: 'cipher-gone-other', title: 'Others’ deleted cipher', isGone: 'DELETED' },
  {
    slug: 'cipher-gone-mine',
    title: 'Deleted restricted cipher',
    isGone: 'DELETED',
    isRestricted: true,
  },
  { slug: 'cipher-marked', title: 'Marked cipher', isGone: 'MARKED_FOR_PURGE', members: 12 },
];

/** What the ancestors' users look for. */
const theirs: Written[] = [
  { slug: 'open-science', title: 'Open Science' },
  { slug: 'open-policy', title: 'Open Science Policy' },
  { slug: 'often', title: 'Science, Often Open' },
  { slug: 'closed-science', title: 'Closed Science' },
  { slug: 'biosyslit', title: 'Biodiversity Literature', description: 'BLR.' },
  { slug: 'blr', title: 'BLR' },
  { slug: 'fox', title: 'Quick Brown Fox' },
  { slug: 'news', title: 'Fox News' },
  { slug: 'bear', title: 'Brown Bear' },
  { slug: 'smith', title: 'John Smith' },
  { slug: 'bar', title: 'Foo Bar' },
  { slug: 'apple', title: 'Big Apple', description: 'Your new city.' },
  { slug: 'kimchy', title: 'Kimchy!' },
  { slug: 'sum', title: '(1+1)=2' },
];

export const written: Written[] = [
  ...palettes,
  ...titles,
  ...scripts,
  ...signs,
  ...words,
  ...spelling,
  ...parts,
  ...seen,
  ...theirs,
];

/** The instance's own fields. */
export const customFields = {
  'kcr:domain': { type: 'text', title: { en: 'Domain' } },
  'kcr:keywords': { type: 'text', title: { en: 'Keywords' }, multiple: true },
  'kcr:notes': { type: 'html', title: { en: 'Notes' } },
  'kcr:field': { type: 'choice', title: { en: 'Field' }, choices: ['arts', 'sciences'] },
};
