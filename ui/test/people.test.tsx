import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { layout } from "../src/features/memories/layout";
import type { Graph, GraphNode } from "../src/lib/bindings";
import { fact, NOW, newId } from "./builders";
import { failure } from "./fake";
import { goTo, openApp, press } from "./render";

const SIZE = { width: 900, height: 620, centred: false };

const node = (name: string, part: Partial<GraphNode> = {}): GraphNode => ({
  id: newId(),
  name,
  kind: "person",
  count: 2,
  last_seen: NOW,
  ...part,
});

function someGraph(): Graph {
  const [anna, siemens, bo] = [
    node("Anna", { count: 5 }),
    node("Siemens", { kind: "organisation" }),
    node("Bo"),
  ];
  return {
    nodes: [anna, siemens, bo],
    edges: [
      { from: anna.id, to: siemens.id, label: "works at", count: 1, last_seen: NOW },
      { from: anna.id, to: bo.id, label: "", count: 3, last_seen: NOW },
    ],
    memories: [],
  };
}

// L18
test("people and projects are listed and drawn, and choosing one shows its memories", async () => {
  const graph = someGraph();
  const known = fact("Anna works at Siemens");
  const engine = openApp((engine) => {
    engine.held.memories = [known];
    engine.held.graph = graph;
    engine.replies.push((request) =>
      request.request === "graph" && request.around !== null
        ? { response: "graph", graph: { ...graph, memories: [known] } }
        : undefined,
    );
  });
  await goTo("Memories");
  press("People and projects");
  const picture = await screen.findByRole("img", { name: "3 names and 2 links between them" });
  expect(within(picture as HTMLElement).getByText("works at")).toBeTruthy();
  expect(picture.querySelectorAll("circle")).toHaveLength(3);
  fireEvent.click(screen.getByRole("button", { name: /^Anna/ }));
  const memories = await screen.findByRole("region", { name: "Memories" });
  expect(engine.sentOf("graph").at(-1)).toEqual({ request: "graph", around: "Anna", limit: 40 });
  expect(screen.getByRole("button", { name: /^Siemens.*works at/ })).toBeTruthy();
  fireEvent.click(within(memories).getByRole("button", { name: "Anna works at Siemens" }));
  expect((await screen.findByRole("article")).textContent).toContain("Anna works at Siemens");
});

// L18
test("a click on a node is the same as one in the list", async () => {
  const engine = openApp((engine) => {
    engine.held.graph = someGraph();
  });
  await goTo("Memories");
  press("People and projects");
  const picture = await screen.findByRole("img", { name: /names/ });
  fireEvent.click(within(picture as HTMLElement).getByText("Bo", { selector: "text" }));
  await waitFor(() => expect(engine.sentOf("graph").at(-1)?.around).toBe("Bo"));
  fireEvent.click(await screen.findByRole("button", { name: "Everybody and everything" }));
  await waitFor(() => expect(screen.queryByRole("button", { name: "Everybody and everything" })).toBeNull());
});

// L18
test("where nobody is named it says what will appear, and a failure can be tried again", async () => {
  const engine = openApp();
  await goTo("Memories");
  press("People and projects");
  expect(await screen.findByText("Nobody is named yet")).toBeTruthy();
  press("People and projects");
  engine.failures.graph = failure("internal", "It broke.");
  engine.tell({ event: "memories_changed", changes: [] });
  press("People and projects");
  expect(await screen.findByText("It broke.")).toBeTruthy();
});

// L19
test("the same nodes always get the same places, inside the picture and apart", () => {
  for (const count of [0, 1, 2, 7, 40]) {
    const pulls = Array.from({ length: Math.max(count - 1, 0) }, (_, at) => ({ from: at >> 1, to: at + 1 }));
    const points = layout(count, pulls, SIZE);
    expect(layout(count, pulls, SIZE)).toEqual(points);
    for (const [at, point] of points.entries()) {
      expect(point.x > 0 && point.x < SIZE.width && point.y > 0 && point.y < SIZE.height).toBe(true);
      for (const other of points.slice(at + 1)) {
        expect(Math.hypot(point.x - other.x, point.y - other.y)).toBeGreaterThan(20);
      }
    }
  }
});

// L19
test("what is joined stands nearer than what is not, and the chosen one in the middle", () => {
  const points = layout(8, [{ from: 2, to: 5 }], SIZE);
  const distance = (a: number, b: number) => Math.hypot(points[a].x - points[b].x, points[a].y - points[b].y);
  const others = [0, 1, 3, 4, 6, 7].map((at) => distance(2, at));
  expect(distance(2, 5)).toBeLessThan(others.reduce((sum, one) => sum + one, 0) / others.length);
  expect(layout(8, [], { ...SIZE, centred: true })[0]).toEqual({ x: 450, y: 310 });
});
