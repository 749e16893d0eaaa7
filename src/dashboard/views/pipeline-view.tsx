import { useEffect, useState } from "preact/hooks";
import type { Boot } from "../api/boot.ts";
import { askStatus, type Status } from "../api/engine/pipeline.ts";
import { useIsLost } from "../asking/use-connection.ts";
import { usePolled } from "../asking/use-polled.ts";
import { FailureNotice } from "../parts/notice.tsx";
import { PageFoot } from "../parts/page-foot.tsx";
import { DeadLetters } from "../parts/pipeline/dead-letters.tsx";
import { Figures } from "../parts/pipeline/figures.tsx";
import { Keys } from "../parts/pipeline/keys.tsx";
import { type Reading, withReading } from "../parts/pipeline/readings.ts";
import { Servers } from "../parts/pipeline/servers.tsx";
import { Threads } from "../parts/pipeline/threads.tsx";
import { words } from "../words/words.ts";
import { OpenToAll } from "./open-to-all.tsx";
import { SignIn } from "./sign-in.tsx";

const POLL_MS = 2_000;

/** Whether the address of the page is that of the pipeline. */
export function isPipeline(search: string): boolean {
  return new URLSearchParams(search).has("pipeline");
}

export function PipelineView({ boot }: { boot: Boot }) {
  return boot.canSignIn ? <Pipeline boot={boot} /> : <OpenToAll />;
}

/** What `status`, `dead-letters` and `keys` say, live, for an administrator of every site. */
function Pipeline({ boot }: { boot: Boot }) {
  const { answer: status, failure } = usePolled(askStatus, POLL_MS);
  const [readings, setReadings] = useState<readonly Reading[]>([]);
  useEffect(() => {
    if (status !== undefined) setReadings((before) => withReading(before, status));
  }, [status]);
  if (failure?.kind === "key_required") return <SignIn />;
  return (
    <div class="shell pipeline">
      <header class="bar">
        <a class="button" href="?">
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d="m10 3-5 5 5 5" />
          </svg>
          {words.pipeline.back}
        </a>
        <h1>{words.pipeline.title}</h1>
        {status !== undefined && <State status={status} />}
      </header>
      <main>
        {failure !== undefined && <FailureNotice failure={failure} />}
        {status !== undefined && (
          <>
            <Figures readings={readings} />
            <div class="columns">
              <Servers status={status} />
              <Threads threads={status.engine.threads} at={status.at} />
            </div>
            <DeadLetters total={status.dead_letters} />
            <Keys />
          </>
        )}
      </main>
      <PageFoot boot={boot} />
    </div>
  );
}

function State({ status: { engine } }: { status: Status }) {
  const isLost = useIsLost();
  const reasons = engine.degraded_by.join("; ");
  const text = isLost ? words.failures.lost.title : words.pipeline.states[engine.state];
  const isGood = !isLost && engine.state === "ok";
  return (
    <p class={`engine-state ${isGood ? "is-good" : "is-bad"}`} role="status">
      <strong>{text}</strong>
      {!isLost && reasons !== "" && <span>: {reasons}</span>}
    </p>
  );
}
