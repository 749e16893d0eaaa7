import { request } from "../request.ts";
import type { ReadableSite } from "./sites.ts";

/** A public link, of `/sites/shares`. */
export interface Share {
  readonly share_id: string;
  readonly label: string;
  readonly has_password: boolean;
  readonly created_at: string;
}

/** @throws RequestFailure; the reason of `signal` when it aborts. */
export async function askShares(site: string, signal: AbortSignal): Promise<readonly Share[]> {
  const response = await request(pathOf({ site_id: site }), {}, signal);
  return ((await response.json()) as { shares: readonly Share[] }).shares;
}

export interface NewShare {
  /** The token, which nothing keeps. */
  readonly link: string;
  readonly has_password: boolean;
  /** Whose pages can embed it. */
  readonly embed_origins: readonly string[];
}

/** @throws RequestFailure. */
export async function createShare(fields: {
  readonly site_id: string;
  readonly label?: string;
  readonly password?: string;
}): Promise<NewShare> {
  return await (await send("sites/shares", fields)).json();
}

/** @throws RequestFailure. */
export async function revokeShare(site: string, { share_id }: Share): Promise<void> {
  const path = pathOf({ site_id: site, share_id });
  await request(path, { method: "DELETE" }, new AbortController().signal);
}

/** Of `/share/site`. */
export interface SharedSite extends ReadableSite {
  readonly has_goals: boolean;
}

/** Resolves with the site of the link that opened this page. @throws RequestFailure. */
export async function askSharedSite(_: "link", signal: AbortSignal): Promise<SharedSite> {
  return await (await request("site", {}, signal)).json();
}

/** @throws RequestFailure. */
export async function givePassword(password: string): Promise<void> {
  await send("session", { password });
}

async function send(path: string, body: object): Promise<Response> {
  const headers = { "Content-Type": "application/json" };
  const init = { method: "POST", headers, body: JSON.stringify(body) };
  return await request(path, init, new AbortController().signal);
}

function pathOf(parameters: Readonly<Record<string, string>>): string {
  return `sites/shares?${new URLSearchParams(parameters)}`;
}
