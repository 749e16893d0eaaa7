import { type Static, Type } from "@sinclair/typebox";

/** Input of the generator: a constant rate, independent of latency. */
export const OpenLoop = Type.Object({
  port: Type.Integer(),
  rate: Type.Integer({ minimum: 1 }),
  /** Measured time, after a warm-up. */
  seconds: Type.Integer({ minimum: 1 }),
  warmUpSeconds: Type.Integer({ minimum: 0 }),
  /** Limits requests in flight. A request that waits for a free connection is late by that time. */
  connections: Type.Integer({ minimum: 1 }),
});
export type OpenLoop = Static<typeof OpenLoop>;

/** Output of the generator: latencies from the time at which a request was due until its complete response. */
export const OpenLoopResult = Type.Object({
  unanswered: Type.Integer(),
  /** Responses other than 202. */
  refused: Type.Integer(),
  p50Ms: Type.Number(),
  p99Ms: Type.Number(),
  maxMs: Type.Number(),
  /** Delay of the generator, because it or every connection was busy. */
  sendLagP99Ms: Type.Number(),
});
export type OpenLoopResult = Static<typeof OpenLoopResult>;
