import { request } from "../request.ts";
import type { KeyKind } from "./key-kinds.ts";
import { post } from "./pipeline.ts";

export const LIMIT_NAMES = [
  "events_per_second",
  "requests_per_second",
  "burst_seconds",
  "events_per_day",
] as const;
export type LimitName = (typeof LIMIT_NAMES)[number];
export type KeyLimits = { readonly [Name in LimitName]?: number };

/** Of `GET /keys`. */
export interface Key {
  readonly key_id: string;
  readonly kind: KeyKind;
  /** Null for every site. */
  readonly site_id: string | null;
  readonly label: string;
  readonly limits: KeyLimits;
  readonly created_at: string;
  readonly expires_at: string | null;
  readonly revoked_at: string | null;
  readonly last_used_at: string | null;
}

export interface NewKey {
  readonly kind: string;
  readonly site_id?: string;
  readonly label?: string;
  /** A UTC day. */
  readonly expires_at?: string;
  readonly limits?: KeyLimits;
  /** Whether it may close something for clients without a key. */
  readonly confirm: boolean;
}

/** @throws RequestFailure; the reason of `signal` when it aborts. */
export async function askKeys(_: unknown, signal: AbortSignal): Promise<readonly Key[]> {
  const response = await request("keys", {}, signal);
  return ((await response.json()) as { keys: readonly Key[] }).keys;
}

/** Resolves with the key itself, which nothing keeps. @throws RequestFailure. */
export async function createKey(fields: NewKey): Promise<string> {
  return ((await (await post("keys", fields)).json()) as { key: string }).key;
}

/** @throws RequestFailure. */
export async function revokeKey({ key_id }: Key): Promise<void> {
  await post("keys/revoke", { key_id });
}

/** Deletes a key that has ended. `confirm` is whether that may open something to clients without a key. @throws RequestFailure. */
export async function deleteKey({ key_id }: Key, { confirm }: { confirm: boolean }): Promise<void> {
  const query = new URLSearchParams({ key_id, confirm: String(confirm) });
  await request(`keys?${query}`, { method: "DELETE" }, new AbortController().signal);
}
