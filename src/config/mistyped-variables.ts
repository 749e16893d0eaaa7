import { distance } from "fastest-levenshtein";
import type { Environment } from "./environment-reader.ts";
import { isVariable, VARIABLES_BY_NAME, type VariableName } from "./variables.ts";

export interface MistypedVariable {
  readonly name: string;
  readonly meant: VariableName;
}

/** From this length on a name may differ by two letters, a shorter one by one. */
const LONG_NAME_LETTERS = 10;

/** PostgreSQL and its images, services of Kubernetes and Docker, web frameworks. */
const OTHER_PROGRAMS = [
  /^PG[A-Z]+$/,
  /^POSTGRES_(HOST_AUTH_METHOD|INITDB_\w+|\w+_FILE)$/,
  /_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP)(_\w+)?)$/,
  /^APP_(HOST|PORT)$/,
];

/**
 * Finds variables whose names resemble one that the engine reads: by one or two letters, their order or case, or a missing last
 * word. When both are set, the other belongs to another program.
 */
export function mistypedVariables(env: Environment): readonly MistypedVariable[] {
  return Object.entries(env).flatMap(([name, value]) => {
    if (!value || isVariable(name) || isOfOtherProgram(name, value)) return [];
    const meant = nearest(name.toUpperCase());
    return meant === undefined || env[meant] ? [] : [{ name, meant }];
  });
}

function isOfOtherProgram(name: string, value: string): boolean {
  // Kubernetes and Docker set the address of a service.
  return /^(tcp|udp):\/\//.test(value) || OTHER_PROGRAMS.some((pattern) => pattern.test(name));
}

function nearest(name: string): VariableName | undefined {
  const near = VARIABLES_BY_NAME.map(([known]) => ({
    known,
    letters: differingLetters(name, known),
  }))
    .filter(({ letters }) => letters !== undefined)
    .toSorted((a, b) => (a.letters ?? 0) - (b.letters ?? 0));
  return near[0]?.known;
}

/** Returns undefined when the names do not resemble each other. */
function differingLetters(name: string, known: string): number | undefined {
  const letters = distance(name, known);
  const lettersMax = known.length < LONG_NAME_LETTERS ? 1 : 2;
  const isShortened = name.includes("_") && known.startsWith(`${name}_`);
  const isNear = letters <= lettersMax || isShortened || sorted(name) === sorted(known);
  return isNear ? letters : undefined;
}

function sorted(name: string): string {
  return name.split("").toSorted().join("");
}
