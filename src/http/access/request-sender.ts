import type { EventSender } from "../../accept/without-forbidden.ts";
import type { Key } from "../../access/access-document.ts";
import type { Use } from "../../access/may-write.ts";
import type { ClientAddresses } from "../client-address.ts";

/** Reads from the request what is asked for. */
export class RequestSender implements EventSender {
  readonly use: Use;
  readonly key: Key | undefined;
  readonly #request: Request;
  readonly #addresses: ClientAddresses;
  #address: { readonly text: string | undefined } | undefined;

  constructor(
    request: Request,
    { use, key }: Pick<EventSender, "use" | "key">,
    addresses: ClientAddresses,
  ) {
    this.#request = request;
    this.use = use;
    this.key = key;
    this.#addresses = addresses;
  }

  get origin(): string | null {
    return this.#request.headers.get("origin");
  }

  /** Browsers differ too much to be told apart. */
  get agent(): string | null {
    if (this.use === "collects") return "browser";
    return this.#request.headers.get("user-agent");
  }

  get address(): string | undefined {
    return this.rememberAddress();
  }

  /** Reads the address while it is known: until the client resets the connection. */
  rememberAddress(): string | undefined {
    this.#address ??= { text: this.#addresses.senderOf(this.#request) };
    return this.#address.text;
  }
}
