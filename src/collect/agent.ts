import Bowser from "bowser";
import { isbot } from "isbot";
import { LABEL_BYTES_MAX } from "../event/limits.ts";
import { isText } from "../event/text-field.ts";

/** Longer ones are cut: no browser's has half of it. */
export const AGENT_CHARACTERS_MAX = 512;

/** By which `bowser` knows browsers. */
const BROWSERS: ReadonlySet<string> = new Set(Object.values(Bowser.BROWSER_MAP));

/** What a browser tells about itself. */
export interface Agent {
  /** Valid fields of an event. An unknown one is absent. */
  readonly facts: {
    /** Such as `desktop`, `mobile` or `tablet`. */
    readonly device?: string;
    readonly browser?: string;
    readonly os?: string;
  };
  /** Whether it is a program rather than a person's browser. */
  readonly isRobot: boolean;
}

/** Returns what a `User-Agent` header says. Every browser sends one, so a client without it is a robot. */
export function parseAgent(userAgent: string): Agent {
  const text = userAgent.slice(0, AGENT_CHARACTERS_MAX);
  if (text === "" || isbot(text)) return { facts: {}, isRobot: true };
  const parser = Bowser.getParser(text);
  const device = parser.getPlatformType();
  const browser = parser.getBrowserName();
  const os = parser.getOSName();
  return {
    facts: {
      ...(isKnown(device) ? { device } : {}),
      ...(isKnown(browser) && !isQuoted(browser, text) ? { browser } : {}),
      ...(isKnown(os) ? { os } : {}),
    },
    isRobot: device === "bot",
  };
}

/** The names of unknown ones are empty. */
function isKnown(name: string): boolean {
  return isText(name, LABEL_BYTES_MAX);
}

/** Of a browser that it does not know, `bowser` returns the beginning of the text, which may say anything. */
function isQuoted(browser: string, text: string): boolean {
  return text.startsWith(`${browser}/`) && !BROWSERS.has(browser);
}
