import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { Command, CommanderError } from 'commander';
import { addCheck } from './check.ts';
import { addConfig } from './config.ts';
import { Desk, type Place } from './desk.ts';
import { addDoctor } from './doctor.ts';
import { exitCodes } from './failure.ts';
import { addGroup } from './group.ts';
import type { Cli } from './leaf.ts';
import { addRole } from './role.ts';
import { addSearch } from './search.ts';
import { addServer } from './server.ts';
import { addSync } from './sync.ts';
import type { Terminal } from './terminal.ts';
import { addToken } from './token.ts';
import { addUser } from './user.ts';
import { addWebhook } from './webhook.ts';

const adders = [
  addServer,
  addUser,
  addToken,
  addRole,
  addGroup,
  addSync,
  addCheck,
  addWebhook,
  addSearch,
  addConfig,
  addDoctor,
];

/**
 * Does what a command line says.
 * @param place where it is done; where this process runs if absent.
 * @returns the code with which the process is to end.
 */
export async function run(args: string[], terminal: Terminal, place?: Place): Promise<number> {
  let exitCode: number = exitCodes.fine;
  const isJson = args.includes('--json');
  const cli: Cli = {
    act:
      (load) =>
      async (...given) => {
        // The command itself comes last, after its options.
        const [options, ...operands] = given.slice(0, -1).reverse();
        // What has types of GraphQL beside it needs this before it is loaded.
        await import('reflect-metadata');
        const act = await load();
        const desk = new Desk(terminal, options.json === true, place ?? (await here()));
        const answer = await act(desk, options, ...operands.reverse());
        if (answer === undefined) return;
        exitCode = answer.exitCode ?? exitCodes.fine;
        terminal.out(`${desk.isJson ? JSON.stringify(answer.json, null, 2) : answer.text}\n`);
      },
  };
  try {
    await programOf(cli, terminal, isJson).parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.fine;
    const failure = (await import('./telling.ts')).problemsIn(error);
    const isTold = error instanceof CommanderError && !isJson;
    if (isJson) terminal.err(`${JSON.stringify({ errors: failure.problems }, null, 2)}\n`);
    else if (!isTold) terminal.err(`${failure.text}\n`);
    return failure.exitCode;
  }
}

const here = async (): Promise<Place> => (await import('./place.ts')).here;

/** All commands, with what each of them needs behind a door that opens when it is called. */
export function programOf(cli: Cli, terminal: Terminal, isJson = false): Command {
  const program = new Command('collegium')
    .description('GraphQL server for research communities and the people in them.')
    .version(versionOf(), '-V, --version', 'say which version this is')
    .helpOption('-h, --help', 'say what can be done, and how')
    .helpCommand('help [command]', 'say what a command does')
    .showHelpAfterError(isJson ? false : 'Add --help to see what there is.')
    .exitOverride()
    .configureOutput({
      writeOut: terminal.out,
      writeErr: terminal.err,
      outputError: (text, write) => (isJson ? undefined : write(text)),
    })
    .addHelpText('after', help);
  for (const add of adders) add(program, cli);
  return program;
}

const help = `
Every command has --help with an example, and --json for programs: its errors are JSON as well.
Exit codes: ${exitCodes.fine} done, ${exitCodes.failed} refused or failed, ${exitCodes.usage} wrong usage, ${exitCodes.partly} partly done.

Example:
  $ npx collegium sync all --idp knowledgeCommons`;

function versionOf(): string {
  const path = findPackageJSON('..', import.meta.url);
  return path ? JSON.parse(readFileSync(path, 'utf8')).version : 'unknown';
}
