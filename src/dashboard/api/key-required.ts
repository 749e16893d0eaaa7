/** Whether the engine has refused a request for lack of a key: nobody is signed in, or the session has ended. */
class KeyRequired {
  #isTold = false;
  #listeners = new Set<() => void>();

  get isTold(): boolean {
    return this.#isTold;
  }

  /** Calls back once. Returns a function that ends this. */
  watch(onTold: () => void): () => void {
    this.#listeners.add(onTold);
    return () => void this.#listeners.delete(onTold);
  }

  /** Stays so until the page is loaded again, which signing in does. */
  tell(): void {
    if (this.#isTold) return;
    this.#isTold = true;
    for (const tell of this.#listeners) tell();
  }
}

export const keyRequired = new KeyRequired();
