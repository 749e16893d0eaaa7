import { testedBy } from "./courses.ts";
import type { Mutant } from "./mutant.ts";

/** Break what decides who reaches the engine, and how. */
export const LISTEN_MUTANTS: readonly Mutant[] = [
  {
    name: "silent-about-open-port",
    promise: "the start says that everybody may write and read",
    file: "src/roles/reclaimer-role.ts",
    find: "keyless: keys && keylessAccess(access, keys)",
    replace: "keyless: undefined",
    course: testedBy("test/system/operate-listener.test.ts"),
  },
  {
    name: "silent-about-open-reads",
    promise: "the start says what is open beside the sites that are closed",
    file: "src/access/keyless-access.ts",
    find: "return reads ? write :",
    replace: "return writes.size > 0 ? write :",
    course: testedBy("test/unit/access/keyless-access.test.ts"),
  },
  {
    name: "embedded-engine-open-to-the-network",
    promise: "an engine with its own servers listens on loopback by default",
    file: "src/config/config.ts",
    find: '? "127.0.0.1" : "0.0.0.0"',
    replace: '? "0.0.0.0" : "0.0.0.0"',
    course: testedBy("test/unit/config.test.ts"),
  },
  {
    name: "public-listener-serves-metrics",
    promise: "with OPERATE_PORT, the public listener has no /metrics, /health and /swagger",
    file: "src/http/app.ts",
    find: 'if (listener !== "public") {',
    replace: "{",
    course: testedBy("test/system/operate-listener.test.ts"),
  },
  {
    name: "operate-listener-takes-events",
    promise: "the operate listener serves only what operators read",
    file: "src/http/app.ts",
    find: 'listener === "operate" && !isForOperators(',
    replace: 'listener === "operate" && isForOperators("") && !isForOperators(',
    course: testedBy("test/system/operate-listener.test.ts"),
  },
  {
    name: "renewed-certificate-ignored",
    promise: "a renewed certificate is used without a restart",
    file: "src/supervisor/supervisor.ts",
    find: "thread.sendCertificate(renewed);",
    replace: "void thread;",
    course: testedBy("test/system/https.test.ts"),
  },
  {
    name: "former-certificate-served",
    promise: "the previous certificate is no longer served after a renewal",
    file: "src/http/serve-app.ts",
    find: "for (const server of former) void retire(server);",
    replace: "void former; void retire;",
    course: testedBy("test/system/https.test.ts"),
  },
  {
    name: "connections-cut-by-renewal",
    promise: "a renewal lets open connections finish",
    file: "src/http/serve-app.ts",
    find: "await wait(RETIRE_MS, stopping.signal);",
    replace: "await server.stop(true);",
    course: testedBy("test/system/https.test.ts"),
  },
  {
    name: "mismatched-key-taken",
    promise: "a half-written renewal keeps the previous certificate",
    file: "src/certificate.ts",
    find: "if (!leaf.checkPrivateKey(privateKey)) {",
    replace: "if (privateKey.type === undefined) {",
    course: testedBy("test/unit/certificate.test.ts"),
  },
];
