/** Draws from 0 to 1, the same in every run (mulberry32). */
export function drawing(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let it = Math.imul(state ^ (state >>> 15), 1 | state);
    it = (it + Math.imul(it ^ (it >>> 7), 61 | it)) ^ it;
    return ((it ^ (it >>> 14)) >>> 0) / 4294967296;
  };
}

/** A community as it is written into the table. */
export interface Written {
  id: string;
  slug: string;
  title: string;
  description: string;
  organization: string | null;
  type: string;
  visibility: 'PUBLIC' | 'RESTRICTED';
  created: Date;
  updated: Date;
  members: number;
}

const wordsInAll = 60_000;
const topicsInAll = 300;
const wordsInTopic = 700;
const organizationsInAll = 4000;
const [firstDay, lastDay] = [Date.UTC(2020, 10, 1), Date.UTC(2026, 10, 1)];

const beginnings =
  'b c d f g h j k l m n p r s t v w br ch cl cr dr fl gr pl pr sc sh st str th tr'.split(' ');
const middles = 'a e i o u a e i o ea io ou ai'.split(' ');
const endings = ['', '', '', 'n', 'r', 's', 't', 'l', 'm', 'nt', 'st', 'c'];
const suffixes = ['ology', 'ics', 'tion', 'ing', 'ment', 'al'];
const types = ['organization', 'event', 'topic', 'project'];
const commons =
  `the of and for in research community data open science to on a group network project
  european institute university with studies from by collection archive results working published
  international laboratory health`.split(/\s+/);

/** Numbers below `most`, of which the lower come more often: as words do, and topics. */
function zipf(most: number, steepness: number, draw: () => number): () => number {
  const sums = new Float64Array(most);
  let sum = 0;
  for (let i = 0; i < most; i++) {
    sum += 1 / (i + 2) ** steepness;
    sums[i] = sum;
  }
  return () => {
    const drawn = draw() * sum;
    let [low, high] = [0, most - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] as number) < drawn) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

function vocabularyOf(draw: () => number): string[] {
  const one = (all: string[]) => all[Math.floor(draw() * all.length)] as string;
  const words = new Set(commons);
  while (words.size < wordsInAll) {
    // Words that come often are short.
    const syllables = (words.size < 2000 ? 1 : 2) + Math.floor(draw() * 3);
    let word = '';
    for (let i = 0; i < syllables; i++) word += one(beginnings) + one(middles) + one(endings);
    if (draw() < 0.15) word += one(suffixes);
    if (word.length < 20) words.add(word);
  }
  return [...words];
}

const capitalized = (text: string) => text[0]?.toUpperCase() + text.slice(1);

/**
 * So many communities, oldest first. A community is about a topic or two, whose words come together
 * as those of real texts do; some topics draw more members than others.
 */
export function* corpus(most: number): Generator<Written> {
  const draw = drawing(42);
  const below = (most: number) => Math.floor(draw() * most);
  const hex = (digits: number) =>
    below(16 ** digits)
      .toString(16)
      .padStart(digits, '0');
  const vocabulary = vocabularyOf(draw);
  const anyWord = zipf(wordsInAll, 1.05, draw);
  const topics = Array.from({ length: topicsInAll }, () => ({
    words: Array.from({ length: wordsInTopic }, (_, i) => 40 + below(i < 60 ? 3000 : 50_000)),
    attraction: 0.3 + 1.6 * draw(),
  }));
  const topicWord = zipf(wordsInTopic, 1, draw);
  const topicOf = zipf(topicsInAll, 0.7, draw);
  const organizations = Array.from({ length: organizationsInAll }, () => {
    const place = Array.from({ length: 2 + below(3) }, () => vocabulary[100 + below(20_000)]);
    return `${['University', 'Institute', 'Laboratory', 'Centre', 'Academy'][below(5)]} of ${place.join(' ')}`;
  });
  const organization = zipf(organizationsInAll, 0.9, draw);
  for (let n = 0; n < most; n++) {
    const one = topics[topicOf()] as (typeof topics)[number];
    const other = draw() < 0.4 ? (topics[topicOf()] as typeof one) : one;
    const word = () => {
      const kind = draw();
      if (kind < 0.42) return vocabulary[anyWord()];
      return vocabulary[(kind < 0.8 ? one : other).words[topicWord()] as number];
    };
    const text = (length: number) => {
      let said = word() ?? '';
      for (let i = 1; i < length; i++) said += (draw() < 0.08 ? ', ' : ' ') + word();
      return capitalized(said);
    };
    const title = text(2 + below(6));
    const time = firstDay + Math.floor(((lastDay - firstDay) * n) / most);
    const digits = time.toString(16).padStart(12, '0');
    yield {
      id: `${digits.slice(0, 8)}-${digits.slice(8)}-7${hex(3)}-8${hex(3)}-${hex(6)}${hex(6)}`,
      slug: `${title
        .toLowerCase()
        .replace(/[^a-z]+/g, '-')
        .slice(0, 40)}-${n}`,
      title,
      description: `${text(10 + below(51))}.`,
      organization: draw() < 0.6 ? (organizations[organization()] as string) : null,
      type: types[Math.floor(draw() * draw() * types.length)] as string,
      visibility: draw() < 0.15 ? 'RESTRICTED' : 'PUBLIC',
      created: new Date(time),
      updated: new Date(time + below(lastDay - time)),
      // Most have a handful, a few have thousands.
      members: Math.min(5000, Math.floor(one.attraction * 0.5 * (1 - draw()) ** -0.8)),
    };
  }
}
