import { beforeAll, describe, expect, test } from "bun:test";
import { createServer, type Socket } from "node:net";
import { encryption, sendMail } from "../../src/cli/report/send-mail.ts";
import { MAIL_LOGIN, REFUSED_RECIPIENT, startMailServer } from "../support/mail-server.ts";
import { rejectionOf } from "../support/rejection-of.ts";
import { useTestDatabase } from "../support/test-database.ts";
import { TLS } from "../support/tls-files.ts";
import { runQueueflow } from "./run-queueflow.ts";
import { spawnQueueflow } from "./spawn-queueflow.ts";

const here = useTestDatabase();
const SITE = "mailed.example";
const TO = "team@example.com";
const ARGS = ["report", "--site", SITE, "--period", "day", "--to"];
const CREDENTIALS = `${encodeURIComponent(MAIL_LOGIN.user)}:${encodeURIComponent(MAIL_LOGIN.password)}`;

/** In this process, which trusts no CA of the tests. */
async function report(smtpUrl: string, ...args: readonly string[]) {
  const env = { DATABASE_URL: here.url, SMTP_URL: smtpUrl };
  return await runQueueflow([...ARGS, TO, ...args], { env });
}

async function reportTrusting(ca: string, smtpUrl: string) {
  const env = { DATABASE_URL: here.url, SMTP_URL: smtpUrl, NODE_EXTRA_CA_CERTS: ca };
  using command = spawnQueueflow([...ARGS, TO], { env });
  return await command.result;
}

beforeAll(async () => {
  const name = "Läden\r\nBcc: evil@example.com";
  await here.sql`INSERT INTO sites (site_id, name) VALUES (${SITE}, ${name})`;
});

describe("queueflow report with SMTP_URL", () => {
  test.each([
    ["by STARTTLS", false, "smtp", "?tls=required"],
    ["by TLS from the start", true, "smtps", ""],
  ])("sends %s", async (_, secure, protocol, end) => {
    await using server = await startMailServer({ secure });
    const url = `${protocol}://${CREDENTIALS}@localhost:${server.port}${end}`;
    const { stdout, stderr, exitCode } = await reportTrusting(TLS.ca, url);
    expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
    expect(stdout).toMatch(/^Sent to team@example\.com by localhost:\d+: 250 .*\n$/);
    expect(server.mails).toEqual([
      {
        isEncrypted: true,
        user: MAIL_LOGIN.user,
        from: MAIL_LOGIN.user,
        to: [TO],
        message: expect.stringMatching(/^From: reports@example.com\r\nTo: team@example.com\r\n/),
      },
    ]);
    const [head] = server.mails[0]?.message.split("\r\n\r\n") ?? [];
    expect(head).not.toMatch(/Bcc/);
  });

  test("sends to several without a login, from the sender given", async () => {
    await using server = await startMailServer({ disabledCommands: ["STARTTLS", "AUTH"] });
    const flags = ["--to", "B <b@example.com>, c@example.com", "--from", "Q <q@example.com>"];
    const { exitCode } = await report(`smtp://127.0.0.1:${server.port}`, ...flags);
    expect(exitCode).toBe(0);
    const [mail] = server.mails;
    expect([mail?.from, mail?.to]).toEqual([
      "q@example.com",
      [TO, "b@example.com", "c@example.com"],
    ]);
  });

  test("encrypts unasked to a server on this machine", async () => {
    await using server = await startMailServer();
    const { exitCode } = await report(`smtp://${CREDENTIALS}@localhost:${server.port}`);
    expect([exitCode, server.mails[0]?.isEncrypted]).toEqual([0, true]);
  });

  test.each([
    ["an unknown CA", TLS.otherCa, "localhost"],
    ["another host's", TLS.ca, "127.0.0.1"],
  ])("refuses a certificate of %s", async (_, ca, host) => {
    await using server = await startMailServer();
    const url = `smtp://${CREDENTIALS}@${host}:${server.port}?tls=required`;
    const { stdout, stderr, exitCode } = await reportTrusting(ca, url);
    expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 1 });
    expect(stderr).toMatch(/^queueflow: Cannot send .*: its certificate is not accepted: .*\n$/);
    expect(server.passwords).toEqual([]);
  });

  test("sends no password to a server that offers no TLS", async () => {
    await using server = await startMailServer({
      disabledCommands: ["STARTTLS"],
      allowInsecureAuth: true,
    });
    const url = `smtp://${CREDENTIALS}@localhost:${server.port}`;
    const { stderr, exitCode } = await report(`${url}?tls=required`);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/: no TLS, without which nothing is sent unless .*\n$/);
    expect(server.passwords).toEqual([]);
    expect((await report(`${url}?tls=off`)).exitCode).toBe(0);
  });

  test("names a refused password without showing it", async () => {
    await using server = await startMailServer();
    const password = "wrong-secret";
    const { stdout, stderr, exitCode } = await report(
      `smtp://reports%40example.com:${password}@localhost:${server.port}`,
    );
    expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 1 });
    expect(stderr).toMatch(
      /^queueflow: .*: it refuses the user or the password of SMTP_URL: 535 .*\*\*\*\n$/,
    );
    expect(server.passwords).toEqual([password]);
  });

  test("prints a reply of several lines on one", async () => {
    await using server = await startMailServer({
      onData(stream, _, done) {
        stream.resume().on("end", () => done(null, "Queued\r\nTo: a\r\n\u001b[31mas 1"));
      },
    });
    const { stdout } = await report(`smtp://${CREDENTIALS}@127.0.0.1:${server.port}`);
    expect(stdout).toMatch(/^Sent to .*Queued.*as 1\n$/);
    expect(stdout).not.toContain("\u001b");
  });

  test.each([
    [[REFUSED_RECIPIENT], /: it refuses the recipient: 550 No such mailbox\n$/, 0],
    [
      [TO, REFUSED_RECIPIENT],
      /: Sent to 1 of 2 recipients only, not to nobody@example\.com: .*550 /,
      1,
    ],
  ])("exits 1 when %p are not all accepted", async (to, message, mails) => {
    await using server = await startMailServer();
    const env = { DATABASE_URL: here.url, SMTP_URL: `smtp://127.0.0.1:${server.port}` };
    const args = [...ARGS, to.join(","), "--from", TO];
    const { stdout, stderr, exitCode } = await runQueueflow(args, { env });
    expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 1 });
    expect(stderr).toMatch(message);
    expect(server.mails).toHaveLength(mails);
  });

  test("says that nobody listens", async () => {
    const server = await startMailServer();
    await server[Symbol.asyncDispose]();
    const { stderr, exitCode } = await report(`smtp://${CREDENTIALS}@127.0.0.1:${server.port}`);
    expect(exitCode).toBe(1);
    const by = `Cannot send the report by 127.0.0.1:${server.port}`;
    expect(stderr).toBe(`queueflow: ${by}: connection refused\n`);
  });

  test.each([
    ["smtp://localhost:1", "Expected --from, since the user of SMTP_URL is no address"],
    ["http://localhost", "Expected SMTP_URL to be a URL"],
    ["smtp://user@localhost", "Expected SMTP_URL to have both a user and a password"],
    ["smtp://a:secret/x@localhost", "Expected SMTP_URL to be a URL"],
    ["smtp://localhost?tls=never", "Expected SMTP_URL to end after its host and port"],
    ["smtps://localhost?tls=off", "Expected SMTP_URL to end after its host and port"],
  ])("refuses %p", async (url, message) => {
    const { stderr, exitCode } = await report(url);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain("secret");
  });

  test("writes the mail without --to, and the text when asked for it", async () => {
    const env = { DATABASE_URL: here.url, SMTP_URL: "smtp://127.0.0.1:1" };
    const mail = await runQueueflow(["report", "--site", SITE], { env });
    expect(mail.stdout).toStartWith("Subject: ");
    const text = await report("smtp://127.0.0.1:1", "--format", "text");
    expect([text.exitCode, text.stdout]).toEqual([0, expect.stringContaining("Visitors")]);
  });
});

describe("sendMail", () => {
  const mail = { message: "Subject: a\r\n\r\nb\r\n", from: TO, to: [TO] };
  const serverAt = (port: number) =>
    ({ host: "127.0.0.1", port, isSecure: false, tls: undefined, login: undefined }) as const;

  /** Accepts connections and says nothing. */
  async function startMute() {
    const sockets: Socket[] = [];
    const accepted = Promise.withResolvers<void>();
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on("error", () => undefined);
      accepted.resolve();
    });
    const listening = Promise.withResolvers<void>();
    server.listen(0, "127.0.0.1", listening.resolve);
    await listening.promise;
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("No port");
    return {
      port: address.port,
      accepted: accepted.promise,
      [Symbol.dispose]() {
        for (const socket of sockets) socket.destroy();
        server.close();
      },
    };
  }

  test.each([{ stepTimeoutMs: 20 }, { totalTimeoutMs: 20 }])(
    "gives up on a server without a reply: %p",
    async (timeouts) => {
      using server = await startMute();
      const options = { signal: new AbortController().signal, ...timeouts };
      const error = await rejectionOf(sendMail(serverAt(server.port), mail, options));
      expect(error).toMatchObject({
        exitCode: 1,
        message: expect.stringMatching(/: no answer in time$/),
      });
    },
  );

  test("stops when it is interrupted", async () => {
    using server = await startMute();
    const interruption = new AbortController();
    const sending = sendMail(serverAt(server.port), mail, { signal: interruption.signal });
    await server.accepted;
    interruption.abort();
    expect(await rejectionOf(sending)).toMatchObject({ exitCode: 130 });
  });
});

test("TLS is demanded of every server elsewhere", () => {
  const server = { host: "mail.example", port: 587, login: undefined, isSecure: false };
  const verified = { secure: false, requireTLS: true, tls: { rejectUnauthorized: true } };
  for (const address of ["192.0.2.1", "10.0.0.1", "2001:db8::1", ""]) {
    expect(encryption({ ...server, tls: undefined }, address)).toEqual(verified);
  }
  expect(encryption({ ...server, tls: "required" }, "127.0.0.1")).toEqual(verified);
});
