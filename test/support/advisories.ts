import { join } from "node:path";

const ROOT = join(import.meta.dir, "..", "..");
/** Without an answer by then, the registry counts as unreachable. */
const AUDIT_MS_MAX = 30_000;

export interface Advisory {
  readonly title: string;
  readonly severity: string;
  readonly url: string;
}

export type Audit =
  | { readonly type: "audited"; readonly advisories: ReadonlyMap<string, readonly Advisory[]> }
  | { readonly type: "unanswered"; readonly reason: string };

/** Asks a registry, npm's unless one is given, for the known vulnerabilities of the packages in bun.lock. */
export async function auditPackages(registry?: string): Promise<Audit> {
  const child = Bun.spawn([process.execPath, "audit", "--json"], {
    cwd: ROOT,
    env: { ...Bun.env, ...(registry === undefined ? {} : { BUN_CONFIG_REGISTRY: registry }) },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: AUDIT_MS_MAX,
  });
  const [output, errors] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  await child.exited;
  try {
    const found = JSON.parse(output) as Record<string, readonly Advisory[]>;
    return { type: "audited", advisories: new Map(Object.entries(found)) };
  } catch {
    return { type: "unanswered", reason: errors.trim().split("\n").at(-1) ?? "" };
  }
}

/** Returns a line for each advisory of high or critical severity. */
export function severeOf(advisories: ReadonlyMap<string, readonly Advisory[]>): readonly string[] {
  return [...advisories].flatMap(([name, found]) =>
    found
      .filter(({ severity }) => severity === "high" || severity === "critical")
      .map(({ severity, title, url }) => `${name}: ${severity}: ${title} (${url})`),
  );
}
