import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../src/config.ts';

const folder = mkdtempSync(join(tmpdir(), 'collegium-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function fileOf(content: object): string {
  const path = join(folder, `${++files}.json`);
  writeFileSync(path, JSON.stringify(content));
  return path;
}

/** What is wrong with a file, and with what else is given. */
function problemsOf(content: object, env: NodeJS.ProcessEnv = {}): string[] {
  const path = fileOf(content);
  try {
    readConfig({ ...env, COLLEGIUM_CONFIG: path });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map((it) => it.replace(`COLLEGIUM_CONFIG (${path}): `, ''));
  }
  return [];
}

describe('vocabularies', () => {
  const read = (vocabularies: unknown) =>
    readConfig({ COLLEGIUM_CONFIG: fileOf({ vocabularies }) }).vocabularies;
  const ours = readConfig({}).vocabularies;

  it('are the ancestor’s where nothing is said, each word in three languages', () => {
    expect([...ours.communityTypes.keys()]).toEqual(['organization', 'event', 'topic', 'project']);
    for (const terms of Object.values(ours)) {
      for (const { titles } of terms.values()) {
        expect([...titles.keys()]).toEqual(['en', 'de', 'fr']);
      }
    }
  });

  it('get words beside ours, other titles for ours, and lose some', () => {
    const { communityTypes, removalReasons } = read({
      communityTypes: {
        'journal-club': { en: 'Journal club', 'pt-BR': 'Clube de leitura' },
        event: { en: 'Happening' },
        topic: false,
      },
    });

    expect([...communityTypes.keys()]).toEqual([
      'organization',
      'event',
      'project',
      'journal-club',
    ]);
    expect(communityTypes.get('event')?.titles).toEqual(new Map([['en', 'Happening']]));
    expect(communityTypes.get('journal-club')?.titles.get('pt-BR')).toBe('Clube de leitura');
    expect(removalReasons).toEqual(ours.removalReasons);
  });

  it('refuse what is wrong, all at once', () => {
    const problems = problemsOf({
      vocabularies: {
        communityTypes: { 'Journal Club': { en: 'x' }, club: { de: 'Klub' }, ring: true },
        removalReasons: { gone: { en: ' ' }, lost: { en: 'Lost', German: 'Verloren' } },
        colours: {},
      },
    });

    expect(problems).toEqual([
      expect.stringMatching(/^vocabularies\.communityTypes\.Journal Club: is not a word/),
      expect.stringMatching(/^vocabularies\.communityTypes\.club: .*English/),
      expect.stringMatching(/^vocabularies\.communityTypes\.ring: is neither/),
      expect.stringMatching(/^vocabularies\.removalReasons\.gone\.en: is empty/),
      expect.stringMatching(/^vocabularies\.removalReasons\.lost: is neither/),
      expect.stringMatching(/^vocabularies: .*colours/),
    ]);
  });
});

describe('custom fields', () => {
  const read = (customFields: unknown) =>
    readConfig({ COLLEGIUM_CONFIG: fileOf({ customFields }) }).customFields;

  it('are of every type, in the order of the file', () => {
    const fields = read({
      'kcr:domain': {
        type: 'choice',
        title: { en: 'Domain', de: 'Bereich' },
        required: true,
        multiple: true,
        choices: ['arts', 'sciences'],
      },
      'a:b': { type: 'NUMBER', title: { en: 'B' } },
    });

    expect([...fields.values()]).toEqual([
      {
        name: 'kcr:domain',
        type: 'CHOICE',
        isRequired: true,
        isMultiple: true,
        choices: ['arts', 'sciences'],
        titles: new Map([
          ['en', 'Domain'],
          ['de', 'Bereich'],
        ]),
      },
      {
        name: 'a:b',
        type: 'NUMBER',
        isRequired: false,
        isMultiple: false,
        choices: [],
        titles: new Map([['en', 'B']]),
      },
    ]);
  });

  const title = { en: 'It' };
  it.each([
    ['no namespace', { domain: { type: 'TEXT', title } }, 'domain'],
    ['an unknown type', { 'a:b': { type: 'COLOUR', title } }, 'a:b.type'],
    ['no type', { 'a:b': { title } }, 'a:b.type'],
    ['no title in English', { 'a:b': { type: 'TEXT', title: { de: 'Es' } } }, 'a:b.title'],
    ['a choice of nothing', { 'a:b': { type: 'CHOICE', title } }, 'a:b'],
    ['choices of a text', { 'a:b': { type: 'TEXT', title, choices: ['c'] } }, 'a:b'],
    ['a key that nobody knows', { 'a:b': { type: 'TEXT', title, secret: true } }, 'a:b'],
  ])('refuse %s', (_, customFields, place) => {
    const problems = problemsOf({ customFields });

    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^customFields\\.${place}: .`));
  });

  it('tell their problems together with those of services', () => {
    const content = {
      customFields: { domain: { type: 'TEXT', title } },
      vocabularies: { communityTypes: { club: {} } },
      idps: { a: { users: { remote_endpoint: 'nowhere' } } },
    };

    const problems = problemsOf(content, { REQUEST_DAYS: '0' });

    expect(problems).toEqual([
      expect.stringMatching(/^REQUEST_DAYS: /),
      expect.stringMatching(/^vocabularies\.communityTypes\.club: /),
      expect.stringMatching(/^customFields\.domain: /),
      expect.stringMatching(/^idps\.a\.users\.remote_endpoint: /),
    ]);
  });
});
