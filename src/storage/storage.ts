import type { Context } from '../context.ts';
import { directoryStorage } from './directory.ts';
import { readPlace, type S3Keys, storageProblems } from './place.ts';
import { postgresStorage } from './postgres.ts';
import { s3Storage } from './s3.ts';

export interface StoredFile {
  bytes: Buffer;
  /** Its media type. */
  type: string;
}

/**
 * Where files are kept. Only the database's store is part of the current transaction; with the
 * others, put before the row that names the file is written, and remove after it is gone.
 */
export interface Storage {
  /** Keeps a file; one that has the key already is replaced, all at once. */
  put(ctx: Pick<Context, 'em'>, key: string, file: StoredFile): Promise<void>;
  get(ctx: Pick<Context, 'em'>, key: string): Promise<StoredFile | undefined>;
  /** Removes every file whose key begins with the prefix, which ends in `/`. */
  remove(ctx: Pick<Context, 'em'>, prefix: string): Promise<void>;
}

export interface StorageConfig {
  /** `postgres:`, `file:///path` or `s3://bucket?endpoint=…&region=…&prefix=…`. */
  files: string;
  s3: S3Keys;
}

/** The store that the configuration names; `storageProblems` has been asked about it at start. */
export function openStorage({ files, s3 }: StorageConfig): Storage {
  const { place } = readPlace(files);
  const problems = storageProblems(files, s3);
  if (!place || problems.length > 0) {
    throw new Error(`The store for files ${problems.join('; ')}.`);
  }
  switch (place.kind) {
    case 'postgres':
      return guarded(postgresStorage());
    case 'directory':
      return guarded(directoryStorage(place.path));
    case 's3':
      return guarded(s3Storage(place, s3));
  }
}

const segment = '[a-z0-9][a-z0-9._-]{0,99}';
const keys = new RegExp(`^(${segment}/){0,9}${segment}$`);

const types = /^[a-z]+\/[a-z0-9.+-]{1,100}$/;

/** Keys are ours, never a caller's words: another is a fault of the code, and must not leave the folder. */
function guarded(storage: Storage): Storage {
  const check = (key: string) => {
    if (!keys.test(key)) throw new Error(`${JSON.stringify(key)} is no key of a stored file`);
  };
  return {
    async put(ctx, key, file) {
      check(key);
      if (!types.test(file.type)) throw new Error(`${JSON.stringify(file.type)} is no media type`);
      await storage.put(ctx, key, file);
    },
    async get(ctx, key) {
      check(key);
      return storage.get(ctx, key);
    },
    async remove(ctx, prefix) {
      if (!prefix.endsWith('/')) throw new Error(`${JSON.stringify(prefix)} does not end in "/"`);
      check(prefix.slice(0, -1));
      await storage.remove(ctx, prefix);
    },
  };
}
