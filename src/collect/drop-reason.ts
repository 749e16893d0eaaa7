import type { ExclusionRule } from "../access/excluded-error.ts";
import type { Agent } from "./agent.ts";

/** Why an event is not wanted, as its request tells. */
export const SENDER_DROPS = ["robot", "prefetch", "gpc", "dnt"] as const;

export type DropReason = (typeof SENDER_DROPS)[number] | `excluded_${ExclusionRule}`;

/** Headers by which browsers, and older ones, say that nobody has asked for the page yet. */
const PURPOSE_HEADERS = ["sec-purpose", "purpose", "x-moz"];
const PREFETCH = /\bpre(?:fetch|view)\b/i;

export interface DropFacts {
  readonly headers: Pick<Headers, "get">;
  readonly agent: Agent;
  /** Whether Global Privacy Control and Do Not Track mean that nothing is counted. */
  readonly respectsGpc: boolean;
}

/** Returns why an event of the request is dropped, or undefined. */
export function dropReasonOf({ headers, agent, respectsGpc }: DropFacts): DropReason | undefined {
  if (agent.isRobot) return "robot";
  if (PURPOSE_HEADERS.some((name) => PREFETCH.test(headers.get(name) ?? ""))) return "prefetch";
  if (!respectsGpc) return undefined;
  if (headers.get("sec-gpc") === "1") return "gpc";
  return headers.get("dnt") === "1" ? "dnt" : undefined;
}
