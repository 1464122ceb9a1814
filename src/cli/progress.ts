import type { Terminal } from './terminal.ts';

/** Seconds between two lines where nothing can be drawn anew. */
const pause = 5;

export interface Progress {
  show(done: number, total: number, rest: string): void;
  end(): void;
}

/** How far something is: a bar that is drawn anew on a terminal, else a line every few seconds. */
export function progressOn(terminal: Terminal, isJson = false): Progress {
  const begunAt = performance.now();
  let drawnAt = begunAt;
  let isDrawn = false;
  return {
    show(done, total, rest) {
      const now = performance.now();
      const seconds = (now - begunAt) / 1000;
      const rate = done / Math.max(0.001, seconds);
      const left = rate > 0 ? timeOf((total - done) / rate) : '–';
      const line = `${done}/${total}, ${rate.toFixed(rate < 10 ? 1 : 0)}/s, ${done < total ? `${left} to go` : timeOf(seconds)} | ${rest}`;
      if (isJson || (now - drawnAt < (terminal.canRedraw ? 100 : pause * 1000) && done < total))
        return;
      drawnAt = now;
      if (!terminal.canRedraw) return terminal.err(`${line}\n`);
      isDrawn = true;
      const filled = Math.round((20 * done) / Math.max(1, total));
      terminal.err(`\r\x1b[K${'█'.repeat(filled)}${'░'.repeat(20 - filled)} ${line}`);
    },
    end() {
      if (isDrawn) terminal.err('\n');
    },
  };
}

/** `7 s`, `3 min 20 s`, `2 h 5 min`. */
export function timeOf(seconds: number): string {
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}
