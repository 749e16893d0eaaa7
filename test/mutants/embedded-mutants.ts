import { testedBy } from "./courses.ts";
import type { Mutant } from "./mutant.ts";

const START = testedBy("test/embedded/start-embedded.test.ts");
const ACCOUNT = testedBy("test/embedded/account.test.ts");
const SOCKET = testedBy("test/embedded/socket-folder.test.ts");

/** Break what keeps other users of the machine from the embedded servers. */
export const EMBEDDED_MUTANTS: readonly Mutant[] = [
  {
    name: "redis-has-a-port",
    promise: "the embedded Redis has no port, which other users and web pages could reach",
    file: "src/embedded/redis/redis-server.ts",
    find: "\nport ${port}\n",
    replace: "\nport ${port || 16384 + Math.floor(Math.random() * 16384)}\n",
    course: START,
  },
  {
    name: "postgres-has-a-port",
    promise: "the embedded PostgreSQL has no port, which other users and web pages could reach",
    file: "src/embedded/postgres/postgres-server.ts",
    find: 'listen_addresses: options.usesPorts === true ? "127.0.0.1" : ""',
    replace: 'listen_addresses: "127.0.0.1"',
    course: START,
  },
  {
    name: "data-folder-stays-open",
    promise: "other users cannot enter the data folder, old or new",
    file: "src/embedded/private-file.ts",
    find: "    chmodSync(path, mode & ~OPEN_BITS);\n",
    replace: "",
    course: START,
  },
  {
    name: "postgres-shares-an-account",
    promise: "programs of other accounts cannot read PostgreSQL's data through /proc",
    file: "src/embedded/account.ts",
    find: "const own = accountNamed(OWN_ACCOUNT) ?? (await createAccount(options));",
    replace: "const own = undefined;",
    course: testedBy("test/attack/other-user.test.ts"),
  },
  {
    name: "older-data-stays-shared",
    promise: "data of an older engine gets the account of PostgreSQL",
    file: "src/embedded/account.ts",
    find: "if (owner !== undefined && owner.uid !== 0 && !isShared) return owner;",
    replace: "if (owner !== undefined && owner.uid !== 0) return owner;",
    course: ACCOUNT,
  },
  {
    name: "spread-data-changes-its-account",
    promise: "a cluster with parts elsewhere, which would keep their owner, keeps its account",
    file: "src/embedded/account.ts",
    find: "    wal?.isSymbolicLink() === true ||\n",
    replace: "",
    course: ACCOUNT,
  },
  {
    name: "socket-path-too-long",
    promise: "an engine starts in a folder of any depth",
    file: "src/embedded/socket-folder.ts",
    find: "const PATH_BYTES_MAX = process.platform",
    replace: "const PATH_BYTES_MAX = Infinity; process.platform",
    course: SOCKET,
  },
  {
    name: "socket-link-followed",
    promise: "a link in the data folder does not make the engine delete files elsewhere",
    file: "src/embedded/socket-folder.ts",
    find: "return isOwn && existsSync(target)",
    replace: "return existsSync(target)",
    course: SOCKET,
  },
  {
    name: "socket-folder-left",
    promise: "a stop leaves no folder among the system's temporary files",
    file: "src/embedded/socket-folder.ts",
    find: "  if (short !== undefined) rmdirSync(short);\n",
    replace: "",
    course: SOCKET,
  },
];
