import { render } from "preact";
import { readBoot } from "./api/read-boot.ts";
import { App } from "./app/app.tsx";
import { LOCALE } from "./words/words.ts";

document.documentElement.lang = LOCALE;
const app = document.getElementById("app");
if (app !== null) render(<App boot={readBoot()} />, app);
