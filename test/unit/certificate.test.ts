import { describe, expect, test } from "bun:test";
import { readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Certificate, readCertificate } from "../../src/certificate.ts";
import { watchCertificate } from "../../src/supervisor/certificate-watch.ts";
import { eventually } from "../support/eventually.ts";
import { recordingLog } from "../support/recording-log.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { EXPIRED, RENEWED, TLS } from "../support/tls-files.ts";

const folder = temporaryFolder("certificate");
const text = (path: string) => readFileSync(path, "utf8");
const file = (name: string, content: string) => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const cut = (path: string) => text(path).slice(0, 100);

describe("readCertificate", () => {
  test("returns both texts and the expiry", () => {
    const { cert, key, expiresAt } = readCertificate({
      certFile: EXPIRED.cert,
      keyFile: EXPIRED.key,
    });
    expect([cert, key]).toEqual([text(EXPIRED.cert), text(EXPIRED.key)]);
    expect(expiresAt.toISOString()).toBe("2020-01-02T00:00:00.000Z");
  });

  test.each([
    ["a missing certificate", join(folder, "none"), TLS.key, "TLS_CERT_FILE to be a readable file"],
    ["a missing key", TLS.cert, join(folder, "none"), "TLS_KEY_FILE to be a readable file"],
    ["another's key", TLS.cert, RENEWED.key, "TLS_KEY_FILE to be the key of TLS_CERT_FILE"],
    [
      "an empty certificate",
      file("e.crt", ""),
      TLS.key,
      "TLS_CERT_FILE to be a certificate in PEM",
    ],
    ["an empty key", TLS.cert, file("e.key", ""), "TLS_KEY_FILE to be a private key in PEM"],
    [
      "half a certificate",
      file("h.crt", cut(TLS.cert)),
      TLS.key,
      "TLS_CERT_FILE to be a certificate",
    ],
    [
      "half a key",
      TLS.cert,
      file("h.key", cut(TLS.key)),
      "TLS_KEY_FILE to be a private key in PEM",
    ],
    [
      "half a chain",
      file("c.crt", `${text(TLS.cert)}${cut(TLS.ca)}`),
      TLS.key,
      "TLS_CERT_FILE to be certificates in PEM",
    ],
    ["files in the wrong order", TLS.key, TLS.cert, "TLS_CERT_FILE to be a certificate in PEM"],
  ])("refuses %s by the file's name", (_, certFile, keyFile, expected) => {
    const read = () => readCertificate({ certFile, keyFile });
    expect(read).toThrow(`Expected ${expected}`);
    expect(read).toThrow(expected.startsWith("TLS_CERT") ? certFile : keyFile);
  });
});

describe("a renewal", () => {
  const renew = (name: string) => {
    const files = {
      certFile: file(`${name}.crt`, text(TLS.cert)),
      keyFile: file(`${name}.key`, text(TLS.key)),
    };
    const { log, records } = recordingLog();
    const renewed: Certificate[] = [];
    const stop = watchCertificate({
      files,
      certificate: readCertificate(files),
      log,
      onRenewed: (certificate) => renewed.push(certificate),
    });
    const sentences = () => records.map(({ level, sentence }) => `${level}: ${sentence}`);
    return { files, renewed, records, sentences, [Symbol.dispose]: stop };
  };
  const NOT_TAKEN = "warn: Renewed TLS certificate not taken; the previous one stays, retrying";

  test("is taken once both files are written", async () => {
    using watch = renew("two-files");
    writeFileSync(watch.files.certFile, text(RENEWED.cert));
    await eventually(() => expect(watch.sentences()).toEqual([NOT_TAKEN]));
    expect(watch.records[0]?.fields["error"]).toContain(watch.files.keyFile);
    expect(watch.renewed).toEqual([]);
    writeFileSync(watch.files.keyFile, text(RENEWED.key));
    await eventually(() => expect(watch.renewed).toHaveLength(1));
    expect(watch.renewed[0]?.cert).toBe(text(RENEWED.cert));
    expect(watch.sentences().slice(1)).toEqual([
      "info: Renewed TLS certificate can be read again",
      "info: Renewed TLS certificate taken",
    ]);
  });

  test("is taken when a link is exchanged", async () => {
    using watch = renew("links");
    for (const [path, target] of [
      [watch.files.certFile, RENEWED.cert],
      [watch.files.keyFile, RENEWED.key],
    ] as const) {
      symlinkSync(target, `${path}.next`);
      renameSync(`${path}.next`, path);
    }
    await eventually(() => expect(watch.renewed).toHaveLength(1));
  });

  test("that puts an expired certificate in place is reported", async () => {
    using watch = renew("expired");
    writeFileSync(watch.files.certFile, text(EXPIRED.cert));
    writeFileSync(watch.files.keyFile, text(EXPIRED.key));
    await eventually(() =>
      expect(watch.sentences()).toContain(
        "error: TLS certificate has expired; clients refuse to connect until it is renewed",
      ),
    );
    const report = watch.records.find(({ level }) => level === "error");
    expect(report?.fields["file"]).toBe(watch.files.certFile);
  });
});
