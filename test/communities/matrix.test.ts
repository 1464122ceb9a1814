import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../helpers/world.ts';
import { type Act, type Ask, acts } from './matrix-acts.ts';
import { tell } from './matrix-run.ts';
import { type Cell, fingerprints, newCell, type Scene, setScene } from './matrix-scene.ts';
import { actors, type Expected, outcomes, readMatrix, states } from './matrix-table.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
});
afterAll(() => world.stop());

const matrix = Map.groupBy(readMatrix(), (it) => it.deed);

it('has a line for every act, actor and state', () => {
  expect([...matrix.keys()].sort()).toEqual(Object.keys(acts).sort());
  for (const cells of matrix.values()) {
    const named = new Set(cells.map((it) => `${it.actor} ${it.state}`));
    expect(named.size).toBe(actors.length * states.length);
    expect(cells.length).toBe(named.size);
  }
});

/** What came of an act for each actor before each state, each on a community of its own. */
interface Outcome {
  word: string;
  isChanged: boolean;
}

async function perform(act: Act): Promise<Map<string, Outcome>> {
  const wanted = states.flatMap((state) => actors.map((actor) => newCell(actor, state)));
  const scene = await setScene(world, wanted, act, actors);
  const before = await fingerprints(world, scene.cells);
  const told = await Promise.all(scene.cells.map((it) => ask(act, it, scene)));
  const after = await fingerprints(world, scene.cells);
  return new Map(
    scene.cells.map((it, index) => [
      keyOf(it),
      { word: told[index] ?? '', isChanged: before.get(it.uuid) !== after.get(it.uuid) },
    ]),
  );
}

async function ask(act: Act, cell: Cell, { crowd }: Scene): Promise<string> {
  const { word } = await tell(world, crowd.actors[cell.actor].token, act.ask(cell, crowd));
  return word;
}

const keyOf = ({ actor, state }: Pick<Cell, 'actor' | 'state'>) => `${actor}, ${state}`;

/** Whether an act is a mutation, whoever performs it. */
function isChange({ ask }: Act): boolean {
  const nobody: object = new Proxy({}, { get: (_, key) => (key === 'id' ? '' : nobody) });
  const asked: Ask = ask(newCell('anyone', 'a public community'), nobody as Scene['crowd']);
  return 'mutation' in asked;
}

const sentence = ({ actor, outcome, deed, state }: Expected): string =>
  `${actor} ${outcomes[outcome]} ${deed.replace(/\bit\b/, state)}`;

describe.each([...matrix])('%s', (deed, cells) => {
  const act = acts[deed] as Act;
  let found: Map<string, Outcome>;
  beforeAll(async () => {
    found = await perform(act);
  });

  it.each(cells.map((it) => [sentence(it), it] as const))('%s', (_, { outcome, ...cell }) => {
    expect(found.get(keyOf(cell))).toEqual({
      word: outcome,
      isChanged: outcome === 'y' && isChange(act),
    });
  });
});
