import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { programOf } from '../../src/cli/program.ts';
import { paper, type } from './kit.ts';

const program = programOf({ act: () => async () => {} }, paper());

/** Every command with its whole name. */
function all(parent: Command, before: string[] = []): { name: string; command: Command }[] {
  return parent.commands.flatMap((command) => {
    const path = [...before, command.name()];
    return [{ name: path.join(' '), command }, ...all(command, path)];
  });
}
const commands = all(program);
const leaves = commands.filter(({ command }) => command.commands.length === 0);

it('has the commands that are promised', () => {
  expect(leaves.map(({ name }) => name)).toEqual([
    'serve',
    'migrate',
    ...['create', 'list', 'show', 'groups', 'activate', 'deactivate', 'sign-in-link', 'name-parts']
      .concat(['merge', 'export', 'erase'])
      .map((it) => `user ${it}`),
    ...['create', 'list', 'revoke', 'sign'].map((it) => `token ${it}`),
    ...['list', 'show', 'users', 'create', 'update', 'delete', 'assign', 'unassign'].map(
      (it) => `role ${it}`,
    ),
    'group list',
    'group show',
    ...['user', 'group', 'all', 'ingest', 'status'].map((it) => `sync ${it}`),
    'check-group-memberships',
    ...['send', 'list', 'show', 'redeliver'].map((it) => `webhook ${it}`),
    'search reindex',
    'search status',
    'config print',
    'config check',
    'doctor',
  ]);
});

it.each(commands)('$name explains itself, with an example of its own', async ({ name }) => {
  const { code, out, err } = await type(undefined, `${name} --help`);

  expect({ code, err }).toEqual({ code: 0, err: '' });
  const [, examples = ''] = out.split(/\nExamples?:\n/);
  expect(examples).toMatch(new RegExp(`\\$ .*npx collegium ${name}`));
});

it.each(commands)('the examples of $name are of commands that there are', async ({ name }) => {
  const { out } = await type(undefined, `${name} --help`);

  for (const [, line = ''] of out.matchAll(/npx collegium ([^\n<>|]+)/g)) {
    const words = line.trim().match(/"[^"]*"|\S+/g) ?? [];
    const known = commands.filter((it) => `${words.join(' ')} `.startsWith(`${it.name} `));
    const command = known.at(-1)?.command;
    expect(command, line).toBeDefined();
    const flags = command?.options.flatMap((it) => [it.short, it.long]);
    for (const word of words.filter((it) => it.startsWith('-') && it !== '-'))
      expect(flags, line).toContain(word);
  }
});

it.each(leaves.filter(({ name }) => name !== 'serve'))('$name answers programs', ({ command }) => {
  expect(command.options.map((it) => it.long)).toContain('--json');
});

describe('wrong usage', () => {
  it.each([
    ['serv', "unknown command 'serv'", 'Did you mean serve?'],
    ['user lst', "unknown command 'lst'", 'Did you mean list?'],
    ['user list --stat ACTIVE', "unknown option '--stat'", 'Did you mean --state?'],
    ['user show', "missing required argument 'ref'", ''],
    ['user list --limit 0', 'It is not a whole number from 1.', ''],
    ['user list --state GONE', 'Allowed choices are ACTIVE, SUSPENDED, DEACTIVATED.', ''],
    ['sync all --rate 0', 'It is not a number above 0.', ''],
    ['sync all --kind people', 'Allowed choices are users, groups.', ''],
  ])('%s ends with 2 and says what was meant', async (line, message, way) => {
    const told = await type(undefined, line);
    expect(told).toMatchObject({ code: 2, out: '' });
    expect(told.err).toContain(message);
    expect(told.err).toContain(way);

    const json = await type(undefined, `${line} --json`);
    expect(json).toMatchObject({ code: 2, out: '' });
    const { errors } = JSON.parse(json.err);
    expect(errors).toEqual([{ code: 'USAGE', message: expect.stringContaining(message) }]);
  });

  it('shows what there is where nothing is asked for', async () => {
    const { code, out, err } = await type(undefined, []);

    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 partly done.');
  });
});

it('says its version', async () => {
  expect(await type(undefined, '--version')).toMatchObject({ code: 0, out: '0.1.0\n' });
});
