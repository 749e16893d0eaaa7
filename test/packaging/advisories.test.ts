import { describe, expect, test } from "bun:test";
import { auditPackages, severeOf } from "../support/advisories.ts";

const audit = await auditPackages();
if (audit.type === "unanswered") {
  console.log(
    `SKIPPED: the audit of dependencies, because the registry gave none: ${audit.reason}`,
  );
}

describe("the audit of dependencies", () => {
  test.skipIf(audit.type === "unanswered")("finds no advisory of high severity", () => {
    expect(audit.type === "audited" ? severeOf(audit.advisories) : []).toEqual([]);
  });

  for (const severity of ["moderate", "high", "critical"]) {
    test(`sees an advisory of ${severity} severity`, async () => {
      using registry = registryWith([{ ...ADVISORY, severity }]);
      const found = await auditPackages(registry.url.href);
      const line = `elysia: ${severity}: Cookies of others (https://example.com/1)`;
      expect(found.type === "audited" ? severeOf(found.advisories) : found).toEqual(
        severity === "moderate" ? [] : [line],
      );
    });
  }

  test("passes when the registry knows no advisory", async () => {
    using registry = registryWith([]);
    expect(await auditPackages(registry.url.href)).toEqual({
      type: "audited",
      advisories: new Map(),
    });
  });

  test("is skipped when the registry refuses to audit", async () => {
    using registry = Bun.serve({
      port: 0,
      fetch: () => new Response(null, { status: 405 }),
    });
    expect(await auditPackages(registry.url.href)).toMatchObject({ type: "unanswered" });
  });
});

const ADVISORY = {
  id: 1,
  url: "https://example.com/1",
  title: "Cookies of others",
  vulnerable_versions: "<99",
  cwe: [],
  cvss: { score: 0, vectorString: null },
};

/** Answers as npm's registry does, with advisories for one package. */
function registryWith(advisories: readonly object[]) {
  return Bun.serve({
    port: 0,
    fetch: () => Response.json(advisories.length === 0 ? {} : { elysia: advisories }),
  });
}
