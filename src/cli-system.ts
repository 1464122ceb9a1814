import { Actor } from './actor.ts';
import { openApp } from './app.ts';
import type { Config } from './config.ts';
import type { Context } from './context.ts';
import { openSite, type Site } from './development.ts';
import { createLog } from './log.ts';

/** Does something where the server runs, without the server. */
export async function atSite<T>(work: (site: Site) => Promise<T>): Promise<T> {
  const site = await openSite({ needsServices: false });
  try {
    return await work(site);
  } finally {
    await site.close();
  }
}

/** Does something as the system itself: whoever may run this may do everything. */
export const asSystem = <T>(
  work: (begin: () => Context) => Promise<T>,
  logLevel: Config['logLevel'] = 'warn',
): Promise<T> => atSite((site) => asSystemAt(site, work, logLevel));

export async function asSystemAt<T>(
  { config, databaseUrl }: Site,
  work: (begin: () => Context) => Promise<T>,
  logLevel: Config['logLevel'],
): Promise<T> {
  const app = await openApp(config, databaseUrl, createLog({ logLevel }));
  try {
    return await work(() => app.begin(Actor.system));
  } finally {
    await app.stop();
  }
}

export const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
