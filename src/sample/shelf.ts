import type { Group, Person } from './world.ts';
import * as sample from './world.ts';

export interface World {
  /** By username; also found by id. */
  people: Shelf<Person>;
  /** By id; also found by slug. */
  groups: Shelf<Group>;
  findBySub(sub: string): Person | undefined;
}

/** A new world of copies of the given people and groups, and as many generated people as asked for. */
export function makeWorld(
  population = 0,
  people = sample.samplePeople,
  groups = sample.sampleGroups,
): World {
  const generate = (username: string) => {
    const n = Number(username.slice(1));
    return n >= 1 && n <= population && sample.usernameOf(n) === username
      ? sample.generate(n)
      : undefined;
  };
  const shelf = new Shelf<Person>(
    structuredClone(people).map((person) => [String(person.username), person]),
    (person, name) => person.id === name || person.username === name,
    generate,
  );
  return {
    people: shelf,
    groups: new Shelf<Group>(
      structuredClone(groups).map((group) => [String(group.id), group]),
      (group, name) => group.slug === name,
      (id) => (population > 0 ? sample.generateGroup(Number(id)) : undefined),
    ),
    findBySub: (sub) =>
      shelf.find((person) => person.sub === sub) ??
      (sub.startsWith(sample.subPrefix) ? generate(sub.slice(sample.subPrefix.length)) : undefined),
  };
}

/** Things by key, also found by their other names; those that nobody has changed may be made on demand. */
export class Shelf<T extends object> {
  /** What is undefined has been taken away, and is not made again. */
  readonly #things: Map<string, T | undefined>;
  readonly #isCalled: (thing: T, name: string) => boolean;
  readonly #make: (key: string) => T | undefined;

  constructor(
    things: Iterable<[string, T]>,
    isCalled: (thing: T, name: string) => boolean,
    make: (key: string) => T | undefined,
  ) {
    this.#things = new Map(things);
    this.#isCalled = isCalled;
    this.#make = make;
  }

  get(name: string): T | undefined {
    const key = this.#keyOf(name);
    return this.#things.has(key) ? this.#things.get(key) : this.#make(key);
  }

  find(isWanted: (thing: T) => boolean): T | undefined {
    for (const thing of this.#things.values()) if (thing && isWanted(thing)) return thing;
    return undefined;
  }

  set(name: string, thing: T): void {
    this.#things.set(this.#keyOf(name), thing);
  }

  /** Changes the given fields only; null is a value like others. False if there is no such thing. */
  patch(name: string, changes: Partial<T>): boolean {
    const thing = this.get(name);
    if (thing) this.set(name, { ...thing, ...changes });
    return thing !== undefined;
  }

  /** Takes the thing away, or only one field of it. */
  delete(name: string, field?: keyof T): void {
    const key = this.#keyOf(name);
    if (!field) this.#things.set(key, undefined);
    else this.patch(key, { [field]: undefined } as Partial<T>);
  }

  #keyOf(name: string): string {
    if (this.#things.get(name)) return name;
    for (const [key, thing] of this.#things) if (thing && this.#isCalled(thing, name)) return key;
    return name;
  }
}
