import { type SyntheticEvent, useId, useState } from "react";
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
  const [anchor, setAnchor] = useState<DOMRect | null>(null);
  const { go } = useNavigation();
  const card = useId();
  const place = placeOf(citation);
  const show = (event: SyntheticEvent<HTMLElement>) => setAnchor(event.currentTarget.getBoundingClientRect());
  const hide = () => setAnchor(null);
  return (
    <>
      <button
        type="button"
        className={styles.chip}
        aria-label={`Source ${number}: ${citation.label}`}
        aria-describedby={anchor ? card : undefined}
        onMouseEnter={show}
        onMouseLeave={hide}
        onFocus={show}
        onBlur={hide}
        onKeyDown={(event) => event.key === "Escape" && hide()}
        onClick={() => place && go(place)}
      >
        {number}
      </button>
      {anchor && <SourceCard id={card} anchor={anchor} citation={citation} item={item} />}
    </>
  );
}

/** Where a citation leads: the frame with the words boxed where there is one, else the memory. */
export function placeOf(citation: Citation): Place | null {
  if (citation.frame && (citation.memory === null || citation.boxes.length > 0))
    return { surface: "timeline", frame: citation.frame, boxes: citation.boxes };
  if (citation.memory) return { surface: "memories", memory: citation.memory };
  return null;
}

const CARD_WIDTH = 300;
const CARD_HEIGHT = 330;
const MARGIN = 10;

/** Above its chip where there is room, else below; never over the edge of the window. */
function cardPlace(anchor: DOMRect) {
  const left = Math.max(
    MARGIN,
    Math.min(anchor.left - CARD_WIDTH / 3, window.innerWidth - CARD_WIDTH - MARGIN),
  );
  const isAbove = anchor.top > CARD_HEIGHT;
  return isAbove ? { left, bottom: window.innerHeight - anchor.top + 6 } : { left, top: anchor.bottom + 6 };
}

function SourceCard({ id, anchor, citation, item }: Omit<Props, "number"> & { id: string; anchor: DOMRect }) {
  const clock = useClock();
  return (
    <span id={id} role="tooltip" className={styles.card} style={cardPlace(anchor)}>
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
