import { BOOT_ID, type Boot } from "../../dashboard/api/boot.ts";

/**
 * Returns a page that shows the outline of a dashboard before its script arrives. Its URLs are relative: a proxy may serve the engine
 * under a prefix.
 */
export function dashboardPage(
  { script, style }: { readonly script: string; readonly style: string },
  boot: Boot,
): string {
  return `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>QueueFlow</title>
  <link rel="icon" href="${ICON}">
  <link rel="stylesheet" href="dashboard/${style}">
  <script type="module" src="dashboard/${script}"></script>
  <script type="application/json" id="${BOOT_ID}">${inertJson(boot)}</script>
</head>
<body>
<noscript>
  <main class="plain">
    <h1>QueueFlow Engine</h1>
    <p>The dashboard needs JavaScript. Without it, send an event and read the numbers like this:</p>
    <pre>${Bun.escapeHTML(sendCommand(boot))}</pre>
    <pre>${Bun.escapeHTML(readCommand(boot))}</pre>
  </main>
</noscript>
<div id="app"></div>
${OUTLINE}
</body>
</html>
`;
}

const ICON = `data:image/svg+xml,${encodeURIComponent(
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#4a63d9" stroke-width="4" stroke-linecap="round"><path d="M3 6h18M3 12h12M3 18h6"/></svg>`,
)}`;

const CARD = `<div class="card outline"></div>`;
const OUTLINE = `<div id="outline" class="shell" aria-busy="true">
  <div class="bar"><strong class="outline-name">QueueFlow</strong><span class="blank blank-dates"></span></div>
  <div class="card outline outline-chart"></div>
  <div class="columns">${CARD.repeat(4)}</div>
</div>`;

/** No text in it can end the element or begin a comment. */
function inertJson(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}

function sendCommand({ origin, event }: Boot): string {
  const body = JSON.stringify(event, undefined, 2).replaceAll("\n", "\n  ");
  return `curl -X POST ${origin}/event \\
  -H 'Content-Type: application/json' \\
  -d '${body}'`;
}

function readCommand({ origin, event }: Boot): string {
  return `curl '${origin}/stats?site_id=${encodeURIComponent(event["site_id"] ?? "")}'`;
}
