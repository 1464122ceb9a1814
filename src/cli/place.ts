import { Actor } from '../actor.ts';
import { openApp } from '../app.ts';
import { openSite, type Site } from '../development.ts';
import { createLog } from '../log.ts';
import type { Place } from './desk.ts';

/** The log of a command is beside what it answers. */
const logOf = () => createLog({ logLevel: 'warn' }, process.stderr);

async function atSite<T>(work: (site: Site) => Promise<T>, needsServices = false): Promise<T> {
  const site = await openSite({ needsServices, joinsServices: true });
  try {
    return await work(site);
  } finally {
    await site.close();
  }
}

/** Where this process runs. */
export const here: Place = {
  atSite,
  asSystem: (work, needsServices) =>
    atSite(async ({ config, databaseUrl }) => {
      const app = await openApp(config, databaseUrl, logOf());
      try {
        return await work(() => app.begin(Actor.system));
      } finally {
        await app.stop();
      }
    }, needsServices),
};
