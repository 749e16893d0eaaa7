import { Value } from "@sinclair/typebox/value";
import { InvalidFieldsError } from "../errors.ts";
import { DAY_MS } from "../event/day.ts";
import { describeValue } from "../event/describe-value.ts";
import { SITE_ID_BYTES_MAX } from "../event/limits.ts";
import { textProblem } from "../event/text-field.ts";
import { OWN_LABEL_BYTES_MAX } from "../text-limits.ts";
import { EVERY_SITE, type Key, KeyKind } from "./access-document.ts";
import { parseLimits, withLimits } from "./limit-fields.ts";

const FIELDS = ["kind", "site_id", "label", "expires_at", "limits"];
const KINDS = KeyKind.anyOf.map((kind) => kind.const);
/** Of keys that belong to one site. */
const SITE_KINDS: ReadonlySet<unknown> = new Set(["write", "browser"]);
/** A UTC day, or a time with its offset. */
const TIME = /^(\d{4}-\d{2}-\d{2})(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}))?$/;
const EXPIRY_MS_MAX = Date.UTC(9999, 11, 31);

export interface NewKeyFields extends Pick<Key, "kind" | "siteId" | "limits"> {
  readonly label: string;
  readonly expiresAt: Date | null;
}

/**
 * Reads the fields of a new key, in snake case: `kind` and for keys of one site `site_id`, and if wanted `label`, `limits` and
 * `expires_at`, which is an ISO 8601 time, a UTC day, or a number of days such as `90d`.
 *
 * @throws InvalidFieldsError with every problem.
 */
export function parseNewKey(
  fields: Readonly<Record<string, unknown>>,
  nowMs: number,
): NewKeyFields {
  // In a plain object, the problem of a field named __proto__ would be lost.
  const problems: Record<string, string> = Object.create(null);
  for (const name of Object.keys(fields)) {
    if (FIELDS.includes(name)) continue;
    problems[name] = `Expected one of the fields ${FIELDS.join(", ")}, got ${describeValue(name)}`;
  }
  const { kind, site_id: siteId, label = "", expires_at: expires = null, limits = {} } = fields;
  if (!Value.Check(KeyKind, kind)) {
    problems["kind"] = `Expected kind to be one of ${KINDS.join(", ")}, got ${describeValue(kind)}`;
  }
  const siteProblem = siteProblemOf(kind, siteId);
  if (siteProblem !== undefined) problems["site_id"] = siteProblem;
  const labelProblem = label === "" ? undefined : textProblem("label", label, OWN_LABEL_BYTES_MAX);
  if (labelProblem !== undefined) problems["label"] = labelProblem;
  const expiresAt = expires === null ? null : expiryOf(expires, nowMs);
  if (expiresAt === undefined) {
    problems["expires_at"] =
      `Expected expires_at to be a later time such as 2030-01-31T00:00:00Z, a day, or days such as 90d, got ${describeValue(expires)}`;
  }
  const limitChanges = parseLimits(limits, problems);
  if (Object.keys(problems).length > 0 || !Value.Check(KeyKind, kind) || expiresAt === undefined) {
    throw new InvalidFieldsError(problems);
  }
  return {
    kind,
    siteId: typeof siteId === "string" ? siteId : EVERY_SITE,
    label: String(label),
    expiresAt,
    limits: withLimits({}, limitChanges),
  };
}

function siteProblemOf(kind: unknown, siteId: unknown): string | undefined {
  if (siteId === undefined && !SITE_KINDS.has(kind)) return undefined;
  if (siteId === undefined) return `Expected site_id, to whose site a ${String(kind)} key belongs`;
  return textProblem("site_id", siteId, SITE_ID_BYTES_MAX);
}

function expiryOf(value: unknown, nowMs: number): Date | undefined {
  if (typeof value !== "string") return undefined;
  const days = /^(\d{1,5})d$/.exec(value)?.[1];
  const ms = days === undefined ? timeOf(value) : nowMs + Number(days) * DAY_MS;
  return ms > nowMs && ms <= EXPIRY_MS_MAX ? new Date(ms) : undefined;
}

function timeOf(text: string): number {
  const day = TIME.exec(text)?.[1];
  const dayMs = day === undefined ? Number.NaN : Date.parse(`${day}T00:00:00.000Z`);
  // The runtime takes 30 February for 2 March.
  const exists = !Number.isNaN(dayMs) && new Date(dayMs).toISOString().slice(0, 10) === day;
  return exists ? Date.parse(text) : Number.NaN;
}
