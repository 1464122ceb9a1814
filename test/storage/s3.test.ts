import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Context } from '../../src/context.ts';
import { readPlace, type S3Place } from '../../src/storage/place.ts';
import { s3Storage } from '../../src/storage/s3.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { refuse, type S3Stub, signatureOf, startS3Stub, stubKeys } from './s3-stub.ts';

// S3 takes nothing from the context.
const ctx = {} as Context;
const file = { bytes: Buffer.from('a file'), type: 'image/webp' };

let stub: S3Stub;
let place: S3Place;
let storage: Storage;
beforeEach(async () => {
  stub = await startS3Stub();
  place = readPlace(stub.files).place as S3Place;
  storage = s3Storage(place, stubKeys);
});
afterEach(() => stub.stop());

it('puts files under the prefix, with their type', async () => {
  await storage.put(ctx, 'logos/a/64.webp', file);

  expect([...stub.objects]).toEqual([['collegium/logos/a/64.webp', file]]);
});

it('removes page by page, under the prefix alone', async () => {
  const keys = ['gone/a', 'gone/b', 'gone/c/d', 'gone/e', 'gone/f'];
  for (const key of [...keys, 'stays']) await storage.put(ctx, key, file);
  stub.objects.set('gone/of-others', file);

  await storage.remove(ctx, 'gone/');

  expect([...stub.objects.keys()].sort()).toEqual(['collegium/stays', 'gone/of-others']);
});

it.each([
  ['of others', 'somebody/elses'],
  ['again and again', 'collegium/gone/'],
])('removes nothing that a store lists %s', async (_, key) => {
  stub.faults.push((_, response) => {
    response.end(`<L><IsTruncated>true</IsTruncated><Key>${key}</Key></L>`);
  });

  await expect(storage.remove(ctx, 'gone/')).rejects.toThrow('listed what was not asked for');
  expect(stub.requests.filter((it) => it.startsWith('DELETE'))).toEqual([]);
});

describe('tells without a secret', () => {
  const messageOf = async (work: Promise<unknown>) => {
    const error = await work.then(
      () => undefined,
      (it: Error) => it,
    );
    const all = `${error?.message} ${error?.stack} ${JSON.stringify(error)} ${String(error?.cause)}`;
    for (const secret of [stubKeys.accessKeyId, stubKeys.secretAccessKey, 'Signature=', 'wrong'])
      expect(all).not.toContain(secret);
    return error?.message;
  };

  it('that the secret key is wrong', async () => {
    const mistaken = s3Storage(place, { ...stubKeys, secretAccessKey: 'wrong' });

    expect(await messageOf(mistaken.put(ctx, 'a', file))).toMatch(
      /^127\.0\.0\.1:\d+\/the-bucket\/collegium\/a: PUT was answered 403 SignatureDoesNotMatch$/,
    );
    expect(stub.requests).toHaveLength(1);
  });

  it('that the key id is wrong', async () => {
    const mistaken = s3Storage(place, { ...stubKeys, accessKeyId: 'wrong' });

    expect(await messageOf(mistaken.get(ctx, 'a'))).toContain('403 InvalidAccessKeyId');
  });

  it('that there is no such bucket, which is no absent file', async () => {
    const address = place.address.replace('the-bucket', 'other');
    const mistaken = s3Storage({ ...place, address }, stubKeys);

    expect(await messageOf(mistaken.get(ctx, 'a'))).toContain('404 NoSuchBucket');
  });

  it('that it cannot be reached', async () => {
    await stub.stop();

    expect(await messageOf(storage.get(ctx, 'a'))).toContain('GET broke off (ECONNREFUSED)');
    stub = await startS3Stub();
  });
});

describe('tries again', () => {
  const impatient = () => s3Storage(place, stubKeys, 300);

  it.each([500, 503, 429])('after %i, twice', async (status) => {
    await storage.put(ctx, 'a', file);
    stub.faults.push(
      (_, response) => refuse(response, status, 'SlowDown'),
      (_, response) => refuse(response, status, 'SlowDown'),
    );

    expect(await storage.get(ctx, 'a')).toEqual(file);
    expect(stub.requests).toHaveLength(4);
  });

  it('no more than twice', async () => {
    for (let index = 0; index < 4; index += 1) {
      stub.faults.push((_, response) => refuse(response, 503, 'SlowDown'));
    }

    await expect(storage.put(ctx, 'a', file)).rejects.toThrow('PUT was answered 503 SlowDown');
    expect(stub.requests).toHaveLength(3);
  });

  it('not after 400', async () => {
    stub.faults.push((_, response) => refuse(response, 400, 'EntityTooLarge'));

    await expect(storage.put(ctx, 'a', file)).rejects.toThrow('400 EntityTooLarge');
    expect(stub.requests).toHaveLength(1);
  });

  it('when there is no answer in time', async () => {
    await storage.put(ctx, 'a', file);
    stub.faults.push(
      () => {},
      (_, response) => {
        // It begins, and never ends.
        response.writeHead(200, { 'content-type': file.type }).write('a f');
      },
    );

    expect(await impatient().get(ctx, 'a')).toEqual(file);
  });

  it('when there is never an answer, and says so', async () => {
    stub.faults.push(...Array.from({ length: 3 }, () => () => {}));

    await expect(impatient().get(ctx, 'a')).rejects.toThrow(
      'GET gave no full answer within 300 ms',
    );
  });

  it.each([
    ['shorter than it said', { 'content-length': '100' }],
    ['cut off between its chunks', { 'transfer-encoding': 'chunked' }],
  ])('when an answer is %s', async (_, headers) => {
    await storage.put(ctx, 'a', file);
    stub.faults.push((_, response) => {
      response.writeHead(200, headers);
      response.write('a f', () => response.destroy());
    });

    expect(await storage.get(ctx, 'a')).toEqual(file);
    expect(stub.requests).toHaveLength(3);
  });
});

it('is checked by a stub that signs as the example of AWS does', () => {
  const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
  const signature = signatureOf({
    method: 'GET',
    url: new URL('https://examplebucket.s3.amazonaws.com/test.txt'),
    signed: [
      ['host', 'examplebucket.s3.amazonaws.com'],
      ['range', 'bytes=0-9'],
      ['x-amz-content-sha256', empty],
      ['x-amz-date', '20130524T000000Z'],
    ],
    time: '20130524T000000Z',
    region: 'us-east-1',
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  });

  expect(signature).toBe('f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41');
});
