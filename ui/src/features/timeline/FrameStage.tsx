import { useState } from "react";
import { Button, IconButton } from "../../components/Button";
import { DetailLabels } from "../../components/DetailLabels";
import { Loading } from "../../components/Empty";
import { FailureNote } from "../../components/FailureNote";
import { ForgetDialog } from "../../components/ForgetDialog";
import { Picture, usePictureUrl } from "../../components/Picture";
import type { FrameId, FrameView, Rect } from "../../lib/bindings";
import { useClock } from "../../lib/clock";
import { useEngine } from "../../lib/engine";
import { useExclude } from "../../lib/exclude";
import { TextLayer } from "./TextLayer";
import styles from "./Timeline.module.css";

interface Props {
  id: FrameId;
  boxes: Rect[];
  color: (app: string) => string;
  playing: boolean;
  onPlay: () => void;
  onStep: (step: 1 | -1) => void;
  onDeleted: () => void;
}

/** One frame, large: its picture with selectable text, and what can be done with it. */
export function FrameStage({ id, boxes, color, playing, onPlay, onStep, onDeleted }: Props) {
  const frame = useEngine({ request: "frame", id }, { keepPrevious: true });
  const [textOnly, setTextOnly] = useState(false);
  if (frame.error) return <FailureNote failure={frame.error} onRetry={frame.refetch} />;
  if (!frame.data) return <Loading what="Loading the frame" />;
  const view = frame.data.frame;
  return (
    <section className={styles.stage} aria-label="Frame">
      <FrameHead frame={view} color={color} onDeleted={onDeleted}>
        <IconButton icon="left" label="Previous frame (←)" onClick={() => onStep(-1)} />
        <IconButton
          icon={playing ? "pause" : "play"}
          label={playing ? "Stop (Space)" : "Play (Space)"}
          onClick={onPlay}
        />
        <IconButton icon="right" label="Next frame (→)" onClick={() => onStep(1)} />
        <IconButton
          icon="list"
          label="Text of the frame"
          aria-pressed={textOnly}
          onClick={() => setTextOnly(!textOnly)}
        />
      </FrameHead>
      {textOnly ? (
        <FrameText frame={view} />
      ) : (
        <FramePicture frame={view} boxes={view.id === id ? boxes : []} />
      )}
    </section>
  );
}

function FramePicture({ frame, boxes }: { frame: FrameView; boxes: Rect[] }) {
  const url = usePictureUrl();
  const clock = useClock();
  const alt = `Screen at ${clock.seconds(frame.at)}: ${frontOf(frame).title}`;
  return (
    <div className={styles.pictureSpace}>
      <div
        className={styles.pictureFit}
        style={{ "--ratio": frame.width / frame.height } as React.CSSProperties}
      >
        <Picture
          src={url(frame.id, "full")}
          width={frame.width}
          height={frame.height}
          alt={alt}
          boxes={boxes}
          masks={frame.masks}
        >
          <TextLayer frame={frame} />
        </Picture>
      </div>
    </div>
  );
}

function FrameText({ frame }: { frame: FrameView }) {
  return (
    <div className={styles.frameText}>
      {frame.texts.length === 0 && <p>No text was read on this frame.</p>}
      {frame.texts.map((text) => (
        <section key={text.observation}>
          <h3>{text.title || text.app}</h3>
          <DetailLabels details={text.details} />
          <pre>{text.text}</pre>
        </section>
      ))}
    </div>
  );
}

/** What names the frame: the text window in front, else the window in front. */
function frontOf(frame: FrameView): { app: string; title: string; url: string | null } {
  const front = frame.windows.find((window) => window.focused) ?? frame.windows[0];
  const text =
    frame.texts.find(({ app, title }) => app === front?.app && title === front.title) ?? frame.texts[0];
  return {
    app: front?.app ?? text?.app ?? "",
    title: front?.title ?? text?.title ?? "",
    url: text?.url ?? null,
  };
}

function FrameHead({
  frame,
  color,
  onDeleted,
  children,
}: {
  frame: FrameView;
  color: Props["color"];
  onDeleted: () => void;
  children: React.ReactNode;
}) {
  const clock = useClock();
  const exclude = useExclude();
  const [deleting, setDeleting] = useState(false);
  const front = frontOf(frame);
  return (
    <header className={styles.frameHead}>
      <strong className={styles.frameTime}>{clock.seconds(frame.at)}</strong>
      <span className={styles.frameApp}>
        <span className={styles.swatch} style={{ background: color(front.app) }} />
        {front.app}
      </span>
      <span className={styles.frameTitle} title={front.title}>
        {front.title}
      </span>
      {front.url && <span className={styles.frameUrl}>{front.url}</span>}
      <span className={styles.frameActions}>
        {children}
        <Button
          small
          look="quiet"
          icon="hidden"
          onClick={() => exclude(front.app)}
          disabled={front.app === ""}
        >
          Exclude {front.app}
        </Button>
        <Button small look="quietDanger" icon="trash" onClick={() => setDeleting(true)}>
          Delete
        </Button>
      </span>
      {deleting && (
        <ForgetDialog
          name="this frame"
          what={{ what: "frame", id: frame.id }}
          onClose={() => setDeleting(false)}
          onForgotten={onDeleted}
        />
      )}
    </header>
  );
}
