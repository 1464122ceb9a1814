import { setTimeout as sleep } from 'node:timers/promises';

/** The webhook in the words of the service that Collegium succeeds. */
const webhook = {
  idp: 'knowledgeCommons',
  updates: {
    users: [
      { id: '1234', event: 'updated' },
      { id: '5678', event: 'created' },
    ],
    groups: [{ id: '1234', event: 'deleted' }],
  },
};

export const say = (text = '') => process.stdout.write(`${text}\n`);

/** What the demo needs of a running server, all of it over HTTP. */
export interface Stage {
  post(body: object): Promise<{
    status: number;
    events: { path: string; id: string; event: string; outcome: string }[];
  }>;
  // biome-ignore lint/suspicious/noExplicitAny: it shows whatever it asked for
  ask(query: string, variables?: object): Promise<any>;
  /** Changes the world of the identity service. */
  remote(method: string, path: string, body?: object): Promise<void>;
}

/** Waits until nothing is to be looked at any more. */
async function settled({ ask }: Stage): Promise<void> {
  for (const until = Date.now() + 20_000; Date.now() < until; await sleep(25)) {
    const { remoteServices } = await ask('{ remoteServices { dirty } }');
    if (remoteServices.every((it: { dirty: number }) => it.dirty === 0)) return;
  }
  throw new Error('The jobs did not end within 20 s.');
}

const shown = `
  jane: user(username: "janeuser") { ...person }
  amara: user(username: "aokafor") { ...person }
  group(idp: "knowledgeCommons", remoteId: "1234") { name deletedAt roles { nodes { name } } }
  community(slug: "reading-circle") {
    title group { name }
    members { nodes { level user { username } role { name } } }
  }`;
const person =
  'fragment person on User { username email affiliation state roles { nodes { name } } }';

/** The state as lines, so that before and after can be compared by eye and by machine. */
async function picture({ ask }: Stage): Promise<string[]> {
  const { jane, amara, group, community } = await ask(`{ ${shown} } ${person}`);
  const lines: string[] = [];
  for (const [name, it] of Object.entries({ janeuser: jane, aokafor: amara })) {
    if (!it) {
      lines.push(`user ${name}: not here`);
      continue;
    }
    lines.push(`user ${name}: ${it.email}, ${it.affiliation}, ${it.state}`);
    for (const role of it.roles.nodes) lines.push(`  in role ${role.name}`);
  }
  lines.push(`group 1234: ${group.name}${group.deletedAt ? ', deleted' : ''}`);
  for (const role of group.roles.nodes) lines.push(`  has role ${role.name}`);
  lines.push(
    `community reading-circle: ${community.title}, ${community.group ? 'linked to the group' : 'on its own'}`,
  );
  for (const { level, user, role } of community.members.nodes) {
    lines.push(`  ${level.toLowerCase()}: ${user ? `user ${user.username}` : `role ${role.name}`}`);
  }
  return lines;
}

/** The service's people and groups as they are before anything happens. */
async function setScene({ remote, post, ask, ...rest }: Stage): Promise<void> {
  const it = { remote, post, ask, ...rest };
  const developers = { id: 12345, name: 'Developers', role: 'member' };
  const circle = { id: 1234, name: 'Reading Circle', role: 'admin' };
  await remote('PUT', '/groups/1234', {
    id: 1234,
    name: 'Reading Circle',
    url: 'https://commons.example/groups/reading-circle',
    visibility: 'public',
    description: 'We read.',
    avatar: null,
    upload_roles: ['member', 'moderator', 'administrator'],
    moderate_roles: ['moderator', 'administrator'],
  });
  await remote('PATCH', '/people/1234', { groups: [developers, circle] });
  await post({
    idp: webhook.idp,
    updates: {
      users: [{ id: '1234', event: 'created' }],
      groups: [{ id: '1234', event: 'updated' }],
    },
  });
  await settled(it);
  const { group } = await ask('{ group(idp: "knowledgeCommons", remoteId: "1234") { id } }');
  const { linkCommunityToGroup } = await ask(
    'mutation ($input: LinkCommunityToGroupInput!) { linkCommunityToGroup(input: $input) { userErrors { message } } }',
    { input: { groupId: group.id, community: { create: {} } } },
  );
  if (linkCommunityToGroup.userErrors.length > 0)
    throw new Error(JSON.stringify(linkCommunityToGroup));
}

/** What then happens at the service, of which the webhook tells. */
async function changeTheWorld({ remote }: Stage): Promise<void> {
  const developers = { id: 12345, name: 'Developers' };
  await remote('PATCH', '/people/1234', {
    institutional_affiliation: 'University of the Demo',
    groups: [{ ...developers, role: 'admin' }],
  });
  await remote('PATCH', '/people/5678', { groups: [{ ...developers, role: 'member' }] });
  await remote('DELETE', '/groups/1234');
}

/** The story, told on standard output. @throws if it does not end as it should. */
export async function play(it: Stage): Promise<void> {
  await setScene(it);
  const before = await picture(it);
  say('\nBEFORE\n');
  for (const line of before) say(`  ${line}`);

  await changeTheWorld(it);
  say('\nAt the identity service Jane moves to another university and becomes an administrator of');
  say('the Developers, Amara joins them, and the Reading Circle (group 1234) is deleted.');
  say('\nThe service posts the webhook:\n');
  say(`  POST /api/webhooks/user_data_update\n  ${JSON.stringify(webhook)}`);
  const { status, events } = await it.post(webhook);
  say(`\n  ${status}`);
  for (const { path, id, event, outcome } of events) say(`  ${path} (${id} ${event}): ${outcome}`);
  if (status !== 202) throw new Error('The webhook was refused.');
  await settled(it);

  const { syncRuns } = await it.ask(
    '{ syncRuns(first: 3) { nodes { kind remoteId outcome changes { kind field before after group category level } } } }',
  );
  say('\nThe jobs looked again, and did this:\n');
  for (const run of syncRuns.nodes.reverse()) {
    say(`  ${run.kind.toLowerCase()} ${run.remoteId}: ${run.outcome}`);
    for (const change of run.changes) say(`    ${describe(change)}`);
  }

  const after = await picture(it);
  say('\nAFTER  (+ new, - gone)\n');
  for (const line of before.filter((old) => !after.includes(old))) say(`- ${line}`);
  for (const line of after) say(`${before.includes(line) ? ' ' : '+'} ${line}`);
  check(after);
}

function describe({
  kind,
  field,
  before,
  after,
  group,
  category,
  level,
}: Record<string, string | null>): string {
  const words = [kind?.toLowerCase().replaceAll('_', ' ')];
  if (field) words.push(`${field}:`);
  if (before !== null || after !== null) words.push(`${before ?? '(none)'} → ${after ?? '(none)'}`);
  if (group) words.push(category ? `${group}|${category}` : group);
  if (level && kind === 'MEMBER_ADDED') words.push(`as ${level.toLowerCase()}`);
  return words.join(' ');
}

/** The demo does not only show: it knows what has to come out. */
function check(after: string[]): void {
  const expected = [
    'user janeuser: janeuser@example.org, University of the Demo, ACTIVE',
    '  in role knowledgeCommons---developers|12345|administrator',
    '  in role knowledgeCommons---developers|12345|member',
    'group 1234: Reading Circle, deleted',
    'community reading-circle: Reading Circle, on its own',
    '  manager: user janeuser',
  ];
  const missing = expected.filter((line) => !after.includes(line));
  const left = after.filter((line) => line.includes('|1234|'));
  if (missing.length + left.length > 0) {
    throw new Error(`Missing: ${JSON.stringify(missing)}; left over: ${JSON.stringify(left)}`);
  }
}
