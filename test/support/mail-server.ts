import { readFileSync } from "node:fs";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { TLS } from "./tls-files.ts";

export const MAIL_LOGIN = { user: "reports@example.com", password: "p@ss:word/1" };
export const REFUSED_RECIPIENT = "nobody@example.com";

export interface ReceivedMail {
  readonly isEncrypted: boolean;
  readonly user: string | undefined;
  readonly from: string;
  readonly to: readonly string[];
  readonly message: string;
}

/** A mail server on this machine, whose certificate is for `localhost`. Keeps what is sent to it. */
export async function startMailServer(options: SMTPServerOptions = {}) {
  const mails: ReceivedMail[] = [];
  const passwords: string[] = [];
  const server = new SMTPServer({
    key: readFileSync(TLS.key),
    cert: readFileSync(TLS.cert),
    authOptional: true,
    closeTimeout: 100,
    onAuth({ username, password: given }, _, done) {
      const password = given ?? "";
      passwords.push(password);
      const isRight = username === MAIL_LOGIN.user && password === MAIL_LOGIN.password;
      // As a careless server, which repeats what it refuses.
      if (isRight) done(null, { user: username });
      else done(new Error(`No user with ${password}`));
    },
    onRcptTo({ address }, _, done) {
      done(address === REFUSED_RECIPIENT ? new Error("No such mailbox") : null);
    },
    onData(stream, { secure, user, envelope }, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => void chunks.push(chunk));
      stream.on("end", () => {
        mails.push({
          isEncrypted: secure,
          user,
          from: envelope.mailFrom === false ? "" : envelope.mailFrom.address,
          to: envelope.rcptTo.map(({ address }) => address),
          message: Buffer.concat(chunks).toString(),
        });
        done();
      });
    },
    ...options,
  });
  // Of connections that a client ends because it trusts no certificate.
  server.on("error", () => undefined);
  const { promise, resolve } = Promise.withResolvers<void>();
  const listener = server.listen(0, "127.0.0.1", resolve);
  await promise;
  const address = listener.address();
  if (address === null || typeof address === "string") throw new Error("No port");
  return {
    port: address.port,
    mails: mails as readonly ReceivedMail[],
    /** What clients have logged in with. */
    passwords: passwords as readonly string[],
    async [Symbol.asyncDispose](): Promise<void> {
      const closed = Promise.withResolvers<void>();
      server.close(closed.resolve);
      await closed.promise;
    },
  };
}
