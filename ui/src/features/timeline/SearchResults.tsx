import { useState } from "react";
import { Button } from "../../components/Button";
import { Empty, Loading } from "../../components/Empty";
import { FailureNote } from "../../components/FailureNote";
import { FrameThumb } from "../../components/FrameThumb";
import { Marked } from "../../components/Marked";
import type { Evidence, EvidenceItem } from "../../lib/bindings";
import { useClock } from "../../lib/clock";
import { appColor } from "../../lib/color";
import { useEngine } from "../../lib/engine";
import { useNavigation } from "../../lib/navigation";
import { snippet } from "../../lib/span";
import { appOf, foundText, frameOf, hitBoxes, originWords } from "../../lib/words";
import { appFacets, collapsed, type Result } from "./results";
import type { Opened } from "./Timeline";
import styles from "./Timeline.module.css";

const LIMIT = 120;

/** What was found, as pictures with the hits boxed. */
export function SearchResults({ query, onOpen }: { query: string; onOpen: (opened: Opened) => void }) {
  const found = useEngine(
    {
      request: "search",
      text: query,
      filter: { scope: "observations", kinds: [], apps: [], details: [] },
      limit: LIMIT,
      at: null,
    },
    { keepPrevious: true },
  );
  const [app, setApp] = useState<string | null>(null);
  if (found.error) return <FailureNote failure={found.error} onRetry={found.refetch} />;
  if (!found.data) return <Loading what="Searching" />;
  const { items } = found.data.evidence;
  if (items.length === 0) return <NothingFound query={query} evidence={found.data.evidence} />;
  const facets = appFacets(items);
  const chosen = facets.some(([name]) => name === app) ? app : null;
  const results = collapsed(chosen ? items.filter((item) => itemApp(item) === chosen) : items);
  return (
    <section className={styles.results} aria-label="Results">
      <div className={styles.facets}>
        <Understood evidence={found.data.evidence} />
        <Button small aria-pressed={chosen === null} onClick={() => setApp(null)}>
          All apps
        </Button>
        {facets.map(([name, count]) => (
          <Button small key={name} aria-pressed={chosen === name} onClick={() => setApp(name)}>
            {name} {count}
          </Button>
        ))}
      </div>
      <ul className={styles.grid}>
        {results.map((result) => (
          <ResultCard key={idOf(result.item)} result={result} onOpen={onOpen} />
        ))}
      </ul>
    </section>
  );
}

const itemApp = ({ found }: EvidenceItem) =>
  found.type === "observation" ? appOf(found.observation.origin) : null;
const idOf = ({ found }: EvidenceItem) => (found.type === "memory" ? found.memory.id : found.observation.id);

/** The span of time that the words were taken to mean. */
function Understood({ evidence }: { evidence: Evidence }) {
  const clock = useClock();
  if (!evidence.time) return null;
  return (
    <span className={styles.understood}>
      {clock.moment(evidence.time.from)} – {clock.moment(evidence.time.to)}
    </span>
  );
}

function ResultCard({
  result: { item, similar },
  onOpen,
}: {
  result: Result;
  onOpen: (opened: Opened) => void;
}) {
  const clock = useClock();
  if (item.found.type !== "observation") return null;
  const { observation } = item.found;
  const frame = frameOf(observation);
  const boxes = hitBoxes(item);
  const name = originWords(observation.origin);
  return (
    <li>
      <button
        type="button"
        className={styles.result}
        disabled={!frame}
        onClick={() => frame && onOpen({ frame, boxes })}
      >
        {frame && <FrameThumb id={frame} boxes={boxes} alt="" />}
        <span className={styles.resultBody}>
          <span className={styles.resultText}>
            <Marked pieces={snippet(foundText(item.found), item.hits, 50)} />
          </span>
          <span className={styles.resultName}>
            <span className={styles.swatch} style={{ background: appColor(appOf(observation.origin)) }} />
            {name}
          </span>
          <span className={styles.resultFoot}>
            {clock.moment(observation.at)}
            <FoundBy item={item} />
            {similar > 0 && <span className={styles.badge}>+{similar} similar</span>}
          </span>
        </span>
      </button>
    </li>
  );
}

/** Whether words or meaning found it. */
function FoundBy({ item }: { item: EvidenceItem }) {
  return (
    <>
      {item.word_rank !== null && <span className={styles.badge}>words</span>}
      {item.meaning_rank !== null && <span className={styles.badge}>meaning</span>}
    </>
  );
}

function NothingFound({ query, evidence }: { query: string; evidence: Evidence }) {
  const { go } = useNavigation();
  return (
    <Empty icon="search" title="Nothing found">
      <p>
        {evidence.time
          ? "Nothing in the span of time you named holds these words. Leave the time out to search everything."
          : "No text that was seen holds these words or their meaning. Try fewer words, or ask for it."}
      </p>
      <Button onClick={() => go({ surface: "chat", question: query })}>Ask the assistant instead</Button>
    </Empty>
  );
}
