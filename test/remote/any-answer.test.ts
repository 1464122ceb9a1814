import fc from 'fast-check';
import { expect, it } from 'vitest';
import { findGroup } from '../../src/remote/group.ts';
import { RemoteError } from '../../src/remote/http.ts';
import { findPerson, type RemotePerson } from '../../src/remote/person.ts';
import { startStub } from './stub.ts';

const some = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom(null, '', 0, '0', [], {}, true),
);
/** Mostly right, so that more than the first check is met. */
const rightly = <T>(...values: T[]) =>
  fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...values) }, { weight: 1, arbitrary: some });
const record = (model: Record<string, fc.Arbitrary<unknown>>) =>
  fc.record(model, { requiredKeys: [] });

const membership = record({
  id: rightly<unknown>(1, 2, '3', null),
  role: rightly('member', 'admin'),
  status: rightly('confirmed', 'invited', 'banned', 'active'),
  name: rightly('Developers', ''),
});
const person = record({
  id: rightly<unknown>(7, '7'),
  username: rightly('jane'),
  email: rightly('jane@example.org', 'nonsense'),
  name: fc.oneof(fc.string({ unit: 'binary' }), some),
  orcid: rightly('0000-0002-1825-0097', '1'),
  preferred_language: fc.oneof(fc.string(), some),
  time_zone: fc.oneof(fc.string(), some),
  groups: fc.oneof(fc.array(fc.oneof(membership, some), { maxLength: 3 }), some),
  visibility: rightly('public'),
  upload_roles: some,
});
const wrapping = record({
  results: person,
  data: fc.oneof(person, fc.array(fc.oneof(person, record({ profile: person, sub: some })))),
  meta: record({ authorized: some, error: some }),
});
const answer = fc.oneof(
  person,
  wrapping,
  fc.tuple(person, wrapping).map((them) => Object.assign({}, ...them)),
  some,
);

it('makes of any answer a person or a RemoteError, and clears groups only by a list without members', async () => {
  let said: unknown;
  const { endpoint } = await startStub((_, response) => response.end(JSON.stringify(said)));
  const met = { persons: 0, empty: 0 };

  await fc.assert(
    fc.asyncProperty(answer, async (json) => {
      said = json;
      const found = await findPerson(endpoint, '7').catch(onlyRemote);
      await findGroup(endpoint, '7').catch(onlyRemote);
      if (!found) return;
      met.persons++;
      expect(Object.values(found)).not.toContain(undefined);
      if ((found as RemotePerson).groups?.length !== 0) return;
      met.empty++;
      expect(places(json).some(isListWithoutMembers)).toBe(true);
      expect(Boolean(Object(json).meta?.error)).toBe(false);
    }),
    { numRuns: 3000 },
  );

  expect(met.persons).toBeGreaterThan(100);
  expect(met.empty).toBeGreaterThan(10);
}, 60_000);

function onlyRemote(error: unknown): undefined {
  expect(error).toBeInstanceOf(RemoteError);
}

/** Where in an answer groups may be. */
function places(json: unknown): unknown[] {
  const { results, data } = Object(json);
  const first = Array.isArray(data) ? data[0] : undefined;
  return [json, results, data, first, Object(first).profile].map((it) => Object(it).groups);
}

/** Whether it is a list, and all of it is told to be something else than members. */
function isListWithoutMembers(groups: unknown): boolean {
  const isNoMember = ({ status }: { status?: unknown }) =>
    typeof status === 'string' &&
    status.trim() !== '' &&
    !/^\s*(confirmed|active)\s*$/i.test(status);
  return Array.isArray(groups) && groups.every((it) => isNoMember(Object(it)));
}
