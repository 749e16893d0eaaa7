import { words } from "../words/words.ts";

/** Why an engine with `ACCESS=open` has no pages for administrators. */
export function OpenToAll() {
  const { title, meaning, commands, remedy } = words.openToAll;
  return (
    <main class="shell sign-in">
      <h1>{title}</h1>
      <p>{meaning}</p>
      <p>{commands}</p>
      <pre>{"queueflow status\nqueueflow dead-letters list\nqueueflow keys list"}</pre>
      <p>{remedy}</p>
      <p class="back">
        <a href="?">{words.pipeline.back}</a>
      </p>
    </main>
  );
}
