/** A metric in the data of `handleSummary`, reduced to the part used here. */
interface StepMetric {
  readonly values: Readonly<Record<string, number>>;
  readonly thresholds?: Readonly<Record<string, { readonly ok: boolean }>>;
}

export interface Step {
  readonly rate: number;
  readonly p99Ms: number;
  readonly held: boolean;
}

/**
 * Returns the result of each rate, in ascending order; a rate held when it violated none of its thresholds. `wasCut` means
 * that the run ended because too much could not be sent, which k6 attributes to no rate; it is then attributed to the last
 * one.
 */
export function stepsOf(
  rates: readonly number[],
  metrics: Readonly<Record<string, StepMetric>>,
  wasCut: boolean,
): readonly Step[] {
  const sent = rates.flatMap((rate) => {
    const duration = metrics[`http_req_duration{rate:${rate}}`];
    const p99Ms = duration?.values["p(99)"] ?? 0;
    if (duration === undefined || p99Ms === 0) return [];
    const failed = metrics[`http_req_failed{rate:${rate}}`];
    return [{ rate, p99Ms, held: allOk(duration) && (failed === undefined || allOk(failed)) }];
  });
  return sent.map((step, i) => (wasCut && i === sent.length - 1 ? { ...step, held: false } : step));
}

/** Returns a table of the steps, and the highest rate up to which all held. */
export function kneeText(steps: readonly Step[]): string {
  const rows = steps.map(
    ({ rate, p99Ms, held }) =>
      `${String(rate).padStart(9)}/s  p99 ${p99Ms.toFixed(1).padStart(8)} ms  ${held ? "held" : "BROKEN"}`,
  );
  const broken = steps.findIndex(({ held }) => !held);
  const knee = steps[(broken === -1 ? steps.length : broken) - 1];
  const sentence =
    knee === undefined
      ? "The SLA broke at the lowest rate: begin with a lower RATE."
      : broken === -1
        ? `The SLA held up to ${knee.rate} events a second, the highest rate: raise RATE_MAX.`
        : `The knee: the SLA held up to ${knee.rate} events a second.`;
  return `\n${[...rows, "", sentence].join("\n")}\n`;
}

function allOk({ thresholds = {} }: StepMetric): boolean {
  return Object.values(thresholds).every(({ ok }) => ok);
}
