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
