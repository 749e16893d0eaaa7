/** A request whose end a proxy and a server may see at different places. */
export interface Smuggling {
  readonly name: string;
  /** A byte per character. The smuggled request follows where a lenient parser would begin the next one. */
  readonly text: string;
  /** Whether it is two requests for a server that reads it by the letter. */
  readonly isTwo?: boolean;
}

const HEAD = "POST /event HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";

/** Ways to say "chunked" that parsers disagree about. Each stands beside a Content-Length. */
const CODINGS: Readonly<Record<string, string>> = {
  chunked: "Transfer-Encoding: chunked",
  "CHUNKED without a space": "Transfer-Encoding:CHUNKED",
  "chunked after a tab": "Transfer-Encoding:\tchunked",
  "chunked after a vertical tab": "Transfer-Encoding:\u000bchunked",
  "chunked and a space": "Transfer-Encoding: chunked ",
  "chunked in quotes": 'Transfer-Encoding: "chunked"',
  "chunked with a parameter": "Transfer-Encoding: chunked;q=1",
  "chunked, identity": "Transfer-Encoding: chunked, identity",
  "identity, chunked": "Transfer-Encoding: identity, chunked",
  "gzip, chunked": "Transfer-Encoding: gzip, chunked",
  "chunked, chunked": "Transfer-Encoding: chunked, chunked",
  ", chunked": "Transfer-Encoding: , chunked",
  xchunked: "Transfer-Encoding: xchunked",
  identity: "Transfer-Encoding: identity",
  nothing: "Transfer-Encoding: ",
  "chunked, then x": "Transfer-Encoding: chunked\r\nTransfer-Encoding: x",
  "x, then chunked": "Transfer-Encoding: x\r\nTransfer-Encoding: chunked",
  "chunked twice": "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
  "chunked on a folded line": "Transfer-Encoding:\r\n chunked",
  "chunked on a folded line of another header": "X: x\r\n Transfer-Encoding: chunked",
  "a space before the colon": "Transfer-Encoding : chunked",
  "a NUL in the name": "Transfer-Encoding\0: chunked",
  "a NUL in the value": "Transfer-Encoding: chunked\0",
  "a NUL in another header": "X: \0\r\nTransfer-Encoding: chunked",
  "an underscore": "Transfer_Encoding: chunked",
  "a bare LF before": "X: x\nTransfer-Encoding: chunked",
  "a bare LF after": "Transfer-Encoding: chunked\nX: x",
  "a bare CR before": "X: x\rTransfer-Encoding: chunked",
  "a bare CR after": "Transfer-Encoding: chunked\rX: x",
  "CR CR LF after": "Transfer-Encoding: chunked\r\r\nX: x",
  "a name without a colon": "X\r\nTransfer-Encoding: chunked",
  "a line that begins with a colon": ": x\r\nTransfer-Encoding: chunked",
  "a Unicode hyphen": "Transfer\u00adEncoding: chunked",
  "Connection: Transfer-Encoding":
    "Connection: keep-alive, Transfer-Encoding\r\nTransfer-Encoding: chunked",
  "Connection: Content-Length":
    "Connection: keep-alive, Content-Length\r\nTransfer-Encoding: chunked",
};

/** A Content-Length that is not a number of digits; `%` stands for the right one. */
const LENGTHS: readonly string[] = [
  "Content-Length: 0\r\nContent-Length: %",
  "Content-Length: %\r\nContent-Length: 0",
  "Content-Length: %, 0",
  "Content-Length: 0, %",
  "Content-Length: +%",
  "Content-Length: -0",
  "Content-Length: 0x0",
  "Content-Length: 0e1",
  "Content-Length: 0 %",
  "Content-Length: 0_0",
  "Content-Length: \u000b0",
  "Content-Length: 0\0",
  "Content-Length: 0\r",
  "Content-Length:",
  "Content-Length: 18446744073709551616",
  "Content-Length: 340282366920938463463374607431768211456",
  "Content-Length : %",
  "Content-Length\t: %",
  " Content-Length: %",
  "X: x\r\n Content-Length: %",
  "X: x\rContent-Length: %",
  "X: x\nContent-Length: %",
  "Content_Length: %",
];

/** What stands for the first chunk in a chunked body, after which the smuggled request follows. */
const CHUNKS: Readonly<Record<string, string>> = {
  "a bare LF after the size": "0\n\r\n",
  "bare LFs": "0\n\n",
  "a bare CR after the size": "0\r\r\n",
  "a bare LF in the extension": "0;\n\r\n",
  "a bare CR in the extension": "0;\r\r\n",
  "a size of 0x0": "0x0\r\n\r\n",
  "a size of +0": "+0\r\n\r\n",
  "a size of -0": "-0\r\n\r\n",
  "a size that overflows to 0": "10000000000000000\r\n\r\n",
  "a size that overflows 32 bits": "100000000\r\n\r\n",
  "a space before the size": " 0\r\n\r\n",
  "no size": "\r\n\r\n",
  "an extension for a size": ";a\r\n\r\n",
  "a NUL after the size": "0\0\r\n\r\n",
  "data without its CRLF": "2\r\n{}0\r\n\r\n",
  "data with another end": "2\r\n{}xx0\r\n\r\n",
  "data with a bare LF": "2\r\n{}\n0\r\n\r\n",
  "a trailer with a bare LF": "0\r\nX: x\n\r\n",
  "a folded trailer": "0\r\nX: x\r\n y\r\n\r\n",
  "a trailer without a colon": "0\r\nX\r\n\r\n",
};

/** Returns all cases, each with a request of its own to smuggle, which `smuggled` returns for a name. */
export function smugglingCases(smuggled: (name: string) => string): readonly Smuggling[] {
  return [
    ...Object.entries(CODINGS).flatMap(([how, coding]) => [
      byLength(`${how}, the body ends by its chunks`, coding, smuggled),
      {
        ...byChunks(`${how}, the body ends by its length`, coding, smuggled),
        isTwo: coding.startsWith("Transfer_"),
      },
    ]),
    ...LENGTHS.map((length) => {
      const name = Bun.inspect(length);
      const hidden = smuggled(name);
      const header = length.replace("%", String(hidden.length));
      const isTwo = length.startsWith("Content_Length");
      return { name, text: `${HEAD}${header}\r\n\r\n${hidden}`, isTwo };
    }),
    ...Object.entries(CHUNKS).map(([name, chunk]) => ({
      name,
      text: `${HEAD}Transfer-Encoding: chunked\r\n\r\n${chunk}${smuggled(name)}`,
    })),
    ...others(smuggled),
  ];
}

/** The length covers the smuggled request; the chunks end before it. */
function byLength(name: string, coding: string, smuggled: (name: string) => string): Smuggling {
  const body = `0\r\n\r\n${smuggled(name)}`;
  return { name, text: `${HEAD}Content-Length: ${body.length}\r\n${coding}\r\n\r\n${body}` };
}

/** A chunk holds the smuggled request; the length ends before it. */
function byChunks(name: string, coding: string, smuggled: (name: string) => string): Smuggling {
  const hidden = smuggled(name);
  const size = hidden.length.toString(16);
  const length = size.length + 2;
  return {
    name,
    text: `${HEAD}Content-Length: ${length}\r\n${coding}\r\n\r\n${size}\r\n${hidden}\r\n0\r\n\r\n`,
  };
}

/** Bodies where a server may expect none, and versions and methods with rules of their own. */
function others(smuggled: (name: string) => string): readonly Smuggling[] {
  const withBody = (name: string, head: string): Smuggling => {
    const body = smuggled(name);
    return { name, text: `${head}\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}` };
  };
  const chunkedBody = (name: string, head: string): Smuggling => {
    const body = smuggled(name);
    const chunk = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    return { name, text: `${head}\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}` };
  };
  return [
    ...["GET", "HEAD", "OPTIONS", "DELETE", "PUT", "TRACE", "FOO", "CONNECT"].flatMap((method) => [
      withBody(`${method} with a body`, `${method} /health/live HTTP/1.1`),
      chunkedBody(`${method} with chunks`, `${method} /health/live HTTP/1.1`),
    ]),
    withBody("OPTIONS of an event with a body", "OPTIONS /event HTTP/1.1"),
    withBody("another type", "POST /event HTTP/1.1\r\nContent-Type: text/plain"),
    withBody("no route", "POST /nothing HTTP/1.1"),
    withBody("an absolute target", "GET http://b/health/live HTTP/1.1"),
    withBody("HTTP/1.0 with a body", "POST /event HTTP/1.0\r\nConnection: keep-alive"),
    chunkedBody("HTTP/1.0 with chunks", "POST /event HTTP/1.0\r\nConnection: keep-alive"),
    withBody("an expectation", "POST /event HTTP/1.1\r\nExpect: 100-continue"),
    withBody("an unknown expectation", "POST /event HTTP/1.1\r\nExpect: x"),
    withBody(
      "an upgrade to WebSocket",
      "GET /health/live HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ),
    withBody(
      "an upgrade to HTTP/2",
      "POST /event HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__",
    ),
    withBody("two hosts", "POST /event HTTP/1.1\r\nHost: b"),
    withBody("a bare LF in the request line", "GET /health/live\nX: HTTP/1.1"),
    withBody("a CR in the target", "GET /health/live\r HTTP/1.1"),
    withBody("a NUL in the target", "GET /health/live\0 HTTP/1.1"),
    withBody("a request line of a version that is none", "GET /health/live HTTP/1.1x"),
    {
      name: "a trailer",
      text: `${HEAD}Transfer-Encoding: chunked\r\n\r\n0\r\nX: x\r\n\r\n${smuggled("a trailer")}`,
      isTwo: true,
    },
    { name: "HTTP/0.9", text: `GET /health/live\r\n${smuggled("HTTP/0.9")}` },
    { name: "HTTP/0.9 with a LF", text: `GET /health/live\n${smuggled("HTTP/0.9 with a LF")}` },
  ];
}
