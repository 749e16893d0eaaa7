/** A response with a Content-Length, at the start of what was received. */
const ANSWER = /^HTTP\/1\.1 (\d{3}) [\s\S]*?content-length: (\d+)[\s\S]*?\r\n\r\n/i;

/**
 * Sends requests over one connection, each after the response to the one before: always the same, or one by its number. Returns the statuses; fewer when the
 * server closes the connection. `fetch` chooses among its connections.
 */
export async function sendOverOneConnection(
  port: number,
  {
    request,
    times,
  }: { readonly request: string | ((number: number) => string); readonly times: number },
): Promise<readonly number[]> {
  const statuses: number[] = [];
  const next = () => (typeof request === "string" ? request : request(statuses.length));
  const done = Promise.withResolvers<void>();
  let received = "";
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      data(_, bytes) {
        received += bytes.toString("latin1");
        const [head = "", status, length] = ANSWER.exec(received) ?? [];
        const end = head.length + Number(length);
        if (status === undefined || received.length < end) return;
        received = received.slice(end);
        statuses.push(Number(status));
        if (statuses.length === times) done.resolve();
        else socket.write(next());
      },
      close: () => done.resolve(),
      error: () => undefined, // A reset closes it, too.
    },
  });
  socket.write(next());
  await done.promise;
  socket.end();
  return statuses;
}
