import { BOOT_ID, type Boot } from "./boot.ts";

export function readBoot(): Boot {
  return JSON.parse(document.getElementById(BOOT_ID)?.textContent ?? "");
}
