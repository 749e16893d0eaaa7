import { type Static, Type } from "@sinclair/typebox";

/** The part of a V8 profile that self times need. */
export const CpuProfile = Type.Object({
  nodes: Type.Array(
    Type.Object({
      id: Type.Integer(),
      callFrame: Type.Object({
        functionName: Type.String(),
        url: Type.String(),
        lineNumber: Type.Integer(),
      }),
    }),
  ),
  samples: Type.Array(Type.Integer()),
});
export type CpuProfile = Static<typeof CpuProfile>;

/** Number of samples in which the function ran. */
export interface SelfTime {
  readonly where: string;
  readonly share: number;
}

/** Returns the functions of a profile by their share of the samples, largest first. */
export function selfTimes({ nodes, samples }: CpuProfile): readonly SelfTime[] {
  const whereOf = new Map(
    nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => {
      const file = url.replace(/^.*\/(node_modules|src|bench)\//, "$1/");
      const place = file === "" ? "native" : `${file}:${lineNumber + 1}`;
      return [id, `${functionName || "(anonymous)"} ${place}`];
    }),
  );
  const counts = new Map<string, number>();
  for (const id of samples) {
    const where = whereOf.get(id) ?? "(unknown)";
    counts.set(where, (counts.get(where) ?? 0) + 1);
  }
  return [...counts]
    .map(([where, count]) => ({ where, share: count / samples.length }))
    .toSorted((a, b) => b.share - a.share);
}
