import type { SQL } from "bun";
import { addSite, lockSite, setPackedId } from "../../store/packing/site-lock.ts";
import { isHeldIn, type Witness } from "../../store/packing/witness.ts";
import { readRows } from "./read-rows.ts";
import { addParts } from "./write-parts.ts";

/** Rows packed in one transaction: a second's work, which another session that changes the site's chunks waits for. */
const PACK_ROWS_MAX = 60_000;

export interface PackOptions {
  readonly siteId: string;
  /** No row up to it can appear any more. */
  readonly settledId: bigint;
  /** While it is held, `settledId` holds. Undefined where nothing writes. */
  readonly witness?: Witness | undefined;
  readonly secret: Uint8Array;
  readonly rowsMax?: number;
}

export type PackOutcome =
  | {
      readonly kind: "packed";
      readonly rows: number;
      readonly hasMore: boolean;
      /** The first of the days that got a part; undefined without rows. */
      readonly firstDate: string | undefined;
    }
  /** Another session changes the site's chunks, or `settledId` no longer holds. */
  | { readonly kind: "busy" };

/**
 * Packs a site's oldest unpacked rows into parts of their days, in one transaction: an interrupted one has changed nothing.
 *
 * @throws What the driver throws.
 */
export async function packSite(
  sql: SQL,
  { siteId, settledId, witness, secret, rowsMax = PACK_ROWS_MAX }: PackOptions,
): Promise<PackOutcome> {
  await addSite(sql, siteId);
  return await sql.begin(async (tx): Promise<PackOutcome> => {
    const packedId = await lockSite(tx, siteId);
    if (packedId === undefined) return { kind: "busy" };
    if (witness !== undefined && !(await isHeldIn(tx, witness))) return { kind: "busy" };
    const context = { sql: tx, siteId, secret };
    // A statement after the lock: its snapshot has what the session before has packed.
    const range = { afterId: String(packedId), untilId: String(settledId), rowsMax };
    const { days, rows, lastId, isFull } = await readRows(context, range);
    if (lastId === undefined) {
      return { kind: "packed", rows: 0, hasMore: false, firstDate: undefined };
    }
    const firstId = String(packedId + 1n);
    await addParts(
      context,
      [...days].map(([date, events]) => ({ date, events, firstId, lastId })),
    );
    await setPackedId(tx, siteId, lastId);
    const [firstDate] = [...days.keys()].toSorted();
    return { kind: "packed", rows, hasMore: isFull, firstDate };
  });
}
