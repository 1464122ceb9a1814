import { expect, it } from 'vitest';
import { killWorkers } from './kill.ts';

it('loses nothing and runs nothing that was rolled back when workers are killed', async () => {
  const outcome = await killWorkers({ kills: 3, webhooks: 300, rate: 25 });

  expect(outcome).toMatchObject({ kills: 3, accepted: 285, refused: 15, lost: 0, orphans: 0 });
  expect(outcome.settledAfter).toBeLessThan(30);
}, 120_000);
