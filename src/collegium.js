#!/usr/bin/env node
// Plain JavaScript, for it must also run on the older Node of the host.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major > 22 || (major === 22 && minor >= 17)) await run();
else runOn(newerNode());

async function run() {
  if (existsSync(new URL('./cli.ts', import.meta.url))) {
    const { register } = await import('tsx/esm/api');
    register({ tsconfig: fileURLToPath(new URL('../tsconfig.json', import.meta.url)) });
    await import('./cli.ts');
  } else {
    await import('./cli.js');
  }
}

function newerNode() {
  try {
    const name = `node-${process.platform}-${process.arch}/bin/node`;
    return createRequire(import.meta.url).resolve(name);
  } catch {
    console.error(
      `Collegium needs Node 22.17 or newer; this is ${process.version}, and npm installed no ` +
        'other for this machine. Run "npm ci" without --omit=optional, or install a newer Node.',
    );
    process.exit(1);
  }
}

function runOn(node) {
  const file = fileURLToPath(import.meta.url);
  const args = [...process.execArgv, file, ...process.argv.slice(2)];
  const child = spawn(node, args, { stdio: 'inherit' });
  const forward = (signal) => {
    // A terminal has already sent its Ctrl-C to both.
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'];
  for (const signal of signals) process.on(signal, forward);
  child.on('error', (error) => {
    console.error(`${node} does not start: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => {
    for (const name of signals) process.off(name, forward);
    if (signal) process.kill(process.pid, signal);
    else process.exit(code);
  });
}
