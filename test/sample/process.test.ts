import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';

describe('the process', () => {
  const run = async () => {
    const sample = spawn(
      process.execPath,
      ['--import', 'tsx', 'src/sample/main.ts', '--population', '5'],
      { env: { ...process.env, PORT: '', SAMPLE_TOKEN: 'secret' } },
    );
    onTestFinished(() => void sample.kill('SIGKILL'));
    const [line] = await once(createInterface(sample.stdout), 'line');
    return { sample, url: JSON.parse(line).url };
  };

  it('says where it listens, and ends with its parent', async () => {
    const { sample, url } = await run();

    const response = await fetch(`${url}/wp-json/commons/v1/users/u000005`, {
      headers: { authorization: 'Bearer secret' },
    });
    expect(response.status).toBe(200);

    sample.stdin.end();
    expect(await once(sample, 'exit')).toEqual([0, null]);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('ends at %s', async (signal) => {
    const { sample } = await run();

    sample.kill(signal);

    expect(await once(sample, 'exit')).toEqual([0, null]);
  });
});
