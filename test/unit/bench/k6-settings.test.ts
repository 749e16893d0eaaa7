import { describe, expect, test } from "bun:test";
import { mistypedSettings } from "../../../bench/k6/mistyped.ts";
import {
  ADDRESS,
  COUNT,
  countUpTo,
  DURATION,
  FACTOR,
  MILLISECONDS,
  type SettingName,
  SHARE,
} from "../../../bench/k6/setting-kinds.ts";

describe("a setting of a load test", () => {
  test.each([
    ["a count", COUNT, "2000", 2_000],
    ["seconds", DURATION, "45s", 45],
    ["minutes and seconds", DURATION, "1m30s", 90],
    ["hours", DURATION, "1h1m1s", 3_661],
    ["milliseconds", MILLISECONDS, "2.5", 2.5],
    ["a share", SHARE, "0", 0],
    ["a factor", FACTOR, "1.5", 1.5],
    ["an address", ADDRESS, "http://engine:3000", "http://engine:3000"],
    ["an address with a slash", ADDRESS, "https://engine/", "https://engine"],
    ["an address with a path", ADDRESS, "http://engine/queue/", "http://engine/queue"],
  ])("may be %s", (_, kind, text, value) => {
    expect(kind.read(text)).toBe(value);
  });

  test.each([
    ["a count", COUNT, ["0", "-1", "1.5", "1e3", "many", " "]],
    ["a limited count", countUpTo(10), ["11"]],
    ["a duration", DURATION, ["20", "0s", "1.5s", "30s1m", "500ms", "s"]],
    ["milliseconds", MILLISECONDS, ["0", "50ms"]],
    ["a share", SHARE, ["1", "0.1%"]],
    ["a factor", FACTOR, ["1"]],
    ["an address", ADDRESS, ["localhost:3000", "http://", "ftp://a", "http://a?b=c"]],
  ])("is refused if it is not %s", (_, kind, texts) => {
    expect(texts.map((text) => kind.read(text))).toEqual(texts.map(() => undefined));
  });
});

describe("a name like a setting's", () => {
  test.each<[string, SettingName]>([
    ["RTAE", "RATE"],
    ["RATES", "RATE"],
    ["rate", "RATE"],
    ["DURATON", "DURATION"],
    ["TARGTE", "TARGET"],
    ["P99_M", "P99_MS"],
    ["STEPDURATIN", "STEP_DURATION"],
  ])("is taken for a mistake: %s", (name, meant) => {
    expect(mistypedSettings({ [name]: "1" }).map((found) => found.meant)).toEqual([meant]);
  });

  test.each([
    ["is another word", { DATE: "2026-01-15", PATH: "/bin", HOME: "/root", GATE: "1" }],
    ["is empty", { RTAE: "" }],
    ["stands beside the setting", { RATES: "1", RATE: "2" }],
    ["is a setting", { RATE: "1", RATE_MAX: "2" }],
  ])("is not if it %s", (_, env) => {
    expect(mistypedSettings(env)).toEqual([]);
  });
});
