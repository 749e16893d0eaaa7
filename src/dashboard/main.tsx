import { render } from "preact";
import { readBoot } from "./api/read-boot.ts";
import { Welcome } from "./views/welcome.tsx";
import { LOCALE } from "./words/words.ts";

document.documentElement.lang = LOCALE;
const app = document.getElementById("app");
if (app !== null) {
  // Preact would take the outline for its own.
  app.replaceChildren();
  render(<Welcome boot={readBoot()} />, app);
}
