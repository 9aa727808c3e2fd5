import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, test } from "vitest";

const src = join(import.meta.dirname, "../src");

const files = readdirSync(src, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && entry.name !== "bindings.ts")
  .map((entry) => join(entry.parentPath, entry.name));

const importsOf = (file: string) =>
  [...readFileSync(file, "utf8").matchAll(/from "(\.[^"]+)"/g)].map((match) => match[1]);

test("features do not import each other, and nothing below imports what is above", () => {
  const order = ["lib", "components", "features", "app"];
  const wrong: string[] = [];
  for (const file of files) {
    const here = relative(src, file).split("/");
    for (const path of importsOf(file)) {
      const there = relative(src, join(file, "..", path)).split("/");
      const up = order.indexOf(there[0]) > order.indexOf(here[0]) && here[0] !== "main.tsx";
      const across = here[0] === "features" && there[0] === "features" && here[1] !== there[1];
      if (up || across) wrong.push(`${here.join("/")} imports ${path}`);
    }
  }
  expect(wrong).toEqual([]);
});

test("no component writes html or keeps anything in the browser", () => {
  const forbidden =
    /dangerouslySetInnerHTML|innerHTML|localStorage|sessionStorage|indexedDB|document\.cookie|eval\(|new Function/;
  expect(files.filter((file) => forbidden.test(readFileSync(file, "utf8")))).toEqual([]);
});

test("the interface reaches the engine only through its transport", () => {
  const direct = files.filter((file) =>
    /\bfetch\(|XMLHttpRequest|WebSocket|@tauri-apps/.test(readFileSync(file, "utf8")),
  );
  expect(direct.map((file) => relative(src, file))).toEqual(["lib/tauri.ts"]);
});

const shell = join(import.meta.dirname, "../../src-tauri");
const shellText = (path: string) => readFileSync(join(shell, path), "utf8");

test("the window's content policy lets nothing in from elsewhere and nothing out", () => {
  const { app } = JSON.parse(shellText("tauri.conf.json"));
  const policy: Record<string, string> = app.security.csp;
  expect(policy["default-src"]).toBe("'none'");
  expect(policy["script-src"]).toBe("'self'");
  expect(policy["connect-src"]).toBe("ipc: http://ipc.localhost");
  expect(Object.values(policy).join(" ")).not.toMatch(/unsafe|https:|data:|blob:|\*/);
  expect([app.withGlobalTauri, app.security.freezePrototype, app.security.assetProtocol.enable]).toEqual([
    false,
    true,
    false,
  ]);
});

test("each command is declared, handled and permitted, and nothing else is permitted", () => {
  const declared = [...shellText("build.rs").matchAll(/^\s+"(\w+)",$/gm)].map((match) => match[1]).sort();
  const handled = [...shellText("src/main.rs").matchAll(/commands::(\w+),/g)].map((match) => match[1]).sort();
  const { permissions, remote } = JSON.parse(shellText("capabilities/main.json"));
  const expected = declared.map((command) => `allow-${command.replaceAll("_", "-")}`);
  expect(handled).toEqual(declared);
  expect([...permissions].sort()).toEqual(
    [...expected, "core:event:allow-listen", "core:event:allow-unlisten"].sort(),
  );
  expect(remote).toBeUndefined();
});
