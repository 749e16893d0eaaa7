import { setImmediate as nextTurn } from "node:timers/promises";
import type { Reply } from "../protocols/protocol.ts";
import { dropBody } from "./body/read-body.ts";
import { eventHeaders, eventResponseInits } from "./cors.ts";
import { closesConnection, errorHeaders, leavesBody } from "./error-response.ts";

const accepted = eventResponseInits(202);
const stored = eventResponseInits(200);

/** Tells why an event was dropped. */
export const DROPPED_HEADER = "X-QueueFlow-Dropped";

/** Returns the response of a route that takes events. */
export function eventResponse(request: Request, reply: Reply): Response | Promise<Response> {
  const origin = request.headers.get("origin");
  if (reply.error !== undefined) return refusal(request, reply);
  const { status, body, dropped } = reply;
  const response = new Response(body, status === 200 ? stored(origin) : accepted(origin));
  if (dropped !== undefined) response.headers.set(DROPPED_HEADER, dropped);
  return response;
}

async function refusal(request: Request, { status, body, error, retryAfterS }: Reply) {
  if (error === undefined) throw new Error("Expected a refused request");
  const headers = await refusalHeaders(request, { error, retryAfterS });
  return new Response(body, {
    status,
    headers: { ...headers, "Content-Type": "application/json;charset=utf-8" },
  });
}

/** Returns the headers of an error, once the body that nobody wants is read. */
export async function refusalHeaders(
  request: Request,
  { error, retryAfterS }: { error: NonNullable<Reply["error"]>; retryAfterS: number | undefined },
): Promise<Readonly<Record<string, string>>> {
  const isUnread = leavesBody(error) || !request.bodyUsed;
  const dropped = isUnread ? await dropBody(request) : {};
  // Bun 1.4.5 handles requests inside the loop that accepts connections. Closing one there lets its client open another, so a flood
  // would keep the thread in that loop.
  if (closesConnection(error)) await nextTurn();
  const origin = request.headers.get("origin");
  return { ...eventHeaders(origin), ...dropped, ...errorHeaders(error, retryAfterS) };
}
