import { expect, test } from "vitest";
import { covers, rulesFor, withRule } from "../src/features/privacy/rules";
import { appColor, colorsOf } from "../src/lib/color";

test.each([
  ["keepassxc", "KeePassXC", true],
  ["keepassxc", "keepassxc2", false],
  ["keepass*", "keepassxc", true],
  ["*password manager*", "Bitwarden Password Manager - Vault", true],
  ["*authenticator*", "authenticator", true],
  ["a*b*c", "aXbYc", true],
  ["a*b*c", "acb", false],
  ["ab*ba", "aba", false],
  ["*", "anything", true],
])("rule %s on %s: %s", (rule, name, expected) => {
  expect(covers(rule, name)).toBe(expected);
});

test("the rules that leave an app out are named", () => {
  expect(rulesFor(["signal", "key*", "*"], "signal")).toEqual(["signal", "*"]);
});

test("a rule is kept once and without blanks around it", () => {
  expect(withRule(["signal"], " Signal ")).toEqual(["signal"]);
  expect(withRule(["signal"], "  ")).toEqual(["signal"]);
  expect(withRule(["signal"], " Bank* ")).toEqual(["signal", "bank*"]);
});

test("apps side by side have colours of their own, and an app alone keeps its colour", () => {
  const apps = ["firefox", "code", "xterm", "thunderbird", "libreoffice", "gimp", "signal", "files"];
  expect(new Set(apps.map(colorsOf(apps))).size).toBe(apps.length);
  expect(colorsOf(["firefox"])("firefox")).toBe(appColor("Firefox"));
});
