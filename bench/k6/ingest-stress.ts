import { scenario } from "k6/execution";
import type { Options, Threshold } from "k6/options";
import { secondsOf } from "./duration.ts";
import { kneeText, stepsOf } from "./knee.ts";
import { countSetting, textSetting } from "./settings.ts";
import { FAILURES_MAX, P99_MS, TREND_STATS, virtualUsers } from "./sla.ts";
import { postEvent, REQUEST_TIMEOUT, requireReady } from "./target.ts";

/** The first rate, in events a second, what is added to it at each step, and where it ends at the latest. */
const RATE = countSetting("RATE", 1000);
const RATE_STEP = countSetting("RATE_STEP", RATE);
const RATE_MAX = countSetting("RATE_MAX", 20 * RATE);
/** How long each rate is held. */
const STEP_DURATION = textSetting("STEP_DURATION", "10s");

/** What is sent on the way to the next rate is in no rate's figures. */
const RAMP_SECONDS = 2;
const STEP_SECONDS = secondsOf(STEP_DURATION);

const RATES = Array.from(
  { length: Math.floor((RATE_MAX - RATE) / RATE_STEP) + 1 },
  (_, step) => RATE + step * RATE_STEP,
);

/** k6 looks every two seconds whether a threshold is broken; not in the first, in which both sides are cold. */
const ABORT = { abortOnFail: true, delayAbortEval: `${RAMP_SECONDS + 3}s` };

/**
 * At which rate does the SLA break? The rate is raised step by step until it does, and the summary names the
 * knee: the highest rate at which it held. Breaking is what this one is for, and yet k6 exits with 99 then.
 */
export const options: Options = {
  scenarios: {
    ingest: {
      executor: "ramping-arrival-rate",
      startRate: RATE,
      timeUnit: "1s",
      stages: RATES.flatMap((target) => [
        { target, duration: `${RAMP_SECONDS}s` },
        { target, duration: STEP_DURATION },
      ]),
      ...virtualUsers(RATE_MAX),
      gracefulStop: REQUEST_TIMEOUT,
    },
  },
  thresholds: {
    ...Object.assign({}, ...RATES.map(stepSla)),
    dropped_iterations: [{ threshold: `count<=${RATE * STEP_SECONDS * FAILURES_MAX}`, ...ABORT }],
  },
  summaryTrendStats: TREND_STATS,
  discardResponseBodies: true,
};

export function setup(): void {
  requireReady();
}

export default function sendEvent(): void {
  const elapsedSeconds = (Date.now() - scenario.startTime) / 1000;
  const step = Math.floor(elapsedSeconds / (RAMP_SECONDS + STEP_SECONDS));
  const rate = RATES[step];
  const onTheWay = elapsedSeconds % (RAMP_SECONDS + STEP_SECONDS) < RAMP_SECONDS;
  postEvent({ rate: rate === undefined || onTheWay ? "ramp" : String(rate) });
}

/** What k6 hands over, as far as it is read here. */
interface SummaryInput {
  readonly metrics: Readonly<
    Record<
      string,
      {
        readonly values: Readonly<Record<string, number>>;
        readonly thresholds?: Readonly<Record<string, { readonly ok: boolean }>>;
      }
    >
  >;
}

export function handleSummary({ metrics }: SummaryInput): Record<string, string> {
  const dropped = Object.values(metrics["dropped_iterations"]?.thresholds ?? {});
  const wasCut = dropped.some(({ ok }) => !ok);
  return { stdout: kneeText(stepsOf(RATES, metrics, wasCut)) };
}

function stepSla(rate: number): Record<string, Threshold[]> {
  return {
    [`http_req_duration{rate:${rate}}`]: [{ threshold: `p(99)<${P99_MS}`, ...ABORT }],
    [`http_req_failed{rate:${rate}}`]: [{ threshold: `rate<=${FAILURES_MAX}`, ...ABORT }],
  };
}
