import { describe, expect, test } from "bun:test";
import { readConfig } from "../../src/config/config.ts";
import type { SmtpServer } from "../../src/config/smtp-server.ts";

const PLAIN = { host: "mail.example", port: 587, isSecure: false, tls: undefined } as const;

describe("SMTP_URL", () => {
  test.each([
    ["smtp://mail.example", { ...PLAIN, login: undefined }],
    ["smtp://mail.example:25/?tls=off", { ...PLAIN, port: 25, tls: "off", login: undefined }],
    ["smtps://mail.example", { ...PLAIN, port: 465, isSecure: true, login: undefined }],
    ["smtp://[2001:db8::1]:2525", { ...PLAIN, host: "2001:db8::1", port: 2525, login: undefined }],
    [
      "smtp://a%40b.example:p%2F%23%3A%20%25@mail.example",
      { ...PLAIN, login: { user: "a@b.example", password: "p/#: %" } },
    ],
  ] as [string, SmtpServer][])("reads %s", (url, server) => {
    expect(readConfig({ SMTP_URL: url }).smtpServer).toEqual(server);
  });
});
