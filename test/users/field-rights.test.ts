import { randomUUID } from 'node:crypto';
import { isObjectType } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { schema } from '../../src/app.ts';
import { assign, makeCommunity, makeGroup, makeUserWith } from '../api/make.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { makePerson, type Person } from './kit.ts';

/** Who looks, in the order of the letters in the table. */
const viewers = [
  'anyone',
  'a stranger',
  'themselves',
  'a member of their community',
  'a moderator',
  'a syncer',
  'an administrator',
] as const;

/** At whom. */
const targets = {
  public: {},
  'with a public address': { email_visibility: 'PUBLIC' },
  hidden: { visibility: 'RESTRICTED' },
  'hidden with a public address': { visibility: 'RESTRICTED', email_visibility: 'PUBLIC' },
  suspended: { state: 'SUSPENDED' },
  deactivated: { state: 'DEACTIVATED' },
  merged: { state: 'DEACTIVATED' },
  erased: { state: 'DEACTIVATED', erased_at: new Date() },
} satisfies Record<string, object>;
type Target = keyof typeof targets;

/**
 * Which fields say something to whom, after Invenio: `y` if they do, `-` if they do not, `!` if the
 * viewer cannot sign in any more. One letter for each viewer: anyone, a stranger, themselves, a
 * member, a moderator, a syncer, an administrator.
 */
const table: [fields: string, ...lines: [letters: string, targets: Target[]][]][] = [
  [
    'id username version',
    ['-yyyyyy', ['public', 'with a public address']],
    ['--y-yyy', ['hidden', 'hidden with a public address']],
    ['--!-yyy', ['suspended', 'deactivated', 'merged', 'erased']],
  ],
  [
    'fullName givenName familyName affiliation orcid nameParts nameFull nameInverted',
    ['-yyyyyy', ['public', 'with a public address']],
    ['--y-yyy', ['hidden', 'hidden with a public address']],
    ['--!-yyy', ['suspended', 'deactivated', 'merged']],
    ['--!----', ['erased']],
  ],
  [
    'email',
    ['--y-y-y', ['public', 'hidden']],
    ['-yyyyyy', ['with a public address']],
    ['--y-yyy', ['hidden with a public address']],
    ['--!-y-y', ['suspended', 'deactivated', 'merged']],
    ['--!----', ['erased']],
  ],
  [
    'state createdAt updatedAt',
    ['--y-yyy', ['public', 'with a public address', 'hidden', 'hidden with a public address']],
    ['--!-yyy', ['suspended', 'deactivated', 'merged', 'erased']],
  ],
  [
    'locale timeZone lockedFields identities assignments',
    ['--y-yyy', ['public', 'with a public address', 'hidden', 'hidden with a public address']],
    ['--!-yyy', ['suspended', 'deactivated', 'merged']],
    ['--!----', ['erased']],
  ],
  [
    'visibility emailVisibility',
    ['--y-y-y', ['public', 'with a public address', 'hidden', 'hidden with a public address']],
    ['--!-y-y', ['suspended', 'deactivated', 'merged', 'erased']],
  ],
  [
    'isEmailVerified localNameParts',
    ['--y-y-y', ['public', 'with a public address', 'hidden', 'hidden with a public address']],
    ['--!-y-y', ['suspended', 'deactivated', 'merged']],
    ['--!----', ['erased']],
  ],
  [
    'erasedAt',
    ['-------', ['public', 'with a public address', 'hidden', 'hidden with a public address']],
    ['--!----', ['suspended', 'deactivated', 'merged']],
    ['--!-yyy', ['erased']],
  ],
  [
    'mergedInto',
    ['-------', ['public', 'with a public address', 'hidden', 'hidden with a public address']],
    ['--!----', ['suspended', 'deactivated', 'erased']],
    ['--!-y-y', ['merged']],
  ],
  [
    'isVerified',
    ['----y-y', ['public', 'with a public address', 'hidden', 'hidden with a public address']],
    ['--!-y-y', ['suspended', 'deactivated', 'merged']],
    ['--!----', ['erased']],
  ],
  [
    'roles',
    ['--yyyyy', ['public', 'with a public address']],
    ['--y-yyy', ['hidden', 'hidden with a public address']],
    ['--!-yyy', ['suspended', 'deactivated', 'merged']],
    ['--!----', ['erased']],
  ],
  [
    'communities',
    ['--yy--y', ['public', 'with a public address']],
    ['--y---y', ['hidden', 'hidden with a public address']],
    ['--!---y', ['suspended', 'deactivated', 'merged']],
    ['--!----', ['erased']],
  ],
  [
    'notifications pendingEmail',
    ['--y----', ['public', 'with a public address', 'hidden', 'hidden with a public address']],
    ['--!----', ['suspended', 'deactivated', 'merged', 'erased']],
  ],
  [
    'tokens sessions',
    ['--y---y', ['public', 'with a public address', 'hidden', 'hidden with a public address']],
    ['--!---y', ['suspended', 'deactivated', 'merged']],
    ['--!----', ['erased']],
  ],
];

const rows = table.flatMap(([fields, ...lines]) =>
  fields
    .split(' ')
    .flatMap((field) =>
      lines.flatMap(([letters, whom]) => whom.map((target) => ({ field, target, letters }))),
    ),
);

const parts = ['nameParts', 'localNameParts'];
const pages = ['roles', 'communities', 'tokens', 'sessions', 'assignments'];
const inside: Record<string, string> = {
  identities: '{ id }',
  notifications: '{ enabled }',
  mergedInto: '{ id }',
  ...Object.fromEntries(parts.map((it) => [it, '{ given family nickname }'])),
  ...Object.fromEntries(pages.map((it) => [it, '{ totalCount nodes { __typename } }'])),
};
const fieldNames = [...new Set(rows.map((it) => it.field))];
const query = `query ($id: ID!) { node(id: $id) { ... on User {
  ${fieldNames.map((it) => `${it} ${inside[it] ?? ''}`).join('\n')} } } }`;

// biome-ignore lint/suspicious/noExplicitAny: a field may be anything
type Loose = any;

/** Whether a field says anything; what is empty does not, and neither does a count of nothing. */
function says(value: Loose): boolean {
  if (value == null || value === false) return false;
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value !== 'object') return true;
  if ('nodes' in value) return value.nodes.length > 0 || value.totalCount > 0;
  return Object.values(value).some((it) => it !== null);
}

let world: World;
/** What each field says, by target, viewer and field. */
const answers = new Map<Target, Record<string, Loose>[]>();

beforeAll(async () => {
  world = await startWorld({ isWorking: false });
  const fellow = await makePerson(world);
  const tokens = [
    undefined,
    (await makePerson(world)).token,
    undefined,
    fellow.token,
    (await makeUserWith(world, 'MODERATE')).token,
    (await makeUserWith(world, 'SYNC')).token,
    world.admin,
  ];
  for (const target of Object.keys(targets) as Target[]) {
    const person = await makeTarget(target, fellow);
    const asked = tokens.map(async (token, index) => {
      const own = viewers[index] === 'themselves';
      const answer = await world.ask(own ? person.token : token, query, { id: person.id });
      if (answer.status === 401) return { isOut: true };
      expect(answer.errors).toBeUndefined();
      return answer.data.node ?? {};
    });
    answers.set(target, await Promise.all(asked));
  }
});
afterAll(() => world.stop());

/** Somebody all of whose fields say something; of whom was erased, only what is left. */
async function makeTarget(target: Target, fellow: Person): Promise<Person> {
  if (target === 'erased') return makeErased();
  const email = `${randomUUID()}@example.org`;
  const person = await makePerson(world, {
    full_name: 'Jane Doe',
    given_name: 'Jane',
    family_name: 'Doe',
    name_parts: { nickname: 'J' },
    affiliation: 'Example University',
    orcid: '0000-0002-1825-0097',
    email,
    email_verified_at: new Date(),
    verified_at: new Date(),
    locale: 'de',
    time_zone: 'UTC',
    locked_fields: ['fullName'],
    ...targets[target],
  });
  const [uuid, hash] = ['gen_random_uuid()', 'sha256(gen_random_uuid()::text::bytea)'];
  for (const statement of [
    `insert into identities (id, user_id, idp, subject) values (${uuid}, $1, 'myCommons', ${uuid})`,
    `insert into sessions (id, user_id, hash, ends_at)
      values (${uuid}, $1, ${hash}, now() + interval '1 day')`,
    `insert into links (id, user_id, hash, purpose, data, expires_at) values (${uuid}, $1, ${hash},
      'EMAIL', '{ "email": "new@example.org" }', now() + interval '1 day')`,
  ]) {
    await world.sql(statement, [person.uuid]);
  }
  if (target === 'merged')
    await world.sql('update users set merged_into_id = $2 where id = $1', [
      person.uuid,
      fellow.uuid,
    ]);
  const both = [person, fellow];
  await assign(world, (await makeGroup(world)).role, both);
  await makeCommunity(world, { visibility: 'RESTRICTED', users: both });
  return person;
}

async function makeErased(): Promise<Person> {
  const person = await makePerson(world, targets.erased);
  await world.sql('delete from tokens where user_id = $1', [person.uuid]);
  return person;
}

describe('the table', () => {
  it('has a line for every field of a user and every target', () => {
    const type = schema.getType('User');
    const fields = isObjectType(type) ? Object.keys(type.getFields()) : [];

    expect([...fieldNames].sort()).toEqual(fields.sort());
    expect(rows).toHaveLength(fields.length * Object.keys(targets).length);
    expect(new Set(rows.map((it) => it.letters.length))).toEqual(new Set([viewers.length]));
    expect(rows.length * viewers.length).toBeGreaterThan(150);
  });
});

describe.each(Object.keys(targets) as Target[])('of a user who is %s', (target) => {
  it.each(rows.filter((it) => it.target === target))('$field: $letters', ({ field, letters }) => {
    const found = answers
      .get(target)
      ?.map((it) => (it.isOut ? '!' : says(it[field]) ? 'y' : '-'))
      .join('');

    expect(found).toBe(letters);
  });
});
