import { isIPv4 } from "node:net";
import { QueueFlowError } from "../errors.ts";
import { describeValue } from "../event/describe-value.ts";
import { isProbe } from "./listener.ts";
import { requestTarget } from "./request-target.ts";

/** A host, or nothing, and an optional port (RFC 9110, 7.2). */
const HOST = /^(?:[\w.~!$&'()*+,;=%-]*|\[[\w.:~%-]+\])(?::\d*)?$/;
/** Browsers resolve these names themselves (RFC 6761, 6.3). */
const LOCALHOST = /^(?:.+\.)?localhost$/;
const PORT = /:\d*$/;

export interface HostPolicy {
  /** Whether pages with a name of their own must not read this engine. */
  readonly isChecked: boolean;
  /** In lower case. */
  readonly allowed: ReadonlySet<string>;
}

/** Returns the policy of a listener. */
export function hostPolicy(isLoopback: boolean, names: readonly string[]): HostPolicy {
  return { isChecked: isLoopback || names.length > 0, allowed: new Set(names) };
}

/**
 * Returns whether the request has at most one `Host`, and a valid one. The runtime joins several with ", ", which no host contains, and
 * itself refuses HTTP/1.1 without one.
 */
export function hasValidHost({ headers }: Request): boolean {
  const host = headers.get("host");
  return host === null || HOST.test(host);
}

/**
 * Returns whether the request may come from a page of another site that has pointed a name of its own at this address (DNS
 * rebinding), which makes the engine part of its origin. A page cannot take an address as its name, nor `localhost`.
 */
export function isForeignHost(request: Request, { isChecked, allowed }: HostPolicy): boolean {
  const host = request.headers.get("host");
  if (!isChecked || host === null) return false;
  const name = host.replace(PORT, "").replace(/\.$/, "").toLowerCase();
  if (name.startsWith("[") || isIPv4(name) || LOCALHOST.test(name) || allowed.has(name))
    return false;
  // The check of a balancer may have any name.
  return !isProbe(requestTarget(request).path);
}

export function foreignHost({ headers }: Request): QueueFlowError {
  const host = describeValue(headers.get("host") ?? undefined);
  const message = `Expected Host to be localhost, an address or a name in ALLOWED_HOSTS, got ${host}`;
  return new QueueFlowError("host_not_allowed", message);
}
