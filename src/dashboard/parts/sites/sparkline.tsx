import { words } from "../../words/words.ts";

const WIDTH = 100;
const HEIGHT = 28;

/** Visitors of each day, as a line. */
export function Sparkline({ values }: { values: readonly number[] }) {
  const most = Math.max(...values, 1);
  const points = values.map((value, index) => {
    const x = (index / Math.max(values.length - 1, 1)) * WIDTH;
    return `${x.toFixed(2)} ${(HEIGHT - 1.5 - (value / most) * (HEIGHT - 3)).toFixed(2)}`;
  });
  const line = `M${points.join("L")}`;
  return (
    <svg
      class="sparkline"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={words.allSites.trendOf(Math.min(...values), Math.max(...values))}
    >
      <path class="sparkline-area" d={`${line}L${WIDTH} ${HEIGHT}L0 ${HEIGHT}Z`} />
      <path class="sparkline-line" d={line} />
    </svg>
  );
}
