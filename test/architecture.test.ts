import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Left to right: a feature may use those to its left. */
const order = [
  'audit',
  'users',
  'credentials',
  'groups',
  'notifications',
  'requests',
  'communities',
  'sync',
  'accounts',
  'signin',
  'webhooks',
];
/** The outside world, our sample of it and the database server: they know nothing of what the server does. */
const outside = ['embedded', 'pictures', 'remote', 'sample', 'search', 'storage'];
/** The files that put the parts together; only they may know the features, and nobody knows them. */
const assembly = [
  'app.ts',
  'cli.ts',
  'demo.ts',
  'development.ts',
  'features.ts',
  'main.ts',
  'serve.ts',
];
/** Its folder: the command line. */
const ofAssembly = ['cli'];
const database = /^(@mikro-orm\/|kysely$|pg$|pg-boss$)/;
const mostLines = 200;

const files = globSync('src/**/*.ts')
  .sort()
  .map((path) => ({ file: relative('src', path), text: readFileSync(path, 'utf8') }));

/** What a file of `src` names in its imports: its own paths from `src`, and packages. */
function importsOf({ file, text }: (typeof files)[number]) {
  const named = text.matchAll(/(?:\bfrom|\bimport\(|^import) ?'([^']+)'/gm);
  return [...named].map(([, path = '']) => ({
    from: file,
    to: path.startsWith('.') ? join(dirname(file), path) : path,
  }));
}

const imports = files.flatMap(importsOf);
const ours = imports.filter(({ to }) => to.endsWith('.ts'));
const packages = imports.filter(({ to }) => !to.endsWith('.ts'));
const folderOf = (file: string) => (file.includes('/') ? file.split('/')[0] : undefined);
const isAssembly = (file: string) =>
  assembly.includes(file) || ofAssembly.includes(folderOf(file) ?? '');
const isMachinery = (file: string) => !file.includes('/') && !isAssembly(file);
const featureOf = (file: string) => order.indexOf(folderOf(file) ?? '');

/** Every package that a file needs, by way of whatever it imports. */
function reach(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const { to } of imports.filter(({ from }) => from === file)) reach(to, seen);
  return seen;
}

it('knows every folder of src', () => {
  const folders = new Set(files.map(({ file }) => folderOf(file)).filter((it) => it !== undefined));

  expect([...folders].sort()).toEqual([...order, ...outside, ...ofAssembly].sort());
});

it('has the features in the order in which they may use each other', () => {
  const list = /\bfeatures: Feature\[\] = \[([^\]]+)\]/.exec(read('features.ts'))?.[1];

  expect(
    list
      ?.split(',')
      .map((it) => it.trim())
      .filter(Boolean),
  ).toEqual(order);
});

describe('an import', () => {
  it('is found in every form that it can have', () => {
    const text = `import a from './a.ts';\nimport './b.ts';\nimport {\n c,\n} from '../c.ts';
      export * from './d.ts';\nconst e = await import('./e.ts');\nimport type { F } from 'f';`;

    const found = importsOf({ file: 'users/x.ts', text }).map(({ to }) => to);

    expect(found.sort()).toEqual(
      ['c.ts', 'f', 'users/a.ts', 'users/b.ts', 'users/d.ts', 'users/e.ts'].sort(),
    );
  });

  it.each(ours)('$from may use $to', ({ from, to }) => {
    if (basename(to) === 'jobs.ts' || isAssembly(from)) return;

    if (isMachinery(from)) expect(featureOf(to)).toBe(-1);
    if (featureOf(from) >= 0) expect(featureOf(to)).toBeLessThanOrEqual(featureOf(from));
    expect(isAssembly(to)).toBe(false);
  });

  it('of a feature’s table of contents is in the list of features alone', () => {
    const readers = ours.filter(({ to }) => basename(to) === 'index.ts').map(({ from }) => from);

    expect(new Set(readers)).toEqual(new Set(['features.ts']));
  });

  it('of a job’s declaration needs nothing of what the server does', () => {
    const declared = imports.filter(({ from }) => from.endsWith('/jobs.ts'));

    expect(declared.length).toBeGreaterThan(0);
    expect(new Set(declared.map(({ to }) => to))).toEqual(new Set(['jobs.ts', 'zod']));
  });
});

describe('the outside world', () => {
  it.each(ours.filter(({ from }) => outside.includes(folderOf(from) ?? '')))(
    '$from stays away from features: $to',
    ({ to }) => {
      expect(featureOf(to)).toBe(-1);
    },
  );

  it.each(files.filter(({ file }) => /^(remote|sample)\//.test(file)))(
    '$file needs no database',
    ({ file }) => {
      const needed = [...reach(file)].filter((it) => database.test(it));

      expect(needed).toEqual([]);
    },
  );

  it('is imitated by a sample that shares nothing with the server', () => {
    const strangers = ours.filter(
      ({ from, to }) => folderOf(from) === 'sample' && folderOf(to) !== 'sample',
    );

    expect(strangers).toEqual([]);
  });
});

describe('a file of a feature', () => {
  /** Those of a kind, by the end of their names: `resolver.ts` and `members-resolver.ts`. */
  const ofKind = (kind: string) =>
    files.filter(({ file }) => new RegExp(`^(.+-)?${kind}\\.ts$`).test(basename(file)));

  it.each([...ofKind('resolver'), ...ofKind('routes')])(
    '$file is a door, and leaves the database to others',
    ({ file }) => {
      const direct = packages.filter(({ from, to }) => from === file && database.test(to));

      expect(direct).toEqual([]);
    },
  );

  it.each(ofKind('policy'))('$file answers at once, from what the actor brings', ({ text }) => {
    expect(text).not.toMatch(/\b(async|await|Promise)\b/);
    expect(text).not.toMatch(/@mikro-orm|context\.ts/);
  });
});

describe('a source file', () => {
  it('reads the environment only where the configuration is made', () => {
    const readers = files.filter(({ text }) =>
      /\bprocess\s*\.\s*env\b|\benv\b.*'node:process'/.test(text),
    );

    expect(readers.map(({ file }) => file)).toEqual(['config.ts', 'sample/main.ts']);
  });

  it.each(files)('$file is short enough to be read', ({ text }) => {
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(mostLines);
  });

  it.each(files)('$file has a name of its own', ({ file }) => {
    expect(file).not.toMatch(/\b(utils?|common|shared|helpers?|lib|core|misc)\b/);
  });
});

function read(file: string): string {
  return files.find((it) => it.file === file)?.text ?? '';
}
