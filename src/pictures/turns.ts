import { Refusal } from '../errors.ts';

export interface TurnOptions {
  /** So many wait at most. */
  waiting: number;
  /** So long one waits at most. */
  patienceMs: number;
}

/**
 * Does one work at a time in this process, in the order in which they came. Who would wait too
 * long is refused: held uploads are memory too.
 */
export function inTurns({ waiting: most, patienceMs }: TurnOptions) {
  const waiting: (() => void)[] = [];
  let isBusy = false;

  function turn(): Promise<void> {
    if (waiting.length >= most) throw tooBusy();
    return new Promise((resolve, reject) => {
      const start = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        waiting.splice(waiting.indexOf(start), 1);
        reject(tooBusy());
      }, patienceMs);
      waiting.push(start);
    });
  }

  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (isBusy) await turn();
    isBusy = true;
    try {
      return await work();
    } finally {
      // It stays busy while it is handed on, so that nobody who comes now gets in between.
      const next = waiting.shift();
      if (next) next();
      else isBusy = false;
    }
  };
}

const tooBusy = () =>
  new Refusal('CONFLICT', 'Too many pictures are being read at the moment; try again in a minute.');
