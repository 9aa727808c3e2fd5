import type { Memory } from "../../lib/bindings";

/** One line of the list: a memory, or the head of a branch of the tree. */
export type Row =
  | { type: "head"; path: string; name: string; depth: number; count: number }
  | { type: "memory"; memory: Memory; depth: number };

/** The lines of a list (pinned first), or of a tree by `tree_path`. */
export function rowsOf(memories: Memory[], view: "list" | "tree"): Row[] {
  if (view === "tree") return treeRows(memories);
  const pinned = memories.filter((memory) => memory.pinned);
  const others = memories.filter((memory) => !memory.pinned);
  return [...pinned, ...others].map((memory) => ({ type: "memory", memory, depth: 0 }));
}

interface Branch {
  branches: Map<string, Branch>;
  leaves: Memory[];
}

const empty = (): Branch => ({ branches: new Map(), leaves: [] });

function treeRows(memories: Memory[]): Row[] {
  const root = empty();
  for (const memory of memories) {
    let branch = root;
    for (const name of pathOf(memory)) {
      const next = branch.branches.get(name) ?? empty();
      branch.branches.set(name, next);
      branch = next;
    }
    branch.leaves.push(memory);
  }
  return rowsOfBranch(root, [], 0);
}

const pathOf = (memory: Memory) => (memory.tree_path.length > 0 ? memory.tree_path : ["Not filed"]);

function rowsOfBranch(branch: Branch, path: string[], depth: number): Row[] {
  const names = [...branch.branches.keys()].sort((a, b) => a.localeCompare(b));
  const heads = names.flatMap((name): Row[] => {
    const child = branch.branches.get(name) as Branch;
    const here = [...path, name];
    const head: Row = { type: "head", path: here.join("\u0000"), name, depth, count: sizeOf(child) };
    return [head, ...rowsOfBranch(child, here, depth + 1)];
  });
  return [...heads, ...branch.leaves.map((memory): Row => ({ type: "memory", memory, depth }))];
}

function sizeOf(branch: Branch): number {
  return [...branch.branches.values()].reduce((sum, child) => sum + sizeOf(child), branch.leaves.length);
}
