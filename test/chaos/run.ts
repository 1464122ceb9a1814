import { killWorkers } from './kill.ts';

/** The whole ordeal: `npm run test:chaos`. The small one is kill.test.ts. */
const outcome = await killWorkers({ kills: 20, webhooks: 2000, rate: 20 });
console.log(outcome);
const isGood =
  outcome.kills >= 20 &&
  outcome.lost === 0 &&
  outcome.orphans === 0 &&
  outcome.refused === 100 &&
  outcome.repeated <= outcome.accepted * 0.02 &&
  outcome.settledAfter <= 30;
console.log(
  isGood ? 'Nothing accepted was lost, nothing rolled back ran.' : 'This is not as it should be.',
);
process.exitCode = isGood ? 0 : 1;
