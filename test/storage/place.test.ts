import { expect, it } from 'vitest';
import { readPlace, storageProblems } from '../../src/storage/place.ts';
import { openStorage } from '../../src/storage/storage.ts';

const keys = { accessKeyId: 'id', secretAccessKey: 'secret' };

it.each([
  ['postgres:', { kind: 'postgres' }],
  ['file:///var/lib/collegium', { kind: 'directory', path: '/var/lib/collegium' }],
  ['file:///with%20space/%C3%A4', { kind: 'directory', path: '/with space/ä' }],
  [
    's3://files?endpoint=https://s3.example.org&region=eu-1&prefix=a/b',
    { kind: 's3', address: 'https://s3.example.org/files/', region: 'eu-1', prefix: 'a/b/' },
  ],
  [
    's3://files?endpoint=http://127.0.0.1:9000/&prefix=a/',
    { kind: 's3', address: 'http://127.0.0.1:9000/files/', region: 'us-east-1', prefix: 'a/' },
  ],
  [
    's3://files.example?region=eu-west-3',
    {
      kind: 's3',
      address: 'https://s3.eu-west-3.amazonaws.com/files.example/',
      region: 'eu-west-3',
      prefix: '',
    },
  ],
])('reads %s', (text, place) => {
  expect(readPlace(text)).toEqual({ place, problems: [] });
  expect(storageProblems(text, keys)).toEqual([]);
});

it.each([
  ['', 'is not'],
  ['postgres://other/database', 'is not'],
  ['/var/lib', 'is not'],
  ['ftp://x/y', 'is not'],
  ['file:///', 'root'],
  ['file://host/path', 'host'],
  ['file:///a?b=c', 'more than a path'],
  ['file:///a%2fb', 'encoded slash'],
  ['file:///a%00b', 'zero'],
  ['file:///a%zz%ff', 'cannot be read'],
  ['s3://', 'no bucket'],
  ['s3://Bucket_1', 'no bucket'],
  ['s3://id:hunter2@bucket', 'has a key in it'],
  ['s3://bucket/path', 'prefix=…'],
  ['s3://bucket?endpoint=ftp://x', 'endpoint'],
  ['s3://bucket?endpoint=https://me:hunter2@x.example', 'endpoint'],
  ['s3://bucket?endpoint=https://x.example/base', 'endpoint'],
  ['s3://bucket?region=a%20b', 'region'],
  ['s3://bucket?prefix=../up', 'prefix'],
  ['s3://bucket?prefix=/a', 'prefix'],
  ['s3://bucket?secret=hunter2', 'unknown secret='],
  ['s3://bucket?region=a&region=b', 'region= twice'],
])('says what is wrong with %s', (text, problem) => {
  const problems = storageProblems(text, keys);

  expect(problems.join()).toContain(problem);
  expect(problems.join()).not.toContain('hunter2');
  expect(() => openStorage({ files: text, s3: keys })).toThrow(problem);
});

it('names everything at once', () => {
  expect(storageProblems('s3://-?endpoint=x&region=!&prefix=//&what=1', keys)).toHaveLength(5);
});

it('wants both keys for S3, and none for others', () => {
  for (const given of [{}, { accessKeyId: 'id' }, { accessKeyId: '', secretAccessKey: 'x' }]) {
    expect(storageProblems('s3://bucket', given).join()).toContain('S3_SECRET_ACCESS_KEY');
    expect(() => openStorage({ files: 's3://bucket', s3: given })).toThrow('S3_ACCESS_KEY_ID');
  }
  expect(storageProblems('postgres:', {})).toEqual([]);
});
