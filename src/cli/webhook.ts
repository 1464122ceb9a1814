import { type Command, Option } from 'commander';
import { type Cli, leaf, list, noun, whole } from './leaf.ts';

const acts = () => import('./webhook-acts.ts');

/** Adds what is done with webhooks. */
export function addWebhook(program: Command, { act }: Cli): void {
  const webhook = noun(
    program,
    'webhook',
    'what identity services tell us',
    'webhook send --sample',
  );
  leaf(webhook, 'send', {
    says: 'post a webhook to the running server, as an identity service would',
    example: [
      'webhook send --sample',
      'webhook send --idp knowledgeCommons --users 1234,5678 --event updated',
    ],
  })
    .option('--sample', 'about people and a group of the sample service')
    .option('-i, --idp <key>', 'which service it comes from; needed if there are several')
    .option('-u, --users <ids>', 'about these people', list)
    .option('-g, --groups <ids>', 'about these groups', list)
    .addOption(
      new Option('-e, --event <event>', 'what happened to them')
        .choices(['created', 'updated', 'deleted'])
        .default('updated'),
    )
    .option('--url <address>', 'where the server is, if not at HOST and PORT')
    .action(act(() => import('./webhook-send.ts').then((it) => it.send)));
  leaf(webhook, 'list', {
    says: 'what came, the newest first',
    example: 'webhook list --idp knowledgeCommons',
  })
    .option('-i, --idp <key>', 'only of this identity service')
    .option('-l, --limit <n>', 'how many at most', whole(1), 20)
    .action(act(() => acts().then((it) => it.list)));
  leaf(webhook, 'show', {
    says: 'all about one delivery',
    example: 'webhook show whd_AZ0bYyYgcAClXaj3m4JbuA',
  })
    .argument('<id>', 'its id, as `webhook list` says it')
    .action(act(() => acts().then((it) => it.show)));
  leaf(webhook, 'redeliver', {
    says: 'take a stored delivery in once more',
    example: 'webhook redeliver whd_AZ0bYyYgcAClXaj3m4JbuA',
  })
    .argument('<id>', 'its id, as `webhook list` says it')
    .action(act(() => acts().then((it) => it.redeliver)));
}
