import type { PathGlob } from "./path-glob.ts";

const WORD_BITS = 32;

/**
 * A nondeterministic automaton for all patterns at once, a bit a state (Baeza-Yates and Gonnet's Shift-And). Bit `i` of a pattern says
 * whether its first `i` steps match what has been read. Takes time by the length of the text times that of all patterns, in words of 32
 * characters, whatever they are.
 */
export class GlobAutomaton {
  readonly #words: number;
  readonly #start: Int32Array;
  readonly #end: Int32Array;
  /** States whose step is a star. No two of a pattern follow each other. */
  readonly #stars: Int32Array;
  /** Of these, the ones that take a slash. */
  readonly #everything: Int32Array;
  /** States whose step is this character. */
  readonly #characters = new Map<string, Int32Array>();
  readonly #none: Int32Array;
  /** States while a text is read. */
  readonly #reached: Int32Array;

  constructor(globs: readonly PathGlob[]) {
    const states = globs.reduce((total, glob) => total + glob.length + 1, 0);
    this.#words = Math.ceil(states / WORD_BITS);
    const set = () => new Int32Array(this.#words);
    this.#start = set();
    this.#end = set();
    this.#stars = set();
    this.#everything = set();
    this.#none = set();
    this.#reached = set();
    let state = 0;
    for (const glob of globs) {
      add(this.#start, state);
      for (const step of glob) {
        if (step.kind === "character") {
          const known = this.#characters.get(step.character) ?? set();
          this.#characters.set(step.character, known);
          add(known, state);
        } else {
          add(this.#stars, state);
          if (step.kind === "everything") add(this.#everything, state);
        }
        state += 1;
      }
      add(this.#end, state);
      state += 1;
    }
    let carry = 0;
    for (let word = 0; word < this.#words; word += 1) {
      const skipped = (this.#start[word] ?? 0) & (this.#stars[word] ?? 0);
      this.#start[word] = (this.#start[word] ?? 0) | (skipped << 1) | carry;
      carry = skipped >>> (WORD_BITS - 1);
    }
  }

  matches(path: string): boolean {
    const reached = this.#reached;
    reached.set(this.#start);
    for (const character of path) if (!this.#read(reached, character)) return false;
    return reached.some((states, word) => (states & (this.#end[word] ?? 0)) !== 0);
  }

  /** Returns whether any state is left. */
  #read(reached: Int32Array, character: string): boolean {
    const taking = this.#characters.get(character) ?? this.#none;
    const staying = character === "/" ? this.#everything : this.#stars;
    let alive = 0;
    let stepCarry = 0;
    let skipCarry = 0;
    for (let word = 0; word < this.#words; word += 1) {
      const states = reached[word] ?? 0;
      const stepping = states & (taking[word] ?? 0);
      const next = (stepping << 1) | stepCarry | (states & (staying[word] ?? 0));
      stepCarry = stepping >>> (WORD_BITS - 1);
      // A star may stand for nothing.
      const skipping = next & (this.#stars[word] ?? 0);
      const all = next | (skipping << 1) | skipCarry;
      skipCarry = skipping >>> (WORD_BITS - 1);
      reached[word] = all;
      alive |= all;
    }
    return alive !== 0;
  }
}

function add(states: Int32Array, state: number): void {
  const word = Math.floor(state / WORD_BITS);
  states[word] = (states[word] ?? 0) | (1 << (state % WORD_BITS));
}
