import { clock, count, seconds } from "../../numbers/pipeline.ts";
import { words } from "../../words/words.ts";
import type { Reading } from "./readings.ts";
import { Spark } from "./spark.tsx";

/** Of the table behind the charts: a minute. */
const ROWS_MAX = 30;

const FIGURES = [
  { name: "accepted", valueOf: ({ accepted }: Reading) => accepted, text: perSecond },
  { name: "stored", valueOf: ({ stored }: Reading) => stored, text: perSecond },
  { name: "backlog", valueOf: ({ backlog }: Reading) => backlog, text: count },
  { name: "oldest", valueOf: ({ ageMs }: Reading) => ageMs, text: seconds },
] as const;

/** What flows through, now and in the last minutes. */
export function Figures({ readings }: { readings: readonly Reading[] }) {
  const last = readings.at(-1);
  return (
    <section class="card figures" aria-label={words.pipeline.flow}>
      <div class="figure-row">
        {FIGURES.map(({ name, valueOf, text }) => {
          const values = readings.map(valueOf);
          const now = last === undefined ? null : valueOf(last);
          const most = Math.max(0, ...values.filter((value) => value !== null));
          return (
            <div class="figure" key={name}>
              <span class="quiet">{words.pipeline.figures[name]}</span>
              <strong class="figure-value">{text(now)}</strong>
              <Spark
                values={values}
                label={words.pipeline.chart(words.pipeline.figures[name], text(most))}
              />
            </div>
          );
        })}
      </div>
      <p class="panel-note quiet">{words.pipeline.flowMeaning}</p>
      <details class="readings">
        <summary>{words.asTable}</summary>
        <div class="scrolled" tabIndex={0} role="region" aria-label={words.asTable}>
          <table class="plain-table">
            <thead>
              <tr>
                <th scope="col">{words.pipeline.time}</th>
                {FIGURES.map(({ name }) => (
                  <th scope="col" class="number" key={name}>
                    {words.pipeline.figures[name]}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {readings
                .slice(-ROWS_MAX)
                .toReversed()
                .map((reading) => (
                  <tr key={reading.atMs}>
                    <th scope="row">{clock(reading.status.at)}</th>
                    {FIGURES.map(({ name, valueOf, text }) => (
                      <td class="number" key={name}>
                        {text(valueOf(reading))}
                      </td>
                    ))}
                  </tr>
                ))}
            </tbody>
          </table>
        </div>
      </details>
    </section>
  );
}

function perSecond(value: number | null): string {
  return value === null ? count(null) : words.pipeline.perSecond(count(value));
}
