import { type Static, Type } from "@sinclair/typebox";

/** A constant rate of arrivals, however slow the answers are; what the generator is started with. */
export const OpenLoop = Type.Object({
  port: Type.Integer(),
  /** Requests a second. */
  rate: Type.Integer({ minimum: 1 }),
  /** How long is measured, after a time that is not. */
  seconds: Type.Integer({ minimum: 1 }),
  warmUpSeconds: Type.Integer({ minimum: 0 }),
  /** Requests in flight at most; what is due beyond waits, and its wait counts. */
  connections: Type.Integer({ minimum: 1 }),
});
export type OpenLoop = Static<typeof OpenLoop>;

/** Latencies from the time at which a request was due to its whole answer; what the generator prints. */
export const OpenLoopResult = Type.Object({
  unanswered: Type.Integer(),
  /** Answers that were not 202. */
  refused: Type.Integer(),
  p50Ms: Type.Number(),
  p99Ms: Type.Number(),
  maxMs: Type.Number(),
  /** How late the generator itself sent, because it was busy or every connection was. */
  sendLagP99Ms: Type.Number(),
});
export type OpenLoopResult = Static<typeof OpenLoopResult>;
