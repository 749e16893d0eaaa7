import { GrowingInts, GrowingSums } from "../ids/growing.ts";
import type { TextIds } from "../ids/text-ids.ts";

/** Visits, numbered as they begin. */
export class VisitTable {
  size = 0;
  /** The row of time in which it begins, -1 outside of the range. */
  readonly rows = new GrowingInts();
  readonly durationsMs = new GrowingSums();
  /** Its events besides `engagement`, where bounces are asked for. */
  readonly interactions = new GrowingInts();
  /** Where asked for. */
  readonly pageViews = new GrowingInts();

  /** Makes room for visits that begin. */
  ensure(count: number): void {
    this.rows.ensure(count);
    this.durationsMs.ensure(count);
  }
}

/** A value that each visit has. */
export interface VisitValue {
  readonly ids: TextIds;
  /** By visit; 0 while unknown. */
  readonly values: GrowingInts;
  /** Stands for 0 in a visit. */
  readonly unknownId: number;
}
