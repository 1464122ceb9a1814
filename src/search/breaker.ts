/** When a breaker opens, and for how long. */
export interface BreakerLimits {
  /** Faults in a row. */
  faults: number;
  pauseMs: number;
}

/**
 * Keeps requests from what does not answer: after some faults in a row none goes there for a while,
 * then one after each pause, until one is answered.
 */
export class Breaker {
  #faults = 0;
  #openUntil = 0;

  constructor(private readonly limits: BreakerLimits) {}

  /** Whether a request may go there now. Who is told so has to say how it went. */
  admits(): boolean {
    if (this.#faults < this.limits.faults) return true;
    if (performance.now() < this.#openUntil) return false;
    this.#pause();
    return true;
  }

  /** @returns whether this is the first answer after a fault. */
  answered(): boolean {
    const wasFailing = this.#faults > 0;
    this.#faults = 0;
    return wasFailing;
  }

  /** @returns whether this is the first fault after an answer. */
  failed(): boolean {
    this.#faults += 1;
    this.#pause();
    return this.#faults === 1;
  }

  #pause(): void {
    this.#openUntil = performance.now() + this.limits.pauseMs;
  }
}
