import { useState } from "react";
import { Button } from "../../components/Button";
import { Empty, Loading } from "../../components/Empty";
import { FailureNote } from "../../components/FailureNote";
import type { Graph, GraphNode, Memory, MemoryId } from "../../lib/bindings";
import { useClock } from "../../lib/clock";
import { useEngine } from "../../lib/engine";
import { ENTITY_WORDS } from "../../lib/words";
import { GraphPicture } from "./GraphPicture";
import styles from "./People.module.css";

/** More names than this cannot be read in one picture. */
const MOST = 40;

/** The people, projects and places that memories name, and what joins them. */
export function People({ onOpen }: { onOpen: (id: MemoryId) => void }) {
  const [around, setAround] = useState<string | null>(null);
  const loaded = useEngine({ request: "graph", around, limit: MOST }, { keepPrevious: true });
  if (loaded.error) {
    // Who was chosen may have been forgotten since.
    const retry = () => (around === null ? loaded.refetch() : setAround(null));
    return <FailureNote failure={loaded.error} onRetry={retry} />;
  }
  if (!loaded.data) return <Loading what="Loading people and projects" />;
  const { graph } = loaded.data;
  // Until the next one has come, the picture is still the one before.
  const chosen = loaded.isPlaceholderData ? null : around;
  if (graph.nodes.length === 0) return <Nobody />;
  const choose = (node: GraphNode) => setAround(node.name);
  return (
    <div className={styles.people}>
      <section className={styles.side} aria-label="Names">
        {chosen !== null && (
          <Button small icon="back" onClick={() => setAround(null)}>
            Everybody and everything
          </Button>
        )}
        <Names graph={graph} chosen={chosen} onChoose={choose} />
        {chosen !== null && <NamedIn memories={graph.memories} onOpen={onOpen} />}
      </section>
      <GraphPicture graph={graph} chosen={chosen === null ? null : graph.nodes[0].id} onChoose={choose} />
    </div>
  );
}

const Nobody = () => (
  <Empty icon="people" title="Nobody is named yet">
    <p>
      People, projects and places appear here as memories name them: from what you tell in the chat, import,
      or see.
    </p>
  </Empty>
);

interface NamesProps {
  graph: Graph;
  chosen: string | null;
  onChoose: (node: GraphNode) => void;
}

function Names({ graph, chosen, onChoose }: NamesProps) {
  const clock = useClock();
  return (
    <ul className={styles.names}>
      {graph.nodes.map((node, index) => (
        <li key={node.id}>
          <button type="button" aria-current={chosen !== null && index === 0} onClick={() => onChoose(node)}>
            <i className={styles[node.kind]} aria-hidden="true" />
            <span>{node.name}</span>
            <small>
              {ENTITY_WORDS[node.kind]} · {node.count.toLocaleString()} × · {relationOf(graph, index, chosen)}
              last {clock.moment(node.last_seen)}
            </small>
          </button>
        </li>
      ))}
    </ul>
  );
}

/** What joins a node to the chosen one, in words: the picture says it in lines. */
function relationOf(graph: Graph, index: number, chosen: string | null): string {
  if (chosen === null || index === 0) return "";
  const [centre, node] = [graph.nodes[0].id, graph.nodes[index].id];
  const labels = graph.edges
    .filter(({ label }) => label !== "")
    .filter(({ from, to }) => (from === centre && to === node) || (from === node && to === centre))
    .map(({ label }) => label);
  return labels.length === 0 ? "" : `${[...new Set(labels)].join(", ")} · `;
}

function NamedIn({ memories, onOpen }: { memories: Memory[]; onOpen: (id: MemoryId) => void }) {
  return (
    <section className={styles.namedIn} aria-label="Memories">
      <h3>Memories</h3>
      {memories.length === 0 && <p>Named in what was seen or said, in no memory yet.</p>}
      <ul>
        {memories.map((memory) => (
          <li key={memory.id}>
            <button type="button" onClick={() => onOpen(memory.id)}>
              {memory.title}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
