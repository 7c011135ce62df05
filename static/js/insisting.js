/** What is read again until it can be: meanwhile the page shows what was, so it is not live, and no command goes out. */
import { gateway } from "./gateway.js";

const FIRST = 500, LONGEST = 15_000;

export class Insisting {
  #work;
  #timer = 0;
  #wait = 0;
  #done = null;
  #owed = null;
  #isRetrying = false;

  /** `work` is asked for by `soon` and `within`; it rejects when it could not be done, for good with `isFinal`. */
  constructor(work) {
    this.#work = work;
    document.addEventListener("gateway-ready", this.#hurry);
  }

  /** The server is back: what could not be read may be read now. */
  #hurry = () => {
    if (!this.#isRetrying) return;
    clearTimeout(this.#timer);
    this.#wait = 0;
    this.#run();
  };

  get isRetrying() { return this.#isRetrying; }

  /** Have it done `wait` ms from now, however soon it was to be done before. Resolves once it was. */
  soon(wait) {
    this.#done ??= waiting();
    if (!this.#isRetrying) {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#run(), wait);
    }
    return this.#done;
  }

  /** Have it done `wait` ms from now at the latest. */
  within(wait) { return this.#done ?? this.soon(wait); }

  stop() {
    document.removeEventListener("gateway-ready", this.#hurry);
    clearTimeout(this.#timer);
    this.#isRetrying = false;
    this.#settle(this.#done);
    this.#done = null;
  }

  async #run() {
    const done = this.#done;
    this.#done = null;
    this.#isRetrying = false;
    try {
      await this.#work();
    } catch (problem) {
      if (!problem.isFinal) { this.#again(done); return; }
    }
    this.#settle(done);
  }

  #settle(done) {
    this.#wait = 0;
    this.#owed?.();
    this.#owed = null;
    done?.fulfil();
  }

  #again(done) {
    this.#owed ??= gateway.owe();
    this.#wait = Math.min(2 * this.#wait || FIRST, LONGEST);
    this.soon(this.#wait).then(done.fulfil);
    this.#isRetrying = true;
  }
}

/** A promise that `fulfil` fulfils. */
export function waiting() {
  let fulfil;
  const promise = new Promise((resolve) => { fulfil = resolve; });
  return Object.assign(promise, { fulfil });
}
