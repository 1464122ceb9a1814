import { Command, CommanderError } from 'commander';
import { addDoctor } from './cli-doctor.ts';
import { addSearch } from './cli-search.ts';
import { asSystem, say } from './cli-system.ts';
import { ConfigError } from './config.ts';
import { createToken } from './credentials/tokens.ts';
import { refusalsIn } from './errors.ts';
import { makeAdministrator } from './groups/service.ts';
import { serve } from './serve.ts';
import * as users from './users/service.ts';

const program = new Command('collegium')
  .description('GraphQL server for research communities and the people in them.')
  .exitOverride();

program
  .command('serve')
  .description('run the server: web, worker, or both, as PROCESSES says')
  .action(serve);

program
  .command('migrate')
  .description('create or update the tables and queues, while no other process does')
  .action(() => asSystem(async () => say('The database is up to date.')));

const user = program.command('user').description('accounts');
user
  .command('create')
  .description('make an account')
  .argument('<username>', 'unique, ignoring case')
  .option('-e, --email <address>', 'where to reach them')
  .option('-n, --name <name>', 'the whole name')
  .option('-a, --administrator', 'let them do everything', false)
  .addHelpText(
    'after',
    '\nExample:\n  $ npx collegium user create jane --email jane@example.org --administrator',
  )
  .action((username: string, options: { email?: string; name?: string; administrator: boolean }) =>
    asSystem(async (begin) => {
      const { email, name: fullName } = options;
      await users.create(begin(), { username, email, fullName });
      if (options.administrator) await makeAdministrator(begin(), username);
      say(`${username} is here${options.administrator ? ', and an administrator' : ''}.`);
    }),
  );

const token = program.command('token').description('personal tokens');
token
  .command('create')
  .description('make a token for an account, and show it this once')
  .argument('<username>', 'whose')
  .option('-n, --name <name>', 'what it is for', 'command line')
  .option('-d, --days <days>', 'how long it lives, 366 at most', Number, 90)
  .addHelpText(
    'after',
    '\nExample:\n  $ TOKEN=$(npx collegium token create jane --name laptop --days 30)',
  )
  .action((username: string, options: { name: string; days: number }) =>
    asSystem(async (begin) => {
      const made = await createToken(begin(), { username, ...options });
      say(made.token);
      process.stderr.write(
        `It lives until ${made.expiresAt.toISOString()} and is shown only now.\n`,
      );
    }),
  );

addSearch(program);
addDoctor(program);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = 1;
  const refusals = refusalsIn(error);
  if (error instanceof CommanderError) process.exitCode = error.exitCode;
  else if (refusals)
    for (const { message, path = [] } of refusals)
      process.stderr.write(`${[path.at(-1), message].filter(Boolean).join(': ')}\n`);
  else if (error instanceof ConfigError) process.stderr.write(`${error.message}\n`);
  else throw error;
}
