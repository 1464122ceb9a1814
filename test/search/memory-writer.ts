import type { EngineName } from '../../src/search/engine.ts';
import type { Edition, Writer } from '../../src/search/writer.ts';

/** A server of another engine, in memory: it is not in our transactions, and it may be down. */
export class MemoryWriter implements Writer {
  engine: EngineName = 'ELASTICSEARCH';
  /** What each index says, with revisions; deletions are remembered. */
  indexes = new Map<string, Map<string, Edition>>();
  /** The name of the index of each kind that is read. */
  read = new Map<string, string>();
  isDown = false;
  /** Is awaited before anything is written. */
  delay: () => Promise<unknown> = async () => {};

  nameOf: Writer['nameOf'] = ({ name }, number) => `memory-${name}-${number}`;

  #index(name: string): Map<string, Edition> {
    if (this.isDown) throw new Error('the engine is down');
    const index = this.indexes.get(name);
    if (!index) throw new Error(`no index ${name}`);
    return index;
  }

  create: Writer['create'] = async (_ctx, _kind, name) => {
    if (this.isDown) throw new Error('the engine is down');
    if (!this.indexes.has(name)) this.indexes.set(name, new Map());
  };

  write: Writer['write'] = async (_ctx, _kind, name, editions) => {
    await this.delay();
    const index = this.#index(name);
    for (const it of editions) {
      const there = index.get(it.id);
      if (!there || BigInt(there.revision) < BigInt(it.revision)) index.set(it.id, it);
    }
  };

  fill = this.write;
  finish: Writer['finish'] = async (_ctx, _kind, name) => void this.#index(name);
  refuses = () => false;

  swap: Writer['swap'] = async (_ctx, kind, name) => {
    this.#index(name);
    const before = this.read.get(kind.name);
    this.read.set(kind.name, name);
    if (before && before !== name) this.indexes.delete(before);
    return name;
  };

  drop: Writer['drop'] = async (_ctx, _kind, name) => void this.indexes.delete(name);

  flawOf: Writer['flawOf'] = async (_ctx, { name: kind }, name, isRead) => {
    if (this.isDown) throw new Error('the engine is down');
    if (!this.indexes.has(name)) return 'is not there';
    return isRead && this.read.get(kind) !== name ? 'is not read' : undefined;
  };

  count: Writer['count'] = async (_ctx, _kind, name) => this.#said(name).length;

  digests: Writer['digests'] = async (_ctx, _kind, name, after, most) =>
    this.#said(name)
      .filter((it) => after === null || it.id > after)
      .slice(0, most);

  #said(name: string) {
    return [...this.#index(name).values()]
      .flatMap(({ id, entry }) => (entry ? { id, digest: entry.digest.toString('hex') } : []))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  }
}
