import type { Key } from "../../access/access-document.ts";
import { keylessAccess } from "../../access/keyless-access.ts";
import { addressesOf } from "../../api-address.ts";
import type { EngineConfig } from "../../config/config.ts";
import { openPort } from "../open-port.ts";
import { type Finding, ok, warning } from "./finding.ts";

const ABOUT = "access";

/** Reports what others than this machine may do without a key. */
export function checkAccess(
  config: Pick<EngineConfig, "access" | "trustedProxies"> & Parameters<typeof addressesOf>[0],
  keys: readonly Key[],
): Finding {
  const addresses = addressesOf(config);
  if (addresses === undefined) return ok(ABOUT, "this process has no API");
  const keyless = keylessAccess(config.access, keys);
  if (keyless === undefined) return ok(ABOUT, "every write and read needs a key");
  const open = openPort({ api: addresses.api, trustedProxies: config.trustedProxies }, keyless);
  return open === undefined
    ? ok(ABOUT, "only this machine reaches the API")
    : warning(ABOUT, open.found, open.todo);
}
