export interface SourceFields {
  readonly utmSource: string | null;
  readonly referrer: string | null;
  /** Of the event's own page. */
  readonly hostname: string | null;
}

/** Returns where an event came from: the campaign's source as sent, or the referrer's host unless it is the event's own. */
export function sourceOf({ utmSource, referrer, hostname }: SourceFields): string | null {
  if (utmSource !== null && utmSource !== "") return utmSource;
  const host = referrer === null ? "" : withoutWww(URL.parse(referrer)?.hostname ?? "");
  return host === "" || host === withoutWww(hostname ?? "") ? null : host;
}

function withoutWww(host: string): string {
  return host.toLowerCase().replace(/^www\./, "");
}
