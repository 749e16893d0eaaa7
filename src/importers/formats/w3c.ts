import { toUnicode } from "../log-escape.ts";
import {
  type LineParser,
  type LineResult,
  type LogFormat,
  notInFormat,
  requestOf,
} from "../log-format.ts";
import { parseTarget, toUnicodeTarget } from "../request-target.ts";

/** IIS writes `+` for a space in a field. */
export const IIS: LogFormat = w3c("iis", {
  separator: " ",
  agent: (field) => field.replaceAll("+", " "),
  // A URL may have a plus of its own, but no space.
  url: (field) => field,
});

/** CloudFront percent-encodes fields, in older logs twice. */
export const CLOUDFRONT: LogFormat = w3c("cloudfront", {
  separator: "\t",
  agent: (field) => percentDecoded(percentDecoded(field)),
  // Back to the client's own percent-encoding.
  url: (field) => field.replaceAll(/%(?:25)+(?=[\dA-Fa-f]{2})/g, "%"),
});

interface W3cStyle {
  readonly separator: string;
  /** Decodes the user agent to one byte per character. */
  readonly agent: (field: string) => string;
  /** Decodes a URL or a part of one likewise. */
  readonly url: (field: string) => string;
}

/** By its name in lower case. */
type FieldOf = (name: string) => string | undefined;

const FIELDS_DIRECTIVE = /^#Fields:\s*/i;
const DIRECTIVE = /^#[\w-]+:/;

function w3c(name: string, style: W3cStyle): LogFormat {
  return { name, open: () => openParser(style) };
}

/** The latest `#Fields` directive names the columns. */
function openParser(style: W3cStyle): LineParser {
  let columns: readonly string[] | undefined;
  return (text) => {
    if (FIELDS_DIRECTIVE.test(text)) {
      columns = text.replace(FIELDS_DIRECTIVE, "").trim().toLowerCase().split(/\s+/);
      return { kind: "directive" };
    }
    if (DIRECTIVE.test(text)) return { kind: "directive" };
    if (columns === undefined) return notInFormat("no #Fields directive stands before it");
    const values = text.split(style.separator);
    if (values.length !== columns.length) {
      return notInFormat(`${values.length} fields where #Fields names ${columns.length}`);
    }
    const byName = new Map(columns.map((column, index) => [column, values[index]]));
    return parseFields((column) => byName.get(column), style);
  };
}

/** CloudFront's `cs(Host)` is its own name for the site. */
const HOSTS = ["x-host-header", "cs-host", "cs(host)"];

function parseFields(field: FieldOf, style: W3cStyle): LineResult {
  const [date, time] = [field("date"), field("time")];
  const stem = field("cs-uri-stem");
  const remote = field("c-ip");
  if (date === undefined || time === undefined || stem === undefined || remote === undefined) {
    return notInFormat("#Fields does not name all of date, time, c-ip and cs-uri-stem");
  }
  const agent = field("cs(user-agent)");
  const requested = parseTarget(style.url(stem));
  const query = field("cs-uri-query") ?? "-";
  return requestOf({
    remote,
    forwarded: field("x-forwarded-for")?.replaceAll("+", ""),
    agent: agent === undefined ? undefined : style.agent(agent),
    target: stem,
    requested: toUnicodeTarget(
      requested && query !== "-" ? { ...requested, query: `?${style.url(query)}` } : requested,
    ),
    hosts: HOSTS.map((name) => toUnicode(field(name) ?? "")),
    referrer: toUnicode(style.url(field("cs(referer)") ?? "")),
    status: field("sc-status"),
    timestamp: `${date}T${time}Z`,
  });
}

function percentDecoded(text: string): string {
  return text.replaceAll(/%([\dA-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
