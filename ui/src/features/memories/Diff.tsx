import { wordDiff } from "../../lib/diff";
import styles from "./Memories.module.css";

/** What changed between two texts, word by word. */
export function Diff({ before, after }: { before: string; after: string }) {
  return (
    <p className={styles.diff}>
      {wordDiff(before, after).map((run, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a run is known by its place
        <DiffRun key={index} {...run} />
      ))}
    </p>
  );
}

function DiffRun({ change, text }: { change: "same" | "added" | "removed"; text: string }) {
  if (change === "added") return <ins>{text}</ins>;
  return change === "removed" ? <del>{text}</del> : <span>{text}</span>;
}
