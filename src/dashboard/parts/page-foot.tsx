import type { Boot } from "../api/boot.ts";
import { SHARED } from "../api/shared.ts";
import { useThemeChoice } from "../app/theme.ts";
import { THEMES } from "../app/themes.ts";
import { words } from "../words/words.ts";
import { KeyboardHelp } from "./keyboard-help.tsx";
import { PipelineLink } from "./pipeline/pipeline-link.tsx";
import { SignedIn } from "./signed-in.tsx";
import { Tabs } from "./tabs.tsx";

export function PageFoot({ boot }: { boot: Boot }) {
  const [theme, setTheme] = useThemeChoice();
  return (
    <footer class="page-foot quiet">
      <span>QueueFlow {boot.version}</span>
      {SHARED === undefined && <SignedIn />}
      {SHARED === undefined && <PipelineLink />}
      {boot.isForOperators && (
        <nav aria-label={words.links}>
          <a href="swagger">{words.welcome.api}</a>
          <a href="health">{words.welcome.health}</a>
          <a href="metrics">{words.welcome.metrics}</a>
        </nav>
      )}
      <KeyboardHelp />
      <Tabs
        label={words.colors}
        tabs={THEMES.map((name) => ({ name, label: words.themes[name] }))}
        current={theme}
        onChoose={setTheme}
      />
    </footer>
  );
}
