import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startWorld, type World, type WorldOptions } from '../helpers/world.ts';
import { until } from '../sync/kit.ts';
import {
  hurry,
  invitation,
  invite,
  mailsOf,
  makeReader,
  makeReaders,
  settled,
  tell,
} from './kit.ts';
import { parse } from './mail-server.ts';

async function openWorld(options: WorldOptions = {}): Promise<World & { directory: string }> {
  const world = await startWorld(options);
  onTestFinished(() => world.stop());
  return { ...world, directory: world.app.begin().config.mail.directory };
}

describe('without a mail server', () => {
  it('an e-mail is a file that people and mail programs can read', async () => {
    const world = await openWorld({ env: { PUBLIC_URL: 'https://commons.example' } });
    const ada = await makeReader(world, { fullName: 'Ada\r\nX-Evil: 1' });
    const about = invitation(ada.id, { message: 'Grüße 🍄' });

    await tell(world, 'MEMBERSHIP_SUBMITTED', { to: [ada.id], about });
    const [mail] = await settled(world);

    expect(mail?.state).toBe('SENT');
    const [name = '', ...others] = await readdir(world.directory);
    expect(others).toEqual([]);
    expect(name).toMatch(
      new RegExp(`^\\d{4}-\\d\\d-\\d\\dT\\d\\d-\\d\\d-[\\d.]+Z ${mail?.id}\\.eml$`),
    );
    const text = await readFile(`${world.directory}/${name}`, 'utf8');
    const { headers, text: body } = parse(text);
    expect([...headers.keys()]).not.toContain('x-evil');
    expect(Object.fromEntries(headers)).toMatchObject({
      to: ada.address,
      subject: 'Ada X-Evil: 1 asks to join “Mycology”',
      'message-id': `<${mail?.id}@commons.example>`,
      'auto-submitted': 'auto-generated',
    });
    expect(Number.isNaN(Date.parse(headers.get('date') ?? ''))).toBe(false);
    expect(body).toBe(mail?.body);
    expect(text).toContain('\n> Grüße 🍄\n');
  });

  it('the files are sorted as the e-mails were written', async () => {
    const world = await openWorld();
    const [one = ''] = await makeReaders(world, 1);
    for (const title of ['A', 'B', 'C', 'D', 'E']) {
      const about = invitation(one, { community: { title, slug: title } });
      await tell(world, 'INVITATION_SUBMITTED', { to: [one], about });
    }
    await settled(world);

    const names = (await readdir(world.directory)).sort();
    const texts = await Promise.all(
      names.map((it) => readFile(`${world.directory}/${it}`, 'utf8')),
    );

    expect(texts.map((it) => /“(.)”/.exec(it)?.[1])).toEqual(['A', 'B', 'C', 'D', 'E']);
  });

  it('an e-mail is one file, however often it is sent', async () => {
    const world = await openWorld();
    await invite(world, ...(await makeReaders(world, 1)));
    await settled(world);
    await world.sql(`update mails set state = 'QUEUED'`);

    await hurry(world);
    await settled(world);

    expect(await readdir(world.directory)).toHaveLength(1);
  });

  it('an e-mail waits until the folder can be written', async () => {
    const world = await openWorld();
    await mkdir(dirname(world.directory), { recursive: true });
    await writeFile(world.directory, 'a file is in the way');

    await invite(world, ...(await makeReaders(world, 1)));
    await until(async () => (await mailsOf(world))[0]?.error);

    expect(await mailsOf(world)).toMatchObject([
      { state: 'QUEUED', error: 'The file could not be written: EEXIST.' },
    ]);
    await rm(world.directory);
    await hurry(world);
    expect(await settled(world)).toMatchObject([{ state: 'SENT', attempts: 2 }]);
  });

  it('none is sent if that is what the operator wants', async () => {
    const world = await openWorld({ env: { SMTP_URL: 'none' } });

    await invite(world, ...(await makeReaders(world, 2)));

    expect((await settled(world)).map((it) => it.state)).toEqual(['SKIPPED', 'SKIPPED']);
    await expect(readdir(world.directory)).rejects.toThrow('ENOENT');
  });
});
