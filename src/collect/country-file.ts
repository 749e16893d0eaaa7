import { readFile, stat } from "node:fs/promises";
import { Reader, type Response } from "mmdb-lib";
import { errorText, QueueFlowError } from "../errors.ts";
import { isObject } from "../event/is-object.ts";
import { knownCountry } from "./country.ts";

/** A database of countries by address, in the format of MaxMind, which operators renew in place. */
export class CountryFile {
  readonly #path: string;
  #reader: Reader<Response> | undefined;
  #version: string | undefined;

  /** Reads nothing yet. */
  constructor(path: string) {
    this.#path = path;
  }

  /** Returns two capital letters, or undefined for an address without a country and before the file was read. */
  countryOf(address: string): string | undefined {
    const found = this.#find(address);
    if (!isObject(found)) return undefined;
    const { country, registered_country: registered, country_code: code } = found;
    // Several vendors, several shapes.
    for (const value of [country, registered, code]) {
      const known = knownCountry(isObject(value) ? value["iso_code"] : value);
      if (known !== undefined) return known;
    }
    return undefined;
  }

  /** A file that is broken in one place has no country there. */
  #find(address: string): unknown {
    try {
      return this.#reader?.get(address);
    } catch {
      return undefined;
    }
  }

  /** Reads the file if it has changed. @throws QueueFlowError `invalid_config`; the old contents stay. */
  async refresh(): Promise<void> {
    if ((await versionOf(this.#path)) === this.#version) return;
    const { reader, version } = await load(this.#path);
    this.#reader = reader;
    this.#version = version;
  }
}

interface Loaded {
  readonly reader: Reader<Response>;
  readonly version: string;
}

async function load(path: string): Promise<Loaded> {
  const version = await versionOf(path);
  try {
    return { reader: new Reader<Response>(await readFile(path)), version };
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

async function versionOf(path: string): Promise<string> {
  try {
    const { ino, size, mtimeMs } = await stat(path);
    return `${ino} ${size} ${mtimeMs}`;
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function unreadable(path: string, cause: unknown): QueueFlowError {
  const message = `Expected GEOIP_FILE to be an .mmdb file, got ${path}: ${errorText(cause)}`;
  return new QueueFlowError("invalid_config", message, { cause });
}
