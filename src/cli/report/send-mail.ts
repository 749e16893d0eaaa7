import { connect, type Socket } from "node:net";
import SmtpConnection from "nodemailer/lib/smtp-connection";
import { isLoopback } from "../../api-address.ts";
import { unlessAborted, withDeadline } from "../../async/deadline.ts";
import type { SmtpServer } from "../../config/smtp-server.ts";
import { CommandFailure, EXIT_INTERRUPTED } from "../command-failure.ts";
import { shownReply, smtpAddress, smtpFailure } from "./smtp-failure.ts";

const QUIT_TIMEOUT_MS = 1_000;

export interface Mail {
  /** With its headers. */
  readonly message: string;
  readonly from: string;
  readonly to: readonly string[];
}

interface SendOptions {
  readonly signal: AbortSignal;
  /** Of the connection, of TLS and of each reply. */
  readonly stepTimeoutMs?: number;
  readonly totalTimeoutMs?: number;
}

/** Returns the last reply of the server. @throws CommandFailure, also when it accepts only some of the recipients. */
export async function sendMail(
  server: SmtpServer,
  mail: Mail,
  { signal, stepTimeoutMs = 20_000, totalTimeoutMs = 120_000 }: SendOptions,
): Promise<string> {
  const socket = connect({ host: server.host, port: server.port });
  try {
    const sent = withDeadline(deliver(socket, { server, mail, stepTimeoutMs }), {
      deadlineMs: totalTimeoutMs,
      onLate: lateError,
    });
    const { response, rejected, rejectedErrors } = await unlessAborted(sent, signal);
    if (rejected.length === 0) return shownReply(response, server);
    const why = smtpFailure(rejectedErrors?.[0], server);
    const some = `Sent to ${mail.to.length - rejected.length} of ${mail.to.length} recipients only`;
    throw new CommandFailure(1, `${some}, not to ${rejected.join(", ")}: ${why}`);
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    if (signal.aborted) throw new CommandFailure(EXIT_INTERRUPTED, "Stopped");
    const why = smtpFailure(error, server);
    throw new CommandFailure(1, `Cannot send the report by ${smtpAddress(server)}: ${why}`);
  } finally {
    socket.destroy();
  }
}

interface Delivery {
  readonly server: SmtpServer;
  readonly mail: Mail;
  readonly stepTimeoutMs: number;
}

async function deliver(socket: Socket, { server, mail, stepTimeoutMs }: Delivery) {
  await withDeadline(connected(socket), { deadlineMs: stepTimeoutMs, onLate: lateError });
  const connection = new SmtpConnection({
    connection: socket,
    host: server.host,
    port: server.port,
    connectionTimeout: stepTimeoutMs,
    greetingTimeout: stepTimeoutMs,
    socketTimeout: stepTimeoutMs,
    ...encryption(server, socket.remoteAddress ?? ""),
  });
  const failed = Promise.withResolvers<never>();
  connection.on("error", failed.reject);
  const step = async <Result>(start: (done: Done<Result>) => void): Promise<Result | undefined> => {
    const { promise, resolve, reject } = Promise.withResolvers<Result | undefined>();
    start((error, result) => (error ? reject(error) : resolve(result)));
    return await Promise.race([promise, failed.promise]);
  };
  await step((done) => connection.connect(done));
  const { login } = server;
  if (login !== undefined) {
    await step((done) => connection.login({ user: login.user, pass: login.password }, done));
  }
  const { message, from, to } = mail;
  const envelope = { from, to: [...to], size: message.length };
  const info = await step<SendInfo>((done) => connection.send(envelope, message, done));
  if (info === undefined) throw new Error("no reply");
  const ended = Promise.withResolvers<void>();
  connection.once("end", ended.resolve);
  connection.quit();
  // The mail is accepted already: a server that does not answer is no failure.
  await withDeadline(ended.promise, { deadlineMs: QUIT_TIMEOUT_MS, onLate: () => undefined });
  return info;
}

type Done<Result> = (error?: Error | null, result?: Result) => void;
type SendInfo = Parameters<Parameters<SmtpConnection["send"]>[2]>[1];

/**
 * Returns the TLS options of a connection. Another machine must offer STARTTLS and have a valid certificate, since an
 * attacker on the way could remove the offer. A mail server on this machine often has a self-signed certificate, and what
 * it is sent does not leave the machine.
 */
export function encryption({ isSecure, tls }: SmtpServer, remoteAddress: string) {
  const verified = { rejectUnauthorized: true };
  if (isSecure) return { secure: true, tls: verified };
  if (tls === "off") return { secure: false, ignoreTLS: true };
  if (tls === "required" || !isLoopback(remoteAddress)) {
    return { secure: false, requireTLS: true, tls: verified };
  }
  return { secure: false, tls: { rejectUnauthorized: false } };
}

async function connected(socket: Socket): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once("connect", resolve);
  // Stays attached: an unhandled error after the deadline would end the process.
  socket.on("error", reject);
  await promise;
}

function lateError(): never {
  throw Object.assign(new Error("no answer in time"), { code: "ETIMEDOUT" });
}
