import type { FrameId, Rect } from "../lib/bindings";
import { useEngine } from "../lib/engine";
import { Picture, usePictureUrl } from "./Picture";

/** A small picture of a frame with boxes on it. */
export function FrameThumb({ id, boxes = [], alt }: { id: FrameId; boxes?: Rect[]; alt: string }) {
  const frame = useEngine({ request: "frame", id }).data?.frame;
  const url = usePictureUrl();
  // Until the frame's size is known no box can be placed; most screens are 16 to 9.
  return (
    <Picture
      src={url(id, "thumbnail")}
      width={frame?.width ?? 16}
      height={frame?.height ?? 9}
      alt={alt}
      boxes={frame ? boxes : []}
    />
  );
}
