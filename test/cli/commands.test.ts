import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../helpers/world.ts';
import { type } from './kit.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ idp: { levels: { curator: ['member'] } } });
  const line = 'user create jane --email jane@example.org --administrator';
  expect(await type(world, line)).toMatchObject({
    code: 0,
    out: 'jane is here, and an administrator.\n',
  });
  await type(world, 'user create joe');
  await type(world, ['user', 'create', 'zoë', '--name', 'Zoë Müller']);
  await type(world, 'sync user 1234 5678 --idp knowledgeCommons');
  await type(world, 'role create helpers --right moderate,sync --title Help');
  await type(world, 'token create joe --name laptop');
  await world.post({
    idp: 'knowledgeCommons',
    updates: { users: [{ id: '1234', event: 'updated' }] },
  });
  await world.settled();
  await world.indexed();
}, 60_000);
afterAll(() => world.stop());

/** What can be asked for, a part of what people read, and a part of what programs read. */
const answers: [line: string, text: RegExp, json: unknown][] = [
  ['migrate', /^The database is up to date\.$/m, { done: [] }],
  ['migrate --dry-run', /^The database is up to date\.$/m, { pending: [] }],
  ['user list', /^username +name +e-mail +state +since +id\n/, expect.any(Array)],
  [
    'user list --query name:Zoë',
    /^zoë +Zoë Müller/m,
    [expect.objectContaining({ username: 'zoë' })],
  ],
  ['user list --state DEACTIVATED', /^There is nobody like that\.$/m, []],
  ['user list --limit 1', /^amara|^aokafor|^\S+ /m, [expect.anything()]],
  [
    'user show jane@example.org',
    /^username +jane$/m,
    { username: 'jane', roles: ['administrators'] },
  ],
  ['user show 0000-0002-1694-233X', /^identity +knowledgeCommons:1234$/m, { username: 'janeuser' }],
  [
    'user show https://orcid.org/0000-0002-1694-233x',
    /^username +janeuser$/m,
    { username: 'janeuser' },
  ],
  [
    'user show knowledgeCommons:5678',
    /^username +aokafor$/m,
    {
      identities: [{ idp: 'knowledgeCommons', subject: '5678', goneAt: null }],
    },
  ],
  ['user show JOE', /^tokens +1$/m, { tokens: 1, sessions: 0 }],
  [
    'user groups janeuser',
    /^role +group +source +since\n.*Developers +knowledgeCommons/,
    [
      expect.objectContaining({
        group: { id: '12345', idp: 'knowledgeCommons', name: 'Developers' },
      }),
      expect.anything(),
    ],
  ],
  ['user groups joe --communities', /^No roles\.$/m, []],
  [
    'user name-parts janeuser',
    /^as in a list +User, Jane$/m,
    { parts: { given: 'Jane', family: 'User' }, local: {} },
  ],
  [
    'user merge joe zoë --dry-run',
    /^joe would go into zoë\. Nothing is done\.$/m,
    { isDryRun: true },
  ],
  ['user export joe', /"username": "joe"/, { version: 1, user: { username: 'joe' } }],
  [
    'token list joe',
    /^laptop +….{4} +alive /m,
    [expect.objectContaining({ name: 'laptop', state: 'ALIVE' })],
  ],
  ['role list --local', /^helpers +MODERATE, SYNC +rol_/m, expect.any(Array)],
  [
    'role list --query helpers',
    /^name +rights +id\nhelpers /,
    [expect.objectContaining({ name: 'helpers' })],
  ],
  [
    'role show administrators',
    /^people +2$/m,
    { name: 'administrators', rights: ['ADMINISTER'], people: 2 },
  ],
  [
    'role users administrators',
    /^jane +- +jane@example.org/m,
    [expect.anything(), expect.anything()],
  ],
  ['role users helpers', /^Nobody is in it\.$/m, []],
  ['group list --idp knowledgeCommons', /^knowledgeCommons +12345 +Developers/m, expect.any(Array)],
  [
    'group show knowledgeCommons:12345',
    /^role +category +people\nknowledgeCommons---developers\|12345\|member +member +2$/m,
    {
      remoteId: '12345',
      community: null,
      roles: [{ category: 'member', people: 2 }],
    },
  ],
  ['group show 12345 --idp knowledgeCommons', /^name +Developers$/m, { name: 'Developers' }],
  [
    'sync status',
    /^knowledgeCommons +0 +- +0 +0/m,
    [{ idp: 'knowledgeCommons', dirty: 0, held: 0, dead: 0 }, { idp: 'myCommons' }],
  ],
  [
    'check-group-memberships',
    /^No community is linked to a group\.\n0 ok, 0 fixed, 0 wrong\.$/m,
    { checks: [] },
  ],
  [
    'webhook list',
    /^\S+Z +knowledgeCommons +1 +1 accepted +1 +whd_/m,
    [expect.objectContaining({ receipts: 1 })],
  ],
  ['webhook list --idp myCommons', /^Nothing came yet\.$/m, []],
  ['search status', /^postgresql +users +search_users +live +6 /m, expect.any(Array)],
];

describe('what is asked for', () => {
  it.each(answers)('%s', async (line, text, json) => {
    const human = await type(world, line);
    expect(human).toMatchObject({ code: 0, err: '' });
    expect(human.out).toMatch(text);

    const program = await type(world, `${line} --json`);
    expect(program).toMatchObject({ code: 0, err: '' });
    expect(program.json()).toMatchObject(json as object);
  });
});

const nobody = 'There is no such user as nobody.';
const refusals: [line: string, code: string, message: string][] = [
  ...['show', 'groups', 'activate', 'deactivate', 'sign-in-link', 'name-parts', 'export'].map(
    (it): [string, string, string] => [`user ${it} nobody`, 'NOT_FOUND', nobody],
  ),
  ['user create jane', 'TAKEN', 'Another account has this username.'],
  ['user create a/b', 'INVALID', 'needs 1 to 64 letters'],
  ['user create ann --email nowhere', 'INVALID', 'is not an e-mail address'],
  ['user merge nobody jane', 'NOT_FOUND', nobody],
  ['user merge jane jane', 'CONFLICT', 'This is one account already.'],
  ['user erase joe --confirm jo', 'INVALID', 'is not the username of this account.'],
  ['token create nobody', 'NOT_FOUND', nobody],
  ['token create joe --days 400', 'INVALID', 'is more than 366'],
  ['token create joe --scope EVERYTHING', 'INVALID', 'Invalid option'],
  ['token list nobody', 'NOT_FOUND', nobody],
  ['token revoke tok_1', 'NOT_FOUND', 'There is no such token.'],
  ['token sign nobody', 'NOT_FOUND', ''],
  ['role show nothing', 'NOT_FOUND', 'There is no such role as nothing.'],
  ['role create helpers', 'TAKEN', ''],
  ['role create admin', 'INVALID', 'is a name that is kept for this server'],
  ['role update administrators --right SYNC', 'CONFLICT', 'keeps ADMINISTER'],
  ['role update helpers --right EVERYTHING', 'INVALID', ''],
  ['role delete administrators', 'CONFLICT', 'cannot be deleted'],
  ['role assign helpers nobody', 'NOT_FOUND', nobody],
  [
    'role assign knowledgeCommons---developers|12345|member joe',
    'CONFLICT',
    'change the group there',
  ],
  ['group show knowledgeCommons:1', 'NOT_FOUND', 'There is no such group as knowledgeCommons:1.'],
  ['webhook show whd_1', 'NOT_FOUND', 'There is no such delivery.'],
  ['webhook redeliver whd_1', 'NOT_FOUND', 'There is no such delivery.'],
];

describe('what is refused', () => {
  it.each(refusals)('%s: %s %s', async (line, code, message) => {
    const human = await type(world, line);
    expect(human).toMatchObject({ code: 1, out: '' });
    expect(human.err).toContain(message);

    const program = await type(world, `${line} --json`);
    expect(program).toMatchObject({ code: 1, out: '' });
    const { errors } = JSON.parse(program.err);
    expect(errors).toContainEqual(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
  });

  it.each([
    ['user name-parts joe --clear --given Joe', 'goes with no part'],
    ['user erase joe', '--confirm joe'],
    ['sync user', 'npx collegium sync all --kind users'],
    ['sync group', 'npx collegium sync all --kind groups'],
    ['sync user 1234', '--idp: knowledgeCommons, myCommons'],
    [
      'sync user 1234 --idp nothing',
      'There is no identity service nothing, only knowledgeCommons, myCommons.',
    ],
    ['sync user x --by-email --by-username', 'one of them'],
    ['sync all --idp nothing', 'There is no identity service nothing'],
    ['group show 12345', '--idp knowledgeCommons or myCommons'],
    ['webhook send', '--sample, --users 1234,5678 or --groups 12345'],
    ['webhook send --users 1', '--idp: knowledgeCommons, myCommons'],
  ])('%s is wrong usage', async (line, message) => {
    const { code, out, err } = await type(world, line);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
  });
});
