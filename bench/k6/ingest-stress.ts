import { scenario } from "k6/execution";
import type { Options, Threshold } from "k6/options";
import { secondsOf } from "./duration.ts";
import { kneeText, stepsOf } from "./knee.ts";
import { countSetting, textSetting } from "./settings.ts";
import { FAILURES_MAX, P99_MS, TREND_STATS, virtualUsers } from "./sla.ts";
import { postEvent, REQUEST_TIMEOUT, requireReady } from "./target.ts";

/** The first rate in events per second, the increment of each step, and the maximum. */
const RATE = countSetting("RATE", 1000);
const RATE_STEP = countSetting("RATE_STEP", RATE);
const RATE_MAX = countSetting("RATE_MAX", 20 * RATE);
/** Duration of each rate. */
const STEP_DURATION = textSetting("STEP_DURATION", "10s");

/** Requests during a change of the rate count for neither rate. */
const RAMP_SECONDS = 2;
const STEP_SECONDS = secondsOf(STEP_DURATION);

const RATES = Array.from(
  { length: Math.floor((RATE_MAX - RATE) / RATE_STEP) + 1 },
  (_, step) => RATE + step * RATE_STEP,
);

/** k6 checks thresholds every two seconds; not in the first ones, because both sides are cold. */
const ABORT = { abortOnFail: true, delayAbortEval: `${RAMP_SECONDS + 3}s` };

/**
 * Raises the rate in steps until the SLA is violated. The summary names the knee, the highest rate at which it held. k6 exits
 * with 99, although the violation is expected.
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

/** The part of k6's data that is used here. */
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
