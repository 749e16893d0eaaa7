import { request } from "../request.ts";

/** Of `/session`. */
export interface Session {
  readonly signed_in: boolean;
  /** Whether reading needs it. */
  readonly needed: boolean;
  readonly kind?: "read" | "admin";
  /** Null for every site. */
  readonly site_id?: string | null;
  /** Null for a link without a key. */
  readonly key_id?: string | null;
  readonly expires_at?: string;
}

const TOKEN = "#token=";

/** @throws RequestFailure; the reason of `signal` when it aborts. */
export async function askSession(_: "own", signal: AbortSignal): Promise<Session> {
  return await (await request("session", {}, signal)).json();
}

/** @throws RequestFailure. */
export async function signIn(by: { readonly key: string } | { readonly token: string }) {
  const headers = { "Content-Type": "application/json" };
  await change({ method: "POST", headers, body: JSON.stringify(by) });
}

/** @throws RequestFailure. */
export async function signOut(): Promise<void> {
  await change({ method: "DELETE" });
}

/** Returns the token of the link that was opened, if any, and takes it out of the address bar and the history. */
export function takeLinkToken(): string | undefined {
  const { hash } = location;
  if (!hash.startsWith(TOKEN)) return undefined;
  dropFragment();
  return hash.slice(TOKEN.length);
}

export function dropFragment(): void {
  history.replaceState(history.state, "", location.pathname + location.search);
}

async function change(init: RequestInit): Promise<void> {
  await request("session", init, new AbortController().signal);
}
