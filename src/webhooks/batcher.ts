/** Milliseconds that the first of a batch waits for company. */
const gatherMs = 3;
/** How many go into one batch. */
const most = 200;

/**
 * Gathers single calls into batches: many commits at once cost hardly more than one. A batch that
 * fails is done again one by one, so that nobody pays for another's fault.
 */
export class Batcher<In, Out> {
  private waiting: { item: In; resolve: (out: Out) => void; reject: (error: unknown) => void }[] =
    [];
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly work: (items: In[]) => Promise<Out[]>) {}

  add(item: In): Promise<Out> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      if (this.waiting.length >= most) this.flush();
      else this.timer ??= setTimeout(() => this.flush(), gatherMs);
    });
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const batch = this.waiting.splice(0);
    if (batch.length > 0) void this.run(batch);
  }

  private async run(batch: typeof this.waiting): Promise<void> {
    try {
      const results = await this.work(batch.map((it) => it.item));
      batch.forEach((it, index) => {
        it.resolve(results[index] as Out);
      });
    } catch (error) {
      if (batch.length === 1) batch[0]?.reject(error);
      else await Promise.all(batch.map((it) => this.run([it])));
    }
  }
}
