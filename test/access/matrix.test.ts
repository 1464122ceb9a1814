import { Kind, parse, visit } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { schema } from '../../src/app.ts';
import type { Ask } from '../communities/matrix-acts.ts';
import { tell } from '../communities/matrix-run.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { type Act, acts, elsewhere } from './matrix-acts.ts';
import {
  type Cell,
  fingerprints,
  makeRightRoles,
  newCell,
  type RightRoles,
  setScene,
} from './matrix-scene.ts';
import { actors, type Expected, outcomes, readMatrix, targets } from './matrix-table.ts';

let world: World;
let rights: RightRoles;
beforeAll(async () => {
  world = await startWorld({ isWorking: false });
  rights = await makeRightRoles(world);
});
afterAll(() => world.stop());

const actOf = (deed: string): Act => {
  const act = acts[deed];
  if (!act) throw new Error(`The matrix knows of no way to ${deed}.`);
  return act;
};

const matrix = Map.groupBy(
  readMatrix((deed) => actOf(deed).on),
  (it) => it.deed,
);

it('has a line for every act, actor and target', () => {
  expect([...matrix.keys()].sort()).toEqual(Object.keys(acts).sort());
  for (const [deed, cells] of matrix) {
    const named = new Set(cells.map(keyOf));
    expect([deed, named.size]).toEqual([deed, actors.length * targets[actOf(deed).on].length]);
    expect(cells.length).toBe(named.size);
  }
});

it('is about every query and mutation of accounts, roles, tokens and sessions', () => {
  const asked = new Set(Object.values(acts).flatMap((it) => rootFieldsOf(it.ask(nobody))));
  const queries = Object.keys(schema.getQueryType()?.getFields() ?? {});
  const mutations = Object.values(schema.getMutationType()?.getFields() ?? {})
    .filter(({ extensions: { scope } }) => scope !== 'COMMUNITIES' && scope !== 'SYNC')
    .map((it) => it.name);

  const missing = (all: string[], others: string[]) =>
    all.filter((it) => !asked.has(it) && !others.includes(it));
  expect(missing(queries, elsewhere.queries)).toEqual([]);
  expect(missing(mutations, elsewhere.mutations)).toEqual([]);
});

/** A cell of which nothing is in the database. */
const nobody = newCell('anyone', 'somebody');

function rootFieldsOf(ask: Ask): string[] {
  if ('mutation' in ask) return [ask.mutation];
  if (!('query' in ask)) return [];
  const names: string[] = [];
  visit(parse(ask.query), {
    [Kind.FIELD](field) {
      names.push(field.name.value);
      return false;
    },
  });
  return names;
}

const keyOf = ({ actor, target }: Pick<Cell, 'actor' | 'target'>) => `${actor}, ${target}`;

/** What came of an act for each actor and target, each with people and a role of its own. */
interface Outcome {
  word: string;
  isChanged: boolean;
}

async function perform(act: Act): Promise<Map<string, Outcome>> {
  const cells = targets[act.on].flatMap((target) => actors.map((it) => newCell(it, target)));
  await setScene(world, rights, cells, act);
  await act.before?.(world, cells);
  // That many wrong tokens come from no one address.
  await world.sql('delete from rate_limits');
  const before = await fingerprints(world, cells);
  const told = await Promise.all(cells.map((it) => tell(world, it.bearer, act.ask(it))));
  const after = await fingerprints(world, cells);
  return new Map(
    cells.map((it, index) => [
      keyOf(it),
      { word: told[index]?.word ?? '', isChanged: before.get(it) !== after.get(it) },
    ]),
  );
}

const isChange = (act: Act): boolean => 'mutation' in act.ask(nobody) && !act.isQuestion;

const sentence = ({ actor, outcome, deed, target }: Expected): string =>
  `${actor} ${outcomes[outcome]} ${deed}: ${target}`;

describe.each([...matrix])('%s', (deed, cells) => {
  const act = actOf(deed);
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
