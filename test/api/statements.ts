import pg from 'pg';
import { vi } from 'vitest';

/** What the server says to its database while something is done, the queue's own affairs aside. */
export async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const spy = vi.spyOn(pg.Client.prototype, 'query');
  try {
    await work();
    const said = spy.mock.calls.map(([it]: unknown[]) =>
      typeof it === 'string' ? it : (it as { text: string }).text,
    );
    return said.filter((it) => !/\bpgboss\b/.test(it));
  } finally {
    spy.mockRestore();
  }
}
