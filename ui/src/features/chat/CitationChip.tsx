import { useId, useState } from "react";
import { FrameThumb } from "../../components/FrameThumb";
import { Marked } from "../../components/Marked";
import type { Citation, EvidenceItem } from "../../lib/bindings";
import { useClock } from "../../lib/clock";
import { appColor } from "../../lib/color";
import { useEngine } from "../../lib/engine";
import { type Place, useNavigation } from "../../lib/navigation";
import { snippet } from "../../lib/span";
import { foundText } from "../../lib/words";
import styles from "./Chat.module.css";

interface Props {
  number: number;
  citation: Citation;
  item: EvidenceItem | undefined;
}

/** `[n]` in an answer: shows its source on hover and focus, opens it on click. */
export function CitationChip({ number, citation, item }: Props) {
  const [isOver, setOver] = useState(false);
  const { go } = useNavigation();
  const card = useId();
  const place = placeOf(citation);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button inside carries the action; this only follows the pointer
    <span className={styles.chipPlace} onMouseEnter={() => setOver(true)} onMouseLeave={() => setOver(false)}>
      <button
        type="button"
        className={styles.chip}
        aria-label={`Source ${number}: ${citation.label}`}
        aria-describedby={isOver ? card : undefined}
        onFocus={() => setOver(true)}
        onBlur={() => setOver(false)}
        onKeyDown={(event) => event.key === "Escape" && setOver(false)}
        onClick={() => place && go(place)}
      >
        {number}
      </button>
      {isOver && <SourceCard id={card} citation={citation} item={item} />}
    </span>
  );
}

/** Where a citation leads: the frame with the words boxed where there is one, else the memory. */
export function placeOf(citation: Citation): Place | null {
  if (citation.frame && (citation.memory === null || citation.boxes.length > 0))
    return { surface: "timeline", frame: citation.frame, boxes: citation.boxes };
  if (citation.memory) return { surface: "memories", memory: citation.memory };
  return null;
}

function SourceCard({
  id,
  citation,
  item,
}: {
  id: string;
  citation: Citation;
  item: EvidenceItem | undefined;
}) {
  const clock = useClock();
  return (
    <span id={id} role="tooltip" className={styles.card}>
      {citation.frame && (
        <FrameThumb id={citation.frame} boxes={citation.boxes} alt={`Screen of ${citation.app}`} />
      )}
      <span className={styles.cardBody}>
        <strong>{citation.label}</strong>
        <SourceWords citation={citation} item={item} />
        <span className={styles.cardFoot}>
          <span className={styles.swatch} style={{ background: appColor(citation.app) }} />
          {citation.app} · {clock.moment(citation.at)}
        </span>
      </span>
    </span>
  );
}

/** The words relied on: from the evidence at hand, or loaded. */
function SourceWords({ citation, item }: { citation: Citation; item: EvidenceItem | undefined }) {
  const wanted = !item && !citation.memory ? citation.observation : null;
  const loaded = useEngine(wanted ? { request: "observation", id: wanted } : null).data?.observation.text;
  const text = item ? foundText(item.found) : loaded;
  if (!text) return null;
  const spans = citation.span ? [citation.span] : (item?.hits ?? []);
  return (
    <span className={styles.cardText}>
      <Marked pieces={snippet(text, spans)} />
    </span>
  );
}
