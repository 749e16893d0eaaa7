import { dlopen } from "bun:ffi";
import { openFiles } from "../metrics/open-files.ts";

const C_LIBRARY = "libc.so.6";
/** From `resource.h`, the same on all Linux that the runtime is made for. */
const RLIMIT_NOFILE = 7;
/** Of a small limit most stays for clients: a quarter is reserved at most. */
const LIMIT_PARTS = 4n;
/** With fewer files free than this, clients could take the last one while a thread starts. */
const FREE_FILES_OK = 512;

/**
 * Open files that only a thread that starts may have. The process's soft limit stays below its hard one by so many, and
 * is lifted for the start: what is opened meanwhile gets numbers that are out of reach for everybody else, and its number is
 * reserved again when it is closed. On another system, whose limits are set otherwise, nothing is reserved.
 */
export class FileReserve {
  readonly #hard: bigint;
  readonly #soft: bigint;

  constructor(filesMax: number) {
    const { soft, hard } = readLimits();
    const files = BigInt(filesMax);
    this.#hard = hard;
    this.#soft =
      soft < hard ? soft : hard - (files < hard / LIMIT_PARTS ? files : hard / LIMIT_PARTS);
    this.close();
  }

  /** How many files all others may open. */
  get filesMax(): number {
    return Number(this.#soft);
  }

  /** Whether clients could take the last file while a thread starts. */
  mayBeNeeded(): boolean {
    if (library === undefined) return false;
    const open = openFiles();
    return open === undefined || this.filesMax - open < FREE_FILES_OK;
  }

  /** Gives it free. */
  open(): void {
    setLimits({ soft: this.#hard, hard: this.#hard });
  }

  /** Keeps it from now on. */
  close(): void {
    setLimits({ soft: this.#soft, hard: this.#hard });
  }
}

interface Limits {
  readonly soft: bigint;
  readonly hard: bigint;
}

const library = openLibrary();

function openLibrary() {
  try {
    const { symbols } = dlopen(C_LIBRARY, {
      getrlimit: { args: ["i32", "ptr"], returns: "i32" },
      setrlimit: { args: ["i32", "ptr"], returns: "i32" },
    });
    return symbols;
  } catch {
    return undefined;
  }
}

function readLimits(): Limits {
  const pair = new BigUint64Array(2);
  library?.getrlimit(RLIMIT_NOFILE, pair);
  const [soft = 0n, hard = 0n] = pair;
  return { soft, hard };
}

function setLimits({ soft, hard }: Limits): void {
  library?.setrlimit(RLIMIT_NOFILE, new BigUint64Array([soft, hard]));
}
