import { useMemo } from "react";
import type { EntityId, Graph, GraphEdge, GraphNode } from "../../lib/bindings";
import { layout, type Point } from "./layout";
import styles from "./People.module.css";

const WIDTH = 900;
const HEIGHT = 620;
/** Characters of a name beside its dot; the list has the whole. */
const LONGEST = 22;

interface Props {
  graph: Graph;
  chosen: EntityId | null;
  onChoose: (node: GraphNode) => void;
}

/** Nodes and the lines between them. The list beside it says the same and is what the keyboard reaches. */
export function GraphPicture({ graph, chosen, onChoose }: Props) {
  const places = useMemo(() => placesOf(graph, chosen !== null), [graph, chosen]);
  return (
    <svg
      className={styles.picture}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={`${graph.nodes.length} names and ${graph.edges.length} links between them`}
    >
      {graph.edges.map((edge) => (
        <Line key={`${edge.from} ${edge.to} ${edge.label}`} edge={edge} places={places} />
      ))}
      {graph.nodes.map((node) => (
        <Dot
          key={node.id}
          node={node}
          place={places.get(node.id) as Point}
          isChosen={node.id === chosen}
          onChoose={() => onChoose(node)}
        />
      ))}
    </svg>
  );
}

function placesOf(graph: Graph, centred: boolean): Map<EntityId, Point> {
  const at = new Map(graph.nodes.map((node, index) => [node.id, index]));
  const pulls = graph.edges.flatMap(({ from, to }) => {
    const ends = [at.get(from), at.get(to)];
    return ends[0] === undefined || ends[1] === undefined ? [] : [{ from: ends[0], to: ends[1] }];
  });
  const points = layout(graph.nodes.length, pulls, { width: WIDTH, height: HEIGHT, centred });
  return new Map(graph.nodes.map((node, index) => [node.id, points[index]]));
}

function Line({ edge, places }: { edge: GraphEdge; places: Map<EntityId, Point> }) {
  const [from, to] = [places.get(edge.from), places.get(edge.to)];
  if (!from || !to) return null;
  return (
    <g className={edge.label === "" ? styles.together : styles.related}>
      <line
        x1={from.x}
        y1={from.y}
        x2={to.x}
        y2={to.y}
        strokeWidth={Math.min(1 + Math.log2(edge.count), 5)}
      />
      {edge.label !== "" && (
        <text x={(from.x + to.x) / 2} y={(from.y + to.y) / 2 - 4}>
          {edge.label}
        </text>
      )}
    </g>
  );
}

interface DotProps {
  node: GraphNode;
  place: Point;
  isChosen: boolean;
  onChoose: () => void;
}

function Dot({ node, place, isChosen, onChoose }: DotProps) {
  const radius = Math.min(7 + 2 * Math.sqrt(node.count), 26);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the list beside the picture is for the keyboard
    <g className={`${styles.dot} ${styles[node.kind]}`} data-chosen={isChosen} onClick={onChoose}>
      <circle cx={place.x} cy={place.y} r={radius} />
      <title>{node.name}</title>
      <text x={place.x} y={place.y + radius + 15}>
        {short(node.name)}
      </text>
    </g>
  );
}

const short = (name: string) => (name.length > LONGEST ? `${name.slice(0, LONGEST - 1)}…` : name);
