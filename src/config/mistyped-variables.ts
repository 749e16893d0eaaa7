import { distance } from "fastest-levenshtein";
import type { Environment } from "./config.ts";
import { isVariable, VARIABLES_BY_NAME, type VariableName } from "./variables.ts";

/** A name that is set and not read, and the one that may be meant. */
export interface MistypedVariable {
  readonly name: string;
  readonly meant: VariableName;
}

/** In a longer name two letters may be wrong before it is another word. */
const LONG_NAME_LETTERS = 10;

/**
 * Names that look like ours and are others': of PostgreSQL's own programs and of its images, those that Kubernetes and
 * Docker set for each service, and two that many web frameworks read.
 */
const OTHERS = [
  /^PG[A-Z]+$/,
  /^POSTGRES_(HOST_AUTH_METHOD|INITDB_\w+|\w+_FILE)$/,
  /_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP)(_\w+)?)$/,
  /^APP_(HOST|PORT)$/,
];

/**
 * The variables of an environment whose names are near to one that the engine reads and are not read: a letter or
 * two off, the same letters in another order, the last word left out, in small letters. Not when the one that may be meant
 * is set as well: then the other is somebody else's.
 */
export function mistypedVariables(env: Environment): readonly MistypedVariable[] {
  return Object.entries(env).flatMap(([name, value]) => {
    if (!value || isVariable(name) || isOthers(name, value)) return [];
    const meant = nearest(name.toUpperCase());
    return meant === undefined || env[meant] ? [] : [{ name, meant }];
  });
}

function isOthers(name: string, value: string): boolean {
  // What Kubernetes and Docker say of a service has its address as the value.
  return /^(tcp|udp):\/\//.test(value) || OTHERS.some((pattern) => pattern.test(name));
}

function nearest(name: string): VariableName | undefined {
  const near = VARIABLES_BY_NAME.map(([known]) => ({ known, letters: lettersOff(name, known) }))
    .filter(({ letters }) => letters !== undefined)
    .toSorted((a, b) => (a.letters ?? 0) - (b.letters ?? 0));
  return near[0]?.known;
}

/** How far off a name is, or undefined when it is another altogether. */
function lettersOff(name: string, known: string): number | undefined {
  const letters = distance(name, known);
  const lettersMax = known.length < LONG_NAME_LETTERS ? 1 : 2;
  const isShortened = name.includes("_") && known.startsWith(`${name}_`);
  const isNear = letters <= lettersMax || isShortened || sorted(name) === sorted(known);
  return isNear ? letters : undefined;
}

function sorted(name: string): string {
  return name.split("").toSorted().join("");
}
