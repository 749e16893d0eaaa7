const WIDTH = 100;
const HEIGHT = 32;
const LINE = 1;

/** A small chart without axes. Its numbers are in the table beside it. */
export function Spark({ values, label }: { values: readonly (number | null)[]; label: string }) {
  const known = values.filter((value) => value !== null);
  const max = Math.max(...known, 1);
  const step = WIDTH / Math.max(values.length - 1, 1);
  const points = values.flatMap((value, index) =>
    value === null
      ? []
      : [`${index * step},${HEIGHT - LINE - (value / max) * (HEIGHT - 2 * LINE)}`],
  );
  const first = values.findIndex((value) => value !== null) * step;
  return (
    <svg
      class="spark"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      {points.length > 1 && (
        <>
          <polygon points={`${first},${HEIGHT} ${points.join(" ")} ${WIDTH},${HEIGHT}`} />
          <polyline points={points.join(" ")} vector-effect="non-scaling-stroke" />
        </>
      )}
    </svg>
  );
}
