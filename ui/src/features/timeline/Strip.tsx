import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";
import { usePictureUrl } from "../../components/Picture";
import type { FrameId, TimelineFrame } from "../../lib/bindings";
import { useClock } from "../../lib/clock";
import styles from "./Timeline.module.css";

const WIDTH = 126;

interface Props {
  frames: TimelineFrame[];
  index: number;
  color: (app: string) => string;
  onShow: (id: FrameId) => void;
}

/** The frames of the day as small pictures in a row. */
export function Strip({ frames, index, color, onShow }: Props) {
  const scroll = useRef<HTMLDivElement>(null);
  const url = usePictureUrl();
  const clock = useClock();
  const virtual = useVirtualizer({
    count: frames.length,
    horizontal: true,
    estimateSize: () => WIDTH,
    getScrollElement: () => scroll.current,
    overscan: 4,
  });
  useEffect(() => {
    if (index >= 0) virtual.scrollToIndex(index, { align: "center" });
  }, [index, virtual]);
  return (
    <div ref={scroll} className={styles.strip}>
      <div className={styles.stripInner} style={{ width: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const frame = frames[item.index];
          const label = `${clock.seconds(frame.at)} ${frame.app}: ${frame.title}`;
          return (
            <button
              key={frame.id}
              type="button"
              // The arrow keys go from frame to frame; the tab key would take a thousand presses.
              tabIndex={-1}
              className={styles.thumb}
              aria-label={label}
              title={label}
              aria-current={item.index === index ? "true" : undefined}
              style={{ left: item.start, borderBottomColor: color(frame.app) }}
              onClick={() => onShow(frame.id)}
            >
              <img src={url(frame.id, "thumbnail")} alt="" loading="lazy" draggable={false} />
            </button>
          );
        })}
      </div>
    </div>
  );
}
