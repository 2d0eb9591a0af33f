// One task at a time; of those that come meanwhile only the latest is done.

/** A line of at most one waiting task. */
export class Latest {
  #busy = false;
  #next: (() => Promise<void>) | undefined;

  /** Does the task now, or after the one under way, unless another comes before that. */
  do(task: () => Promise<void>): void {
    this.#next = task;
    if (!this.#busy) void this.#work();
  }

  async #work(): Promise<void> {
    this.#busy = true;
    while (this.#next !== undefined) {
      const task = this.#next;
      this.#next = undefined;
      await task().catch(() => {});
    }
    this.#busy = false;
  }
}
