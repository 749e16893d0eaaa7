/** Numbers by a place that grows. New places hold 0. */
export class GrowingInts {
  values = new Int32Array(256);

  /** Makes room for the places below `count`. */
  ensure(count: number): Int32Array {
    if (count > this.values.length) {
      const grown = new Int32Array(grownLength(this.values.length, count));
      grown.set(this.values);
      this.values = grown;
    }
    return this.values;
  }
}

/** Sums of milliseconds, which outgrow 32 bits. */
export class GrowingSums {
  values = new Float64Array(256);

  ensure(count: number): Float64Array {
    if (count > this.values.length) {
      const grown = new Float64Array(grownLength(this.values.length, count));
      grown.set(this.values);
      this.values = grown;
    }
    return this.values;
  }
}

function grownLength(length: number, count: number): number {
  return Math.max(2 * length, count);
}
