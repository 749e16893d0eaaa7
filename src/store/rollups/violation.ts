/** A site's day whose counts differ; null stands for a row that is missing. */
export interface DayViolation {
  readonly kind: "day";
  readonly site_id: string;
  readonly date: string;
  readonly events: number;
  readonly pruned_events: number;
  readonly total_views: number | null;
  readonly path_views: number | null;
  readonly unique_users: number | null;
  readonly users: number | null;
}

/** A path whose views are not its events; null stands for a row that is missing. */
export interface PathViolation {
  readonly kind: "path";
  readonly site_id: string;
  readonly date: string;
  readonly path: string;
  readonly events: number;
  readonly views: number | null;
}

/** A user with events and no row, or with a row and no event. */
export interface UserViolation {
  readonly kind: "user";
  readonly site_id: string;
  readonly date: string;
  readonly user_id: string;
  readonly has_events: boolean;
}

/** Rows of a table whose key another row has already, and the sites with the most of them. */
export interface DoubleViolation {
  readonly kind: "double";
  readonly table: string;
  readonly doubled: number;
  readonly sites: readonly string[];
}

/** A place where the rollups and the events disagree, or a table with duplicate rows. */
export type Violation = DayViolation | PathViolation | UserViolation | DoubleViolation;

/** Some of the violations that were found, and how many there are. */
export interface Violations {
  readonly rows: readonly Violation[];
  readonly total: number;
}
