import type { Command } from 'commander';
import { type Cli, leaf, list, noun, whole } from './leaf.ts';
import { refHelp } from './user.ts';

const acts = () => import('./token-acts.ts');
const scopes =
  'of COMMUNITIES, ACCOUNT, SYNC, MODERATE, ADMINISTER; again or with commas for several';

/** Adds what is done with tokens. */
export function addToken(program: Command, { act }: Cli): void {
  const token = noun(program, 'token', 'what programs show to say who they are', 'token list jane');
  leaf(token, 'create', {
    says: 'make a token for an account, and show it this once',
    example: 'token create jane --name laptop --days 30 --scope COMMUNITIES',
  })
    .argument('<ref>', `whose: ${refHelp}`)
    .option('-n, --name <name>', 'what it is for', 'command line')
    .option('-d, --days <days>', 'how long it lives, 366 at most', whole(1), 90)
    .option(
      '-s, --scope <scope>',
      `what it may be used for: ${scopes}; for everything if absent`,
      list,
    )
    .action(act(() => acts().then((it) => it.create)));
  leaf(token, 'list', { says: 'the tokens of an account', example: 'token list jane' })
    .argument('<ref>', `whose: ${refHelp}`)
    .action(act(() => acts().then((it) => it.listOf)));
  leaf(token, 'revoke', {
    says: 'end a token at once',
    example: 'token revoke tok_AZ0bYyYgcAClXaj3m4JbuA',
  })
    .argument('<id>', 'its id, as `token list` says it')
    .action(act(() => acts().then((it) => it.revoke)));
  leaf(token, 'sign', {
    says: 'sign a JSON web token for an account, as dserver does; it is kept nowhere',
    example: 'token sign jane --minutes 60',
  })
    .argument('<ref>', `whose: ${refHelp}`)
    .option('-m, --minutes <n>', 'how long it lives, 1440 at most', whole(1), 15)
    .option(
      '-s, --scope <scope>',
      `what it may be used for: ${scopes}; for everything if absent`,
      list,
    )
    .action(act(() => acts().then((it) => it.sign)));
}
