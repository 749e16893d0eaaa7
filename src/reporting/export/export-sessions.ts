import { afterDeadline } from "../../async/deadline.ts";
import { QueueFlowError } from "../../errors.ts";
import type { Turn } from "../questions/fold-turns.ts";
import type { Answer, ExportQuestion } from "../questions/messages.ts";
import type { SnapshotSource } from "../snapshot/snapshot-source.ts";
import { EXPORT_FORMATS } from "./export-formats.ts";
import { ExportSession } from "./export-session.ts";

/** Each holds a day of a site in memory. */
const SESSIONS_MAX = 8;
/** Of days in memory when another export begins: some 300 bytes an event, and twice as much to write them. */
const HELD_EVENTS_MAX = 2_000_000;
/** A client that takes longer to read a piece, or has left without a word, goes on with a cursor. */
const IDLE_MS_MAX = 60_000;

interface HeldSession {
  readonly session: ExportSession;
  readonly cancelIdle: () => void;
}

/** The exports that a report thread is writing, each a step at a time. */
export class ExportSessions {
  readonly #source: SnapshotSource;
  readonly #held = new Map<string, HeldSession>();
  #steps = 0;

  constructor(source: SnapshotSource) {
    this.#source = source;
  }

  /** A step that fails ends the export. Throws as `ExportSession` does; QueueFlowError `reports_overloaded`, `report_unavailable`. */
  async answer({ exportId, step }: ExportQuestion, turn: Turn): Promise<Answer> {
    const held = this.#take(exportId);
    if (step.kind === "close") return { body: new Uint8Array(0), isLast: true };
    if (step.kind === "open") this.#expectRoom();
    this.#steps += 1;
    try {
      const session = step.kind === "open" ? await this.#open(step, turn) : expectSession(held);
      const { bytes: body, isLast } = await session.next(turn);
      if (!isLast) this.#hold(exportId, session);
      const meta = step.kind === "open" ? { meta: JSON.stringify(session.notes) } : {};
      return { body, isLast, ...meta };
    } finally {
      this.#steps -= 1;
    }
  }

  #expectRoom(): void {
    if (this.#held.size + this.#steps >= SESSIONS_MAX) {
      const message = `Expected at most ${SESSIONS_MAX} exports at once: try again later`;
      throw new QueueFlowError("reports_overloaded", message);
    }
    const events = this.#held.values().reduce((sum, { session }) => sum + session.heldEvents, 0);
    if (events < HELD_EVENTS_MAX) return;
    const message = `Expected days of less than ${HELD_EVENTS_MAX} events in the exports under way, got ${events}: try again later`;
    throw new QueueFlowError("reports_overloaded", message);
  }

  async #open(
    { query, format, after }: Extract<ExportQuestion["step"], { kind: "open" }>,
    turn: Turn,
  ): Promise<ExportSession> {
    const request = { query, format: EXPORT_FORMATS[format], ...(after && { after }) };
    return await ExportSession.open(this.#source, request, turn);
  }

  #take(exportId: string): HeldSession | undefined {
    const held = this.#held.get(exportId);
    held?.cancelIdle();
    this.#held.delete(exportId);
    return held;
  }

  #hold(exportId: string, session: ExportSession): void {
    const cancelIdle = afterDeadline(IDLE_MS_MAX, () => this.#held.delete(exportId));
    this.#held.set(exportId, { session, cancelIdle });
  }
}

function expectSession(held: HeldSession | undefined): ExportSession {
  if (held !== undefined) return held.session;
  throw new QueueFlowError(
    "report_unavailable",
    "The thread no longer writes this export: go on with `after`",
  );
}
