import type { ThreadLimits } from "../accept/thread-limits.ts";
import type { Client } from "../access/limits/limiter.ts";
import type { ClientAddresses } from "./client-address.ts";

export interface LimitParts {
  readonly limits: ThreadLimits;
  readonly addresses: ClientAddresses;
}

/**
 * Takes the request from the limits of who sent it, and returns who that is. Undefined while nothing is limited, which costs nothing.
 *
 * @throws QueueFlowError `rate_limited`.
 */
export function admitClient(
  request: Request,
  known: Omit<Client, "address">,
  { limits, addresses }: LimitParts,
): Client | undefined {
  if (limits.isOff) return undefined;
  const address = limits.needsAddress ? addresses.senderOf(request) : undefined;
  const client = { ...known, address };
  limits.admitRequest(client);
  return client;
}

/**
 * Returns what `identify` does. A request that it refuses counts for the limits of its address, since guessing keys must not be free.
 *
 * @throws QueueFlowError `rate_limited`; what `identify` throws.
 */
export function limitingRefusals<Result>(
  request: Request,
  parts: LimitParts,
  identify: () => Result,
): Result {
  try {
    return identify();
  } catch (error) {
    admitClient(request, {}, parts);
    throw error;
  }
}
