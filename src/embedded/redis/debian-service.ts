import { existsSync, rmSync, writeFileSync } from "node:fs";
import { runCommand } from "../run-command.ts";

/** Asked by Debian's package scripts whether to start a service, see invoke-rc.d(8). */
const POLICY_PATH = "/usr/sbin/policy-rc.d";

/**
 * Runs `install` so that the package's service starts neither now nor at boot. An existing policy, as in container images, stays. A
 * policy that a crash leaves behind affects this service only.
 */
export async function withoutServiceStart(
  service: string,
  install: () => Promise<void>,
): Promise<void> {
  const ours = !existsSync(POLICY_PATH);
  if (ours) writeFileSync(POLICY_PATH, policy(service), { mode: 0o755 });
  try {
    await install();
    await runCommand(["update-rc.d", service, "disable"]);
  } finally {
    if (ours) rmSync(POLICY_PATH, { force: true });
  }
}

/** Exit code 101 forbids the action, 0 allows it. */
function policy(service: string): string {
  return `#!/bin/sh\n# Written by QueueFlow while it installs ${service}; may be deleted.\n[ "$1" = ${service} ] && exit 101\nexit 0\n`;
}
