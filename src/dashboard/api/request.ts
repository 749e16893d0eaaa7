import type { FailureKind } from "./failure-kind.ts";
import { keyRequired } from "./key-required.ts";
import { SHARED, type Shared } from "./shared.ts";

/** Longer than the engine takes for any question. */
const DEADLINE_MS = 20_000;
/** Refuses a wrong key, which the form says itself. */
const SIGN_IN_PATH = "session";
/** A proxy in front of an engine that is away. */
const AWAY = [502, 504];

export class RequestFailure extends Error {
  override readonly name = "RequestFailure";
  readonly kind: FailureKind;
  /** The engine's own, if it answered. */
  readonly code: string;

  constructor(kind: FailureKind, message: string, code = "") {
    super(message);
    this.kind = kind;
    this.code = code;
  }
}

/** @throws RequestFailure; the reason of `signal` when it aborts. */
export async function request(path: string, init: RequestInit, signal: AbortSignal) {
  return await answered(path, init, { signal, deadline: AbortSignal.timeout(DEADLINE_MS) });
}

/** Resolves with a response whose body goes on until `signal` aborts. @throws as `request`. */
export async function requestStream(path: string, signal: AbortSignal): Promise<Response> {
  const opening = new AbortController();
  const timer = setTimeout(() => opening.abort(), DEADLINE_MS);
  try {
    return await answered(path, {}, { signal, deadline: opening.signal });
  } finally {
    clearTimeout(timer);
  }
}

interface Signals {
  readonly signal: AbortSignal;
  readonly deadline: AbortSignal;
}

async function answered(path: string, init: RequestInit, { signal, deadline }: Signals) {
  let response: Response;
  try {
    const asked = { ...init, signal: AbortSignal.any([signal, deadline]) };
    response = await (SHARED === undefined ? fetch(path, asked) : fetchShared(path, asked, SHARED));
  } catch (error) {
    signal.throwIfAborted();
    throw new RequestFailure("lost", String(error));
  }
  if (response.ok) return response;
  const failure = await failureOf(response);
  if (failure.kind === "key_required" && path !== SIGN_IN_PATH) keyRequired.tell();
  throw failure;
}

/** A public link opens the routes below `share` and the probes. */
async function fetchShared(path: string, init: RequestInit, { link }: Shared): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set("X-Share-Link", link);
  const isProbe = path.startsWith("health/");
  return await fetch(isProbe ? path : `share/${path}`, { ...init, headers });
}

async function failureOf(response: Response): Promise<RequestFailure> {
  const body: unknown = await response.json().catch(() => undefined);
  if (!isErrorBody(body)) {
    const kind = AWAY.includes(response.status) || response.status === 503 ? "lost" : "refused";
    return new RequestFailure(kind, `HTTP ${response.status}`);
  }
  const { error, message, retryable } = body;
  if (error === "query_too_large") return new RequestFailure("too_much", message, error);
  if (response.status === 401) return new RequestFailure("key_required", message, error);
  return new RequestFailure(retryable ? "busy" : "refused", message, error);
}

interface ErrorBody {
  readonly error: string;
  readonly message: string;
  readonly retryable: boolean;
}

function isErrorBody(body: unknown): body is ErrorBody {
  return typeof body === "object" && body !== null && "error" in body && "message" in body;
}
