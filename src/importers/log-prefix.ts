const INSTANT = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)`;
/** `host program[123]: `; some omit the host. */
const SENDER = String.raw`(?:[\w.:-]+ )?[\w./@-]+(?:\[[\w.]+\])?: `;

const PREFIXES = [
  // docker and podman compose: "web-1  | ", "[web]  | ".
  String.raw`(?:[\w.@-]+|\[[\w.-]+\]) +\| `,
  // Kubernetes (CRI); F marks a complete line.
  `${INSTANT} std(?:out|err) F `,
  // Syslog, RFC 5424.
  String.raw`(?:<\d{1,3}>)?1 (?:${INSTANT}|-) \S+ \S+ \S+ \S+ (?:-|(?:\[(?:[^\]"]|"(?:[^"\\]|\\.)*")*\])+) (?:\xef\xbb\xbf)?`,
  // Syslog, RFC 3164, and journalctl: "<190>Nov 20 10:00:01 host nginx[123]: ".
  String.raw`(?:<\d{1,3}>)?[A-Z][a-z]{2} [ \d]\d (?:\d{4} )?\d\d:\d\d:\d\d(?:\.\d+)? ${SENDER}`,
  // rsyslog and journalctl -o short-iso.
  String.raw`(?:<\d{1,3}>)?${INSTANT} ${SENDER}`,
  // journalctl -o short-full, short-unix and short-monotonic.
  String.raw`[A-Z][a-z]{2} \d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? [\w+-]+ ${SENDER}`,
  String.raw`(?:\d+\.\d+|\[ *\d+\.\d+\]) ${SENDER}`,
  // docker and kubectl logs --timestamps.
  `${INSTANT} `,
  // kubectl logs --prefix.
  String.raw`\[pod/[\w./-]+\] `,
];
const PREFIX = new RegExp(`^(?:${PREFIXES.join("|")})`);
const ESCAPE = "\u001b";
const COLOURS = new RegExp(`^(?:${ESCAPE}\\[[\\d;]*m)+`);
const PREFIXES_MAX = 3;

/** Removes what log collectors put around a line. */
export function withoutPrefix(text: string): string {
  if (text.startsWith("{")) return withoutEnvelope(text);
  let rest = text;
  for (let count = 0; count < PREFIXES_MAX; count += 1) {
    const stripped = rest.replace(COLOURS, "").replace(PREFIX, "").replace(COLOURS, "");
    if (stripped === rest) break;
    rest = stripped;
  }
  return rest;
}

/** Of Docker's json-file driver and `journalctl -o json`. */
function withoutEnvelope(text: string): string {
  const isDocker = text.includes('"log":"') && text.includes('"stream":"');
  if (!isDocker && !text.includes('"MESSAGE":"')) return text;
  try {
    const envelope: unknown = JSON.parse(Buffer.from(text, "latin1").toString());
    if (typeof envelope !== "object" || envelope === null) return text;
    const message: unknown = Reflect.get(envelope, isDocker ? "log" : "MESSAGE");
    // Docker splits lines at 16 KiB: only the last part ends with a newline.
    if (typeof message !== "string" || (isDocker && !message.endsWith("\n"))) return text;
    return Buffer.from(message.replace(/\r?\n$/, "")).toString("latin1");
  } catch {
    return text;
  }
}
