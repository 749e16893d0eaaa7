import type { ISql } from "postgres";
import type { DataSubject } from "../../event/data-subject.ts";

/** What was accepted before a forget began: the rows stored by then, and those of the backlog of that moment. */
export interface ForgetCut {
  readonly settledId: bigint;
  /** By Redis's clock, an ISO string. */
  readonly receivedBefore: string;
}

/** Rows of `events`. */
export function rowsOfSubject(sql: ISql, { siteId, userId }: DataSubject) {
  return sql`site_id = ${siteId} ${userId === undefined ? sql`` : sql`AND user_id = ${userId}`}`;
}

export function rowsBefore(sql: ISql, { settledId, receivedBefore }: ForgetCut) {
  return sql`(id <= ${String(settledId)} OR received_at < ${receivedBefore}::text::timestamptz)`;
}
