import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { runName } from "./container-name.ts";
import { type DockerResult, docker, tryDocker } from "./docker.ts";

/** docker-compose.yml as a project of this run, with its own images and variables. */
export class ComposeProject {
  readonly name: string;
  readonly #folder = temporaryFolder("compose");

  constructor(variables: Readonly<Record<string, string>>, name = "stack") {
    this.name = `${runName()}-${name}`;
    const image = `${runName()}:engine`;
    const engines = ["queueflow", "consumer", "cluster-ingest", "cluster-store"];
    const services = Object.fromEntries(engines.map((engine) => [engine, { image }]));
    writeFileSync(this.#imagesPath, JSON.stringify({ services }));
    this.setVariables(variables);
  }

  /** Replaces the content of the `.env` file. */
  setVariables(variables: Readonly<Record<string, string>>): void {
    const lines = Object.entries(variables).map(([name, value]) => `${name}=${quoted(value)}\n`);
    writeFileSync(this.#envPath, lines.join(""));
  }

  /** @throws Error with the error output when compose fails. */
  async run(...args: readonly string[]): Promise<string> {
    return await docker(this.#command(args));
  }

  async tryRun(...args: readonly string[]): Promise<DockerResult> {
    return await tryDocker(this.#command(args));
  }

  /** Returns the id of the only container of a service. */
  async container(service: string): Promise<string> {
    return await this.run("ps", "--all", "--quiet", service);
  }

  #command(args: readonly string[]): readonly string[] {
    const files = ["--file", "docker-compose.yml", "--file", this.#imagesPath];
    return ["compose", "--project-name", this.name, "--env-file", this.#envPath, ...files, ...args];
  }

  get #envPath(): string {
    return join(this.#folder, "variables.env");
  }

  get #imagesPath(): string {
    return join(this.#folder, "images.json");
  }
}

/** As .env.example says. */
function quoted(value: string): string {
  return `'${value.replaceAll("'", "\\'")}'`;
}
