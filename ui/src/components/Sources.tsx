import type { Memory, Observation } from "../lib/bindings";
import { useClock } from "../lib/clock";
import { appColor } from "../lib/color";
import { useNavigation } from "../lib/navigation";
import { boxesOf, snippet } from "../lib/span";
import { appOf, frameOf, originWords } from "../lib/words";
import { Button } from "./Button";
import { FrameThumb } from "./FrameThumb";
import { Marked } from "./Marked";
import styles from "./Sources.module.css";

/** The words a memory rests on, where they were seen. */
export function Sources({ memory, observations }: { memory: Memory; observations: Observation[] }) {
  const missing = memory.sources.length > 0 && observations.length === 0;
  return (
    <section className={styles.sources}>
      <h2>Where it comes from</h2>
      {memory.sources.length === 0 && <p className={styles.quiet}>You typed it.</p>}
      {missing && <p className={styles.quiet}>Its sources have been forgotten.</p>}
      <ul>
        {observations.map((observation) => (
          <SourceRow key={observation.id} memory={memory} observation={observation} />
        ))}
      </ul>
    </section>
  );
}

function SourceRow({ memory, observation }: { memory: Memory; observation: Observation }) {
  const clock = useClock();
  const { go } = useNavigation();
  const spans = memory.sources
    .filter((source) => source.observation === observation.id)
    .map((source) => source.span);
  const frame = frameOf(observation);
  const boxes = boxesOf(observation.words, spans);
  return (
    <li className={styles.source}>
      {frame && (
        <div className={styles.sourceThumb}>
          <FrameThumb id={frame} boxes={boxes} alt={`Screen of ${appOf(observation.origin)}`} />
        </div>
      )}
      <div className={styles.sourceBody}>
        <p>
          <Marked pieces={snippet(observation.text, spans, 120)} />
        </p>
        <small>
          <span className={styles.swatch} style={{ background: appColor(appOf(observation.origin)) }} />
          {originWords(observation.origin)} · {clock.moment(observation.at)}
        </small>
        {frame && (
          <Button small icon="timeline" onClick={() => go({ surface: "timeline", frame, boxes })}>
            See it on the timeline
          </Button>
        )}
      </div>
    </li>
  );
}
