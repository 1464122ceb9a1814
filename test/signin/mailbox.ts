import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { World } from '../helpers/world.ts';
import { parse } from '../notifications/mail-server.ts';
import { until } from '../sync/kit.ts';

export interface Letter {
  to: string;
  subject: string;
  text: string;
  /** The address in it that it wants to be followed. */
  link?: string;
}

/** What was sent to an address, oldest first, once nothing waits to be sent any more. */
export async function lettersTo(world: World, address: string): Promise<Letter[]> {
  await until(async () => {
    const [waiting] = await world.sql(`select 1 from mails where state = 'QUEUED' limit 1`);
    return !waiting;
  }, 15_000);
  const { directory } = world.app.begin().config.mail;
  const names = await readdir(directory).catch(() => []);
  const texts = await Promise.all(names.sort().map((it) => readFile(join(directory, it), 'utf8')));
  const letters = texts.map((it) => {
    const { headers, text } = parse(it);
    const link = /^http\S+token=\S+$/m.exec(text)?.[0];
    return { to: headers.get('to') ?? '', subject: headers.get('subject') ?? '', text, link };
  });
  return letters.filter((it) => it.to.toLowerCase() === address.toLowerCase());
}

/** The last of them. */
export async function lastLetterTo(world: World, address: string): Promise<Letter> {
  const letter = (await lettersTo(world, address)).at(-1);
  if (!letter) throw new Error(`There is no e-mail to ${address}.`);
  return letter;
}
