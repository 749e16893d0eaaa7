import { readFileSync } from "node:fs";
import { Value } from "@sinclair/typebox/value";
import { percentile } from "../measure/summary.ts";
import { Connections } from "./connections.ts";
import { goFirst, wakeOnTime } from "./libc.ts";
import { OpenLoop, type OpenLoopResult } from "./open-loop-schema.ts";

/** A request without a response this long after the last one was due has failed. */
const PATIENCE_MS = 5_000;
const WAIT_NS_MAX = 100e6;

const [argument = "{}", bodiesFile = ""] = Bun.argv.slice(2);
console.log(JSON.stringify(run(Value.Parse(OpenLoop, JSON.parse(argument)))));
process.exit(0);

/**
 * Sends each request at its time on a free connection, and measures its latency from that time, so that delays of the server
 * and of this generator are included.
 */
function run({ port, rate, seconds, warmUpSeconds, connections }: OpenLoop): OpenLoopResult {
  const requests = requestsTo(port);
  const total = rate * (seconds + warmUpSeconds);
  const latenciesMs = new Float64Array(rate * seconds);
  const sendLagsMs = new Float64Array(total);
  const open = new Connections(port, connections);
  let sent = 0;
  let answered = 0;
  let measured = 0;
  let refused = 0;
  wakeOnTime();
  goFirst();
  const startMs = performance.now();
  const dueAt = (number: number): number => startMs + (number * 1_000) / rate;
  const warmAtMs = dueAt(rate * warmUpSeconds);
  const endMs = dueAt(total) + PATIENCE_MS;
  const onAnswer = (status: number, dueMs: number): void => {
    if (status !== 202) refused += 1;
    if (dueMs < warmAtMs) return;
    latenciesMs[measured] = performance.now() - dueMs;
    measured += 1;
  };

  for (let nowMs = startMs; answered < total && nowMs < endMs; nowMs = performance.now()) {
    while (sent < total && dueAt(sent) <= nowMs && open.hasFree) {
      sendLagsMs[sent] = performance.now() - dueAt(sent);
      open.send(requests[sent % requests.length] ?? new Uint8Array(), dueAt(sent));
      sent += 1;
    }
    const maySend = sent < total && open.hasFree;
    const untilDueNs = maySend ? (dueAt(sent) - performance.now()) * 1e6 : WAIT_NS_MAX;
    answered += open.receive(Math.min(WAIT_NS_MAX, untilDueNs), onAnswer);
  }
  const latencies = latenciesMs.subarray(0, measured).toSorted();
  return {
    unanswered: total - answered,
    refused,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    maxMs: percentile(latencies, 1),
    sendLagP99Ms: percentile(sendLagsMs.subarray(rate * warmUpSeconds).toSorted(), 0.99),
  };
}

function requestsTo(port: number): readonly Uint8Array[] {
  const head = [
    "POST /event HTTP/1.1",
    `Host: 127.0.0.1:${port}`,
    "Content-Type: application/json",
  ];
  const bodies = readFileSync(bodiesFile, "utf8").trimEnd().split("\n");
  return bodies.map((body) =>
    Buffer.from([...head, `Content-Length: ${Buffer.byteLength(body)}`, "", body].join("\r\n")),
  );
}
