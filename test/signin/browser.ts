import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
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

/** Where distributions put it; else the one that npm has is unpacked. */
const installed = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Starts Chromium without a window. */
export async function startBrowser(): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), 'collegium-chromium-'));
  const { executablePath, args } = await findChromium();
  const context = await playwright.launchPersistentContext(profile, { executablePath, args });
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

async function findChromium(): Promise<{ executablePath: string; args: string[] }> {
  const found = installed.find((it) => existsSync(it));
  if (found) return { executablePath: found, args: ['--no-sandbox'] };
  // Said before it is imported, this has the libraries unpacked that a bare machine lacks.
  process.env.AWS_LAMBDA_JS_RUNTIME = 'nodejs22.x';
  const { default: chromium } = await import('@sparticuz/chromium');
  return { executablePath: await chromium.executablePath(), args: chromium.args };
}
