import { setTimeout as delay } from "node:timers/promises";

/** What is wrong with the target. Counts and sizes are functions of the number of events or reads so far. */
export interface Faults {
  /** Status of an event, 202 by default. */
  readonly eventStatus?: (event: number) => number;
  readonly eventDelayMs?: (event: number) => number;
  /** Whether an event gets no response. */
  readonly hangs?: (event: number) => boolean;
  /** How often an accepted event is stored, 1 by default. */
  readonly storedTimes?: (event: number) => number;
  readonly ignoresEventId?: boolean;
  readonly readStatus?: number;
  readonly readDelayMs?: (read: number) => number;
  /** Whether days are returned without their events. */
  readonly emptyDays?: boolean;
  readonly lagMs?: ((event: number) => number) | "unknown";
  readonly deadLetters?: (event: number) => number;
  readonly residentBytes?: (event: number) => number;
  readonly hasNoMetrics?: boolean;
}

export interface FaultyTarget extends AsyncDisposable {
  readonly url: string;
  /** Received so far. */
  readonly events: number;
}

/** Serves the routes of an engine that the scripts use, with events in memory; `await using` stops it. */
export function startFaultyTarget(faults: Faults): FaultyTarget {
  const views = new Map<string, number>();
  const ids = new Set<string>();
  let events = 0;
  let reads = 0;

  async function storeEvent(request: Request): Promise<Response> {
    const body = (await request.json()) as Record<"site_id" | "timestamp" | "event_id", string>;
    events += 1;
    const event = events;
    await delay(faults.eventDelayMs?.(event) ?? 0);
    if (faults.hangs?.(event)) await new Promise(() => undefined);
    const status = faults.eventStatus?.(event) ?? 202;
    if (status !== 202) return new Response(null, { status });
    const id = `${body.site_id} ${body.event_id}`;
    const isRepeat = body.event_id !== undefined && !faults.ignoresEventId && ids.has(id);
    ids.add(id);
    const times = isRepeat ? 0 : (faults.storedTimes?.(event) ?? 1);
    const day = `${body.site_id} ${body.timestamp.slice(0, 10)}`;
    views.set(day, (views.get(day) ?? 0) + times);
    return new Response(null, { status });
  }

  async function readDay(request: Request): Promise<Response> {
    const query = new URL(request.url).searchParams;
    const { lagMs = () => 0 } = faults;
    const headers: Record<string, string> =
      lagMs === "unknown"
        ? {}
        : { "X-QueueFlow-Pending": "0", "X-QueueFlow-Lag-Ms": String(lagMs(events)) };
    if (!query.has("date")) return Response.json({ total_views: 0 }, { headers });
    reads += 1;
    await delay(faults.readDelayMs?.(reads) ?? 0);
    const status = faults.readStatus ?? 200;
    const stored = views.get(`${query.get("site_id")} ${query.get("date")}`) ?? 0;
    const total_views = faults.emptyDays ? 0 : stored;
    return Response.json({ total_views }, { status, headers });
  }

  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    routes: {
      "/health/ready": () => Response.json({ status: "ready" }),
      "/event": storeEvent,
      "/stats": readDay,
      "/metrics": () =>
        new Response(
          faults.hasNoMetrics
            ? ""
            : [
                `queueflow_process_resident_memory_bytes ${faults.residentBytes?.(events) ?? 1e8}`,
                `queueflow_dead_events_rows ${faults.deadLetters?.(events) ?? 0}\n`,
              ].join("\n"),
        ),
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    get events() {
      return events;
    },
    [Symbol.asyncDispose]: async () => await server.stop(true),
  };
}
