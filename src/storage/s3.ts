import type { S3Keys, S3Place } from './place.ts';
import { StorageError, s3Calls } from './s3-calls.ts';
import type { Storage } from './storage.ts';

/** Files in a bucket of a service that speaks S3, one object each. */
export function s3Storage(place: S3Place, keys: S3Keys, timeoutMs = 10_000): Storage {
  const call = s3Calls(place, keys, timeoutMs);
  const named = (key: string) => place.prefix + key;
  return {
    async put(_, key, { bytes, type }) {
      await call({ method: 'PUT', key: named(key), body: bytes, type });
    },
    async get(_, key) {
      const { status, bytes, type } = await call({ method: 'GET', key: named(key) });
      return status === 404 ? undefined : { bytes, type };
    },
    async remove(_, prefix) {
      for (let after = named(prefix), isMore = true; isMore; ) {
        const query = { 'list-type': '2', prefix: named(prefix), 'start-after': after };
        const found = readList(await call({ method: 'GET', query }));
        for (const key of found.keys) {
          // A store that lists what was not asked for must not make us remove it, nor turn for ever.
          if (!key.startsWith(named(prefix)) || key <= after) {
            throw new StorageError(`${place.address} listed what was not asked for`);
          }
          await call({ method: 'DELETE', key });
          after = key;
        }
        isMore = found.isMore && found.keys.length > 0;
      }
    },
  };
}

/** Keys are ours and have nothing that XML would write otherwise. */
function readList({ bytes }: { bytes: Buffer }): { keys: string[]; isMore: boolean } {
  const xml = bytes.toString();
  const keys = [...xml.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key = '']) => key);
  return { keys, isMore: /<IsTruncated>\s*true\s*</.test(xml) };
}
