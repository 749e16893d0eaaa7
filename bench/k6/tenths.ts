/** Collects the numbers of the first and of the last tenth of a run. */
export class Tenths {
  readonly #first: number[] = [];
  readonly #last: number[] = [];
  readonly #floor: number;

  /** A median below the floor counts as the floor: the ratio of two tiny numbers says nothing. */
  constructor(floor: number) {
    this.#floor = floor;
  }

  /** Adds a number at a time from 0 to 1 of the run. */
  add(number: number, progress: number): void {
    if (progress < 0.1) this.#first.push(number);
    if (progress >= 0.9) this.#last.push(number);
  }

  /** Returns the median of the last tenth divided by that of the first, or undefined while a tenth has no numbers. */
  growth(): number | undefined {
    const [first, last] = [median(this.#first), median(this.#last)];
    if (first === undefined || last === undefined) return undefined;
    return Math.max(last, this.#floor) / Math.max(first, this.#floor);
  }
}

function median(numbers: readonly number[]): number | undefined {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
}
