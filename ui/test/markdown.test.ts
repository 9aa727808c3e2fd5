import { expect, test } from "vitest";
import { type Block, parseMarkdown, plainText } from "../src/lib/markdown";

/** A tree in few words: `p(text)`, `b(bold)`, `[1]`. */
function brief(blocks: Block[]): string {
  return blocks.map(briefBlock).join(" ");
}

function briefBlock(block: Block): string {
  switch (block.type) {
    case "paragraph":
      return `p(${inline(block.children)})`;
    case "heading":
      return `h${block.level}(${inline(block.children)})`;
    case "code":
      return `code:${block.language}(${block.text})`;
    case "list":
      return `${block.ordered ? `ol${block.start}` : "ul"}(${block.items.map(brief).join(" | ")})`;
    case "quote":
      return `q(${brief(block.children)})`;
    case "table":
      return `table(${[block.head, ...block.rows].map((row) => row.map(inline).join(",")).join(" / ")})`;
    case "rule":
      return "hr";
  }
}

function inline(parts: Extract<Block, { type: "paragraph" }>["children"]): string {
  return parts
    .map((part) => {
      if (part.type === "text") return part.text;
      if (part.type === "code") return `\`${part.text}\``;
      if (part.type === "cite") return `[${part.number}]`;
      if (part.type === "link") return `a<${part.host}>(${inline(part.children)})`;
      return `${part.type[0]}(${inline(part.children)})`;
    })
    .join("");
}

const check = (text: string, expected: string) => expect(brief(parseMarkdown(text))).toBe(expected);

test.each([
  ["One line.", "p(One line.)"],
  ["One\nline\n\nTwo", "p(One\nline) p(Two)"],
  ["# Plan #", "h1(Plan)"],
  ["a **bold** and *soft* and ~~gone~~", "p(a s(bold) and e(soft) and s(gone))"],
  ["snake_case_name stays", "p(snake_case_name stays)"],
  ["2 * 3 * 4", "p(2 * 3 * 4)"],
  ["`a*b*` ``x`y``", "p(`a*b*` `x`y`)"],
  ["- a\n- b\n  - c", "ul(p(a) | p(b) ul(p(c)))"],
  ["3. a\n4. b", "ol3(p(a) | p(b))"],
  ["1. a\n\n2. b", "ol1(p(a) | p(b))"],
  ["> said\n> so", "q(p(said\nso))"],
  ["```rust\nfn a() {}\n```\nafter", "code:rust(fn a() {}) p(after)"],
  ["a | b\n---|---\n1 | 2", "table(a,b / 1,2)"],
  ["---", "hr"],
])("%j is read as %s", check);

test("citations become numbers wherever they stand", () => {
  check("Atlas is late [1], says Ada [2, 3].", "p(Atlas is late [1], says Ada [2][3].)");
  check("- due Friday [2]", "ul(p(due Friday [2]))");
  check("`[1]` in code is code", "p(`[1]` in code is code)");
});

test("an answer that has not ended is shown as far as it goes", () => {
  check("```py\nprint(1", "code:py(print(1)");
  check("a **bold", "p(a **bold)");
  check("see [1", "p(see [1)");
});

test("T8: html, pictures and scripts are text or names of hosts, never more", () => {
  check('<img src=x onerror="alert(1)">', 'p(<img src=x onerror="alert(1)">)');
  check("![logo](https://evil.example/pixel.png)", "p(a<evil.example>(logo))");
  check("[click](javascript:alert(1))", "p(a<>(click)))");
  check("go to https://example.org/a now", "p(go to a<example.org>(https://example.org/a) now)");
});

test("text from a model cannot nest without end", () => {
  const deep = `${">".repeat(5000)} x`;
  expect(() => parseMarkdown(deep)).not.toThrow();
  expect(() => parseMarkdown("*".repeat(5000))).not.toThrow();
});

test("a copied answer has no citation marks", () => {
  expect(plainText("Late [1], says Ada [2, 3].")).toBe("Late, says Ada.");
});
