import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium as playwright } from 'playwright-core';

/** A browser as people have one, and what it complained of. */
export interface Browser {
  context: BrowserContext;
  /** What a page was kept from by its policy, and errors in its scripts. */
  complaints: string[];
  /** Every address that was asked for. */
  requests: string[];
  stop(): Promise<void>;
}

/** Starts Chromium without a window. */
export async function startBrowser(): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), 'collegium-profile-'));
  const context = await playwright.launchPersistentContext(profile, await findChromium());
  const complaints: string[] = [];
  const requests: string[] = [];
  context.on('request', (it) => requests.push(it.url()));
  context.on('weberror', (it) => complaints.push(it.error().message));
  context.on('console', (it) => {
    if (it.type() === 'error') complaints.push(it.text());
  });
  return {
    context,
    complaints,
    requests,
    async stop() {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}

/** Where distributions put it. */
const installed = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** One that is installed, else the one that npm has, with the libraries that bare machines lack. */
async function findChromium() {
  const executablePath = installed.find((it) => existsSync(it));
  if (executablePath) return { executablePath, args: ['--no-sandbox'] };
  const file = new URL('../../node_modules/@sparticuz/chromium/package.json', import.meta.url);
  const { version } = JSON.parse(await readFile(file, 'utf8'));
  const home = join(tmpdir(), `collegium-chromium-${version}`);
  if (!existsSync(home)) await unpack(home);
  return {
    executablePath: join(home, 'chromium'),
    // Not the package's own, which turn off what pages are kept from.
    args: ['--no-sandbox', '--no-zygote', '--disable-webgl', '--font-render-hinting=none'],
    env: {
      ...process.env,
      LD_LIBRARY_PATH: join(home, 'al2023', 'lib'),
      FONTCONFIG_PATH: join(home, 'fonts'),
    },
  };
}

/** The package takes whatever it finds for whole, so that nobody may find it half unpacked. */
async function unpack(home: string): Promise<void> {
  const before = { ...process.env };
  const mine = await mkdtemp(`${home}-`);
  process.env.TMPDIR = mine;
  // Said before it is imported, this has the libraries unpacked too.
  process.env.AWS_LAMBDA_JS_RUNTIME = 'nodejs22.x';
  try {
    const { default: chromium } = await import('@sparticuz/chromium');
    await chromium.executablePath();
  } finally {
    for (const name of ['TMPDIR', 'AWS_LAMBDA_JS_RUNTIME', 'LD_LIBRARY_PATH', 'FONTCONFIG_PATH']) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  }
  // Somebody else may have been faster.
  await rename(mine, home).catch(() => rm(mine, { recursive: true }));
}
