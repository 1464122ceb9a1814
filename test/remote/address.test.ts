import { expect, it } from 'vitest';
import { z } from 'zod';
import { address, type Endpoint, RemoteError, read } from '../../src/remote/http.ts';
import { errorOf, remoteSays } from './stub.ts';

const at = (url: string): Endpoint => ({ url, method: 'GET', timeoutMs: 1000 });

it.each([
  ['https://id.example/users/{placeholder}', 'https://id.example/users/jane'],
  ['https://id.example/users/{username}/', 'https://id.example/users/jane/'],
  ['https://id.example/users/', 'https://id.example/users/jane'],
  ['https://id.example/subs/?sub=', 'https://id.example/subs/?sub=jane'],
  ['https://id.example/subs/?sub={placeholder}&x=1', 'https://id.example/subs/?sub=jane&x=1'],
])('puts the id into %s', (url, expected) => {
  expect(address(at(url), 'jane').href).toBe(expected);
});

it.each([
  '../../admin',
  'a/b?x',
  '#f',
  'a;b',
  'a&b=c',
  'a%2fb',
  'a\\b',
  '//evil.example/x',
  'http://evil.example/',
  '用户-é-🪐',
  "{x}$&'*",
  'jane@example.org',
])('sends %s as one segment', async (id) => {
  const { endpoint, requests } = await remoteSays({});

  await read(endpoint, id, z.unknown());
  await read(
    { ...endpoint, url: `${endpoint.url}{placeholder}/groups?as={placeholder}` },
    id,
    z.unknown(),
  );

  const [appended = '', placed = ''] = requests.map((it) => it.url);
  expect(appended.split('/')).toEqual(['', 'users', expect.anything()]);
  expect(decodeURIComponent(appended.slice('/users/'.length))).toBe(id);
  const url = new URL(placed, endpoint.url);
  expect(url.pathname.split('/').map(decodeURIComponent)).toEqual(['', 'users', id, 'groups']);
  expect([...url.searchParams]).toEqual([['as', id]]);
});

it.each([
  '',
  '.',
  '..',
  '%2e',
  '%2E%2e',
  '.%2e',
  'a\u0000b',
  'a\r\nb',
  '\u0085',
  '\ud800',
  'a'.repeat(256),
])('does not send %j', async (id) => {
  const { endpoint, requests } = await remoteSays({});

  const error = await errorOf(read(endpoint, id, z.unknown()));

  expect(error).toMatchObject({ fault: 'PERMANENT', isServiceFault: false });
  expect(requests).toEqual([]);
});

it.each([
  ['https://id.example', '.evil.example'],
  ['https://id.example:80', '80'],
  ['https://{placeholder}.example/', 'evil'],
  ['https://id.example/#', 'jane'],
  ['nonsense', 'jane'],
])('does not let %s become another host', (url, id) => {
  expect(() => address(at(url), id)).toThrow(RemoteError);
});
