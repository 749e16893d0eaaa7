import type { SharedPage } from "./boot.ts";
import { readBoot } from "./read-boot.ts";

export interface Shared {
  readonly as: SharedPage;
  /** The token of the link. */
  readonly link: string;
}

/** What the public link opened; undefined on the dashboard itself. */
export const SHARED: Shared | undefined = readShared();

function readShared(): Shared | undefined {
  const { shared } = readBoot();
  if (shared === undefined) return undefined;
  return { as: shared, link: new URLSearchParams(location.search).get("link") ?? "" };
}
