import { docker } from "./docker.ts";

/** Removes the containers, volumes, networks and images whose names begin with `name`. */
export async function removeAll(name: string): Promise<void> {
  const filter = ["--filter", `name=^/?${name}`];
  await removeEach(["rm", "--force", "--volumes"], ["ps", "--all", "--quiet", ...filter]);
  await removeEach(["network", "rm"], ["network", "ls", "--quiet", ...filter]);
  await removeEach(["volume", "rm"], ["volume", "ls", "--quiet", ...filter]);
  const images = ["images", "--format", "{{.Repository}}:{{.Tag}}", name];
  await removeEach(["rmi"], images);
}

/** Runs `remove` with what `list` prints, if anything. */
async function removeEach(remove: readonly string[], list: readonly string[]): Promise<void> {
  const found = (await docker(list)).split("\n").filter((line) => line !== "");
  if (found.length > 0) await docker([...remove, ...found]);
}
