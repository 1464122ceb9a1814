import type { Config } from '../config.ts';
import type { Context } from '../context.ts';

/** Lanes of a process: those of the configuration go to who needs them, and one is kept for each other idp. */
export const lanesOf = ({ syncLanes, idps }: Config): number =>
  syncLanes + Math.max(0, idps.size - 1);

/** Who is at work in a process, so that an idp that is slow or has much to do leaves the others a lane. */
export class Crew {
  private static readonly ofProcess = new WeakMap<Context['queue'], Crew>();
  private readonly atWork: string[] = [];
  private readonly hinted = new Set<string>();

  static of({ queue }: Context): Crew {
    const crew = Crew.ofProcess.get(queue) ?? new Crew();
    Crew.ofProcess.set(queue, crew);
    return crew;
  }

  /** Takes a lane for an idp, unless those who are at work for it have to do: they are hinted at it. */
  join(idp: string, config: Config): boolean {
    const idle = config.idps.size - new Set(this.atWork).size;
    const isAllowed = !this.atWork.includes(idp) || this.atWork.length + idle < lanesOf(config);
    if (isAllowed) this.atWork.push(idp);
    else this.hinted.add(idp);
    return isAllowed;
  }

  /** Whether somebody was not let in since this was last asked: then there may be something new. */
  wasHinted(idp: string): boolean {
    return this.hinted.delete(idp);
  }

  leave(idp: string): void {
    this.atWork.splice(this.atWork.indexOf(idp), 1);
  }
}
