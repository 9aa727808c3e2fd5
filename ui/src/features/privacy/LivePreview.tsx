import { useEffect, useRef, useState } from "react";
import { Button } from "../../components/Button";
import { Card } from "../../components/Card";
import { Loading } from "../../components/Empty";
import { FailureNote } from "../../components/FailureNote";
import { placed } from "../../components/Picture";
import type { MonitorPreview } from "../../lib/bindings";
import { counted } from "../../lib/clock";
import { useEngine } from "../../lib/engine";
import styles from "./Privacy.module.css";

const EVERY_MS = 3000;

/** What the present rules would record at this moment. Nothing of it is kept. */
export function LivePreview() {
  const [isOn, setOn] = useState(false);
  return (
    <Card
      title="What would be recorded now"
      about="A live look through your rules: what is hatched is painted over before anything is read. Nothing of this preview is kept."
    >
      {isOn ? <Monitors /> : null}
      <div>
        <Button icon={isOn ? "hidden" : "eye"} aria-pressed={isOn} onClick={() => setOn(!isOn)}>
          {isOn ? "Stop the preview" : "Show me"}
        </Button>
      </div>
    </Card>
  );
}

function Monitors() {
  const preview = useEngine({ request: "capture_preview" }, { refetchInterval: EVERY_MS });
  if (preview.error) return <FailureNote failure={preview.error} onRetry={preview.refetch} />;
  if (!preview.data) return <Loading what="Looking" />;
  return (
    <div className={styles.monitors}>
      {preview.data.monitors.map((monitor) => (
        <Monitor key={monitor.monitor} monitor={monitor} />
      ))}
    </div>
  );
}

function Monitor({ monitor }: { monitor: MonitorPreview }) {
  const { width, height, masks, windows } = monitor;
  return (
    <figure className={styles.monitor}>
      <div className={styles.screen} style={{ aspectRatio: `${width} / ${height}` }}>
        <PreviewCanvas image={monitor.image} label={`Preview of ${monitor.monitor}`} />
        {windows.map((window) => (
          <span
            key={window.handle}
            className={styles.window}
            style={placed(window.bounds, width, height)}
            title={`${window.app}: ${window.title}`}
          />
        ))}
        {masks.map((mask) => (
          <span
            key={`${mask.bounds.x},${mask.bounds.y},${mask.reason}`}
            className={styles.mask}
            style={placed(mask.bounds, width, height)}
          >
            <span>{mask.reason}</span>
          </span>
        ))}
      </div>
      <figcaption>
        {monitor.monitor}: {counted(windows.length, "window")} would be read
        {windows.length > 0 && ` (${[...new Set(windows.map((window) => window.app))].join(", ")})`},{" "}
        {counted(masks.length, "part")} painted over
      </figcaption>
    </figure>
  );
}

/** Draws a picture that came as bytes: the window's content policy allows no `data:` addresses. */
function PreviewCanvas({ image, label }: { image: string; label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    let isWanted = true;
    const bytes = Uint8Array.from(atob(image), (character) => character.charCodeAt(0));
    createImageBitmap(new Blob([bytes])).then(
      (bitmap) => isWanted && canvas.current && draw(canvas.current, bitmap),
      () => {},
    );
    return () => {
      isWanted = false;
    };
  }, [image]);
  return <canvas ref={canvas} role="img" aria-label={label} />;
}

function draw(canvas: HTMLCanvasElement, bitmap: ImageBitmap) {
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0);
  bitmap.close();
}
