import type { Boot, PartState } from "../api/boot.ts";
import { words } from "../words/words.ts";

const OPERATOR_LINKS = [
  ["swagger", words.welcome.api, words.welcome.apiMeaning],
  ["health", words.welcome.health, words.welcome.healthMeaning],
  ["metrics", words.welcome.metrics, words.welcome.metricsMeaning],
] as const;

/** What a newcomer sees: the state of the engine, and commands that work as they are. */
export function Welcome({ boot }: { boot: Boot }) {
  const { origin, event, state, isForOperators, version } = boot;
  const statsPath = `stats?site_id=${encodeURIComponent(event["site_id"] ?? "")}`;
  return (
    <main class="shell welcome">
      <h1>{words.welcome.title}</h1>
      <p class="quiet">{words.welcome.lead}</p>
      <ul class="states" aria-label={words.welcome.state}>
        {state.map((part) => (
          <State key={part.title} part={part} />
        ))}
      </ul>
      <h2>{words.welcome.send}</h2>
      <pre>{sendCommand(origin, event)}</pre>
      <h2>{words.welcome.page}</h2>
      <pre>{`<script defer data-site="${event["site_id"]}" src="${origin}/script.js"></script>`}</pre>
      <h2>{words.welcome.read}</h2>
      <pre>{`curl '${origin}/${statsPath}'`}</pre>
      <p class="quiet">
        <a href={statsPath}>{words.welcome.today}</a>
      </p>
      <h2>{words.welcome.where}</h2>
      <dl class="card facts">
        {isForOperators &&
          OPERATOR_LINKS.map(([href, name, meaning]) => (
            <div key={href}>
              <dt>
                <a href={href}>{name}</a>
              </dt>
              <dd>{meaning}</dd>
            </div>
          ))}
        <div>
          <dt>{words.welcome.commands}</dt>
          <dd>{words.welcome.commandsMeaning}</dd>
        </div>
      </dl>
      <footer class="quiet">{words.welcome.version(version)}</footer>
    </main>
  );
}

function State({ part: { is, title, detail } }: { part: PartState }) {
  return (
    <li class={`card state ${is}`}>
      <strong>{title}</strong>
      <span class="quiet">{detail}</span>
    </li>
  );
}

function sendCommand(origin: string, event: Boot["event"]): string {
  const body = JSON.stringify(event, undefined, 2).replaceAll("\n", "\n  ");
  return `curl -X POST ${origin}/event \\\n  -H 'Content-Type: application/json' \\\n  -d '${body}'`;
}
