import { useState } from "react";
import type { FrameId, ImageSize, Mask, Rect } from "../lib/bindings";
import { joined } from "../lib/boxes";
import { useTransport } from "../lib/engine";
import styles from "./Picture.module.css";

interface Props {
  /** Where the picture is loaded from. */
  src: string;
  /** Its size in pixels as captured; boxes count in these. */
  width: number;
  height: number;
  alt: string;
  boxes?: Rect[];
  masks?: Mask[];
  children?: React.ReactNode;
}

/** A picture with boxes drawn on it. Keeps its shape at any size. */
export function Picture({ src, width, height, alt, boxes = [], masks = [], children }: Props) {
  const place = (rect: Rect) => placed(rect, width, height);
  return (
    <figure className={styles.picture} style={{ aspectRatio: `${width} / ${height}` }}>
      <Image key={src} src={src} alt={alt} />
      {masks.map((mask) => (
        <span
          key={keyOf(mask.bounds)}
          className={styles.mask}
          style={place(mask.bounds)}
          title={`Masked: ${mask.reason}`}
        >
          <span>{mask.reason}</span>
        </span>
      ))}
      {children}
      {joined(boxes).map((box) => (
        <span key={keyOf(box)} className={styles.box} style={place(box)} data-testid="hit-box" />
      ))}
    </figure>
  );
}

/** Pictures are kept for a shorter time than their texts. */
function Image({ src, alt }: { src: string; alt: string }) {
  const [isGone, setGone] = useState(false);
  if (isGone) return <span className={styles.gone}>The picture is no longer kept</span>;
  return <img src={src} alt={alt} draggable={false} onError={() => setGone(true)} />;
}

/** A rectangle of the picture as shares of its size, so that it stays in place at any scale. */
export function placed(rect: Rect, width: number, height: number) {
  const share = (part: number, whole: number) => `${((part / whole) * 100).toFixed(3)}%`;
  return {
    left: share(rect.x, width),
    top: share(rect.y, height),
    width: share(rect.width, width),
    height: share(rect.height, height),
  };
}

const keyOf = (rect: Rect) => `${rect.x},${rect.y},${rect.width},${rect.height}`;

/** The picture of a frame, small or whole. */
export function usePictureUrl() {
  const transport = useTransport();
  return (id: FrameId, size: ImageSize) => transport.pictureUrl(id, size);
}
