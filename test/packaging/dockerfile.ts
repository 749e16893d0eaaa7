import { projectFile } from "./project-files.ts";

/** One instruction of a Dockerfile: its name, and the rest on one line. */
export interface Instruction {
  readonly name: string;
  readonly rest: string;
}

/** The instructions of a stage of the Dockerfile, after those of the stage it is built on. */
export function image(name: string): readonly Instruction[] {
  const stages = dockerfileStages();
  const found = stages.find(([from]) => from?.rest.endsWith(` AS ${name}`));
  const [base = ""] = found?.[0]?.rest.split(" ") ?? [];
  return [...(base === "" ? [] : image(base)), ...(found ?? [])];
}

/** The stages of the Dockerfile, each of which begins with its FROM. */
export function dockerfileStages(): readonly (readonly Instruction[])[] {
  const text = projectFile("Dockerfile")
    .replaceAll(/^\s*#.*\n/gm, "")
    .replaceAll(/\\\n\s*/g, "");
  const stages: Instruction[][] = [];
  for (const line of text.split("\n").filter((part) => part.trim() !== "")) {
    const [name = "", ...words] = line.split(" ");
    const instruction = { name, rest: words.join(" ") };
    if (name === "FROM") stages.push([instruction]);
    else stages.at(-1)?.push(instruction);
  }
  return stages;
}

/** What follows an instruction in a stage, each time it stands there. */
export function restsOf(
  stage: readonly Instruction[] | undefined,
  name: string,
): readonly string[] {
  return (stage ?? []).filter((instruction) => instruction.name === name).map(({ rest }) => rest);
}
