import type { PartState } from "./engine-state.ts";

export interface HomePage {
  readonly version: string;
  /** Scheme, host and port that the browser used. */
  readonly origin: string;
  readonly event: Readonly<Record<string, string>>;
  readonly state: readonly PartState[];
  /** Whether the listener serves `/health`, `/metrics` and `/swagger`. */
  readonly isForOperators: boolean;
  /** Goes into the page as it is. */
  readonly style: string;
}

const OPERATOR_LINKS = `<dt><a href="/swagger">API</a></dt><dd>all routes, with a form to try each</dd>
    <dt><a href="/health">Health</a></dt><dd>the state of each part, as JSON</dd>
    <dt><a href="/metrics">Metrics</a></dt><dd>for Prometheus</dd>`;

/** Needs no script: a click selects a whole command, and the clipboard of a page without TLS could not be written anyway. */
export function homePage(page: HomePage): string {
  const { version, origin, event, state, style } = page;
  const body = JSON.stringify(event, undefined, 2).replaceAll("\n", "\n  ");
  const send = `curl -X POST ${origin}/event \\
  -H 'Content-Type: application/json' \\
  -d '${body}'`;
  const statsPath = `/stats?site_id=${encodeURIComponent(event["site_id"] ?? "")}`;
  return `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>QueueFlow Engine</title>
  <link rel="icon" href="data:,">
  <style>${style}</style>
</head>
<body>
<header>
  <h1><svg viewBox="0 0 24 24" aria-hidden="true"><path d="M3 6h18M3 12h12M3 18h6"/></svg>QueueFlow Engine</h1>
  <p>A self-hosted event pipeline: send events over HTTP, read exact daily numbers.</p>
  <ul class="state" aria-label="State">
    ${state.map(stateItem).join("\n    ")}
  </ul>
</header>
<main>
  <h2>Send an event</h2>
  <pre>${Bun.escapeHTML(send)}</pre>
  <h2>Read the numbers</h2>
  <pre>${Bun.escapeHTML(`curl '${origin}${statsPath}'`)}</pre>
  <p class="note">Or <a href="${Bun.escapeHTML(statsPath)}">open today's numbers</a> of the site. An event is counted within about 100 ms.</p>
  <h2>Where to go</h2>
  <dl class="links">
    ${page.isForOperators ? OPERATOR_LINKS : ""}
    <dt>Command line</dt><dd><code>queueflow status</code> watches the engine, <code>queueflow doctor</code> finds problems</dd>
  </dl>
</main>
<footer>Version ${Bun.escapeHTML(version)}. Reload the page to update the state.</footer>
</body>
</html>
`;
}

function stateItem({ is, title, detail }: PartState): string {
  return `<li class="${is}"><strong>${Bun.escapeHTML(title)}</strong><span>${Bun.escapeHTML(detail)}</span></li>`;
}
