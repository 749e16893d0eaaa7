import { QueueFlowError } from "../../errors.ts";
import { ROWS_MAX } from "../columns/rows/row-order.ts";

/** Returns the refusal of a question that would read too many raw rows of the days from one date to another. */
export function tooManyRows({ from, to }: { readonly from: string; readonly to: string }) {
  const days = from === to ? from : `${from} to ${to}`;
  const remedy =
    "ask for other days, or again once they are packed: `queueflow packing status` shows how far packing is, and `queueflow packing rebuild` makes chunks again that do not add up";
  return new QueueFlowError(
    "query_too_large",
    `Expected at most ${ROWS_MAX} events of ${days} that are in no chunk, got more: ${remedy}`,
  );
}
