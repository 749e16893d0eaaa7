import { DAY_MS } from "../../src/event/day.ts";
import { TEXT_COLUMNS, type TextColumnName } from "../../src/event/text-columns.ts";
import type { RawColumnName, RawRows } from "../../src/store/reports/raw-rows.ts";
import { Random } from "../../test/chaos/random.ts";
import { skewedRank } from "../k6/event.ts";

/** Between two events of a visit, at most. */
const PAUSE_MS_MAX = 120_000;
const POSTGRES_EPOCH_MS = Date.UTC(2000, 0, 1);

type Texts = Partial<Record<TextColumnName, string>>;

/** Generates the visits of returning users to one site, day by day, with every field that browsers send. */
export class VisitRows {
  readonly #random = new Random(7);
  readonly #users: number;

  constructor(users: number) {
    this.#users = users;
  }

  /** Returns about so many rows of a UTC day, in the order of their arrival, as PostgreSQL aggregates them. */
  day(dayMs: number, events: number): RawRows {
    const rows: { timeMs: number; user: string; engagedMs: number; texts: Texts }[] = [];
    while (rows.length < events) {
      const startMs = dayMs + this.#random.integer(0, DAY_MS - 20 * PAUSE_MS_MAX);
      const user = skewedRank(this.#users, 0.3, () => this.#random.next());
      const session = uuidOf(this.#random);
      // 45 % of the visits have one event, the others 2 to 9.
      const length = this.#random.chance(0.45) ? 1 : this.#random.integer(2, 9);
      const visitor = { user: uuidOf(new Random(user)), texts: this.#visit(user, session) };
      for (let i = 0, timeMs = startMs; i < length; i += 1) {
        const type = this.#random.pick([
          "page_view",
          "page_view",
          "page_view",
          "engagement",
          "click",
        ]);
        const engagedMs = type === "engagement" ? this.#random.integer(0, 60_000) : -1;
        const texts = { ...(i === 0 && this.#source()), ...visitor.texts, ...this.#event(type) };
        rows.push({ timeMs, user: visitor.user, engagedMs, texts });
        timeMs += this.#random.integer(1, PAUSE_MS_MAX);
      }
    }
    return rawRows(rows.toSorted((a, b) => a.timeMs - b.timeMs));
  }

  #visit(user: number, session: string): Texts {
    const country = skewedRank(200, 0.8, () => this.#random.next());
    return {
      hostname: "www.example.com",
      session_id: session,
      country: String.fromCharCode(65 + (country % 20), 65 + Math.floor(country / 20)),
      device: ["desktop", "mobile", "tablet"][user % 3] ?? "",
      browser: `Browser ${user % 8}`,
      os: `System ${user % 6}`,
      language: `l${country % 12}-XX`,
      screen: `${320 + 40 * (user % 40)}x${480 + 30 * (user % 40)}`,
    };
  }

  #source(): Texts {
    const source = skewedRank(600, 0.6, () => this.#random.next());
    if (source < 200) return { referrer: `https://source-${source}.example/` };
    if (source >= 230) return {};
    return {
      utm_source: `campaign-${source}`,
      utm_medium: "email",
      utm_campaign: `spring-${source % 5}`,
    };
  }

  #event(type: string): Texts {
    const isOnce = this.#random.chance(0.03);
    const page = skewedRank(5_000, 0.8, () => this.#random.next());
    const path = isOnce ? `/once/${this.#random.integer(0, 1e9)}` : `/articles/${page}`;
    const plan = this.#random.pick(["free", "pro", "team"]);
    const properties = this.#random.chance(0.2) && { properties: `{"plan": "${plan}"}` };
    return { event_type: type, path, title: `Article ${page}`, ...properties };
  }
}

function uuidOf(random: Random): string {
  const hex = Array.from({ length: 4 }, () =>
    random.integer(0, 0xffffffff).toString(16).padStart(8, "0"),
  ).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function rawRows(
  rows: readonly { timeMs: number; user: string; engagedMs: number; texts: Texts }[],
): RawRows {
  const timestamps = Buffer.alloc(8 * rows.length);
  const engagedMs = Buffer.alloc(4 * rows.length);
  for (const [i, row] of rows.entries()) {
    timestamps.writeBigInt64BE(BigInt(row.timeMs - POSTGRES_EPOCH_MS) * 1_000n, 8 * i);
    engagedMs.writeInt32BE(row.engagedMs, 4 * i);
  }
  const columns = new Map<RawColumnName, Uint8Array>([["engaged_ms", engagedMs]]);
  columns.set("user_id", textsOf(rows.map(({ user }) => user)));
  for (const name of TEXT_COLUMNS) columns.set(name, textsOf(rows.map(({ texts }) => texts[name])));
  return { count: rows.length, lastId: String(rows.length), timestamps, columns };
}

/** Every text ends in a zero byte; 0xff stands for NULL. */
function textsOf(texts: readonly (string | undefined)[]): Uint8Array {
  return Buffer.from(texts.map((text) => `${text ?? "\u00ff"}\0`).join(""), "latin1");
}
