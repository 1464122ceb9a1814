import { fstatSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startSampleService } from './service.ts';

const { values: flags } = parseArgs({
  options: {
    port: { type: 'string', default: process.env.PORT },
    host: { type: 'string', default: process.env.HOST },
    token: { type: 'string', default: process.env.SAMPLE_TOKEN },
    'latency-ms': { type: 'string', default: process.env.SAMPLE_LATENCY_MS },
    population: { type: 'string', default: process.env.SAMPLE_POPULATION },
  },
});

process.once('SIGTERM', stop);
process.once('SIGINT', stop);
// A parent that is gone closes the pipe. A terminal or /dev/null says nothing about any parent.
const stdin = fstatSync(0);
if (stdin.isFIFO() || stdin.isSocket()) process.stdin.on('end', stop).on('error', stop).resume();

const service = await startSampleService({
  port: numberOf('port'),
  host: flags.host || undefined,
  token: flags.token || undefined,
  latencyMs: numberOf('latency-ms'),
  population: numberOf('population'),
});
process.stdout.write(`${JSON.stringify({ url: service.url })}\n`);

function stop(): void {
  process.exit(0);
}

function numberOf(flag: 'port' | 'latency-ms' | 'population'): number {
  const number = Number(flags[flag] || 0);
  if (!Number.isInteger(number) || number < 0)
    throw new Error(`--${flag} cannot be ${flags[flag]}`);
  return number;
}
