import { type ClipboardEvent, memo, useMemo } from "react";
import { placed } from "../../components/Picture";
import type { FrameText, FrameView } from "../../lib/bindings";
import { byteIndex } from "../../lib/span";
import styles from "./Timeline.module.css";

/** The words of a frame, invisible over their picture, so that they can be selected and copied. */
export const TextLayer = memo(function TextLayer({ frame }: { frame: FrameView }) {
  return (
    <div className={styles.textLayer} onCopy={(event) => copyWords(event, frame.texts)}>
      {frame.texts.map((text, index) => (
        <Words key={text.observation} text={text} index={index} width={frame.width} height={frame.height} />
      ))}
    </div>
  );
});

function Words({
  text,
  index,
  width,
  height,
}: {
  text: FrameText;
  index: number;
  width: number;
  height: number;
}) {
  const words = useMemo(() => wordsOf(text), [text]);
  return words.map(({ start, end, bounds }) => (
    <span
      key={start}
      data-text={index}
      data-start={start}
      data-end={end}
      style={{
        ...placed(bounds, width, height),
        fontSize: `${((bounds.height / height) * 82).toFixed(3)}cqh`,
      }}
    >
      {text.text.slice(start, end)}
    </span>
  ));
}

function wordsOf(text: FrameText) {
  const at = byteIndex(text.text);
  return text.words.map(({ span, bounds }) => ({ start: at(span.start), end: at(span.end), bounds }));
}

/** Copies the text as it was read, with its spaces and line breaks: the words alone have none. */
function copyWords(event: ClipboardEvent<HTMLElement>, texts: FrameText[]) {
  const selection = document.getSelection();
  if (!selection || selection.isCollapsed) return;
  const words = [...event.currentTarget.querySelectorAll<HTMLElement>("[data-start]")];
  const selected = words.filter((word) => selection.containsNode(word, true));
  event.clipboardData.setData(
    "text/plain",
    textBetween(
      selected.map((word) => word.dataset),
      texts,
    ),
  );
  event.preventDefault();
}

/** For each text: from its first to its last selected word. */
export function textBetween(words: DOMStringMap[], texts: FrameText[]): string {
  return texts
    .map((text, index) => {
      const mine = words.filter((word) => Number(word.text) === index);
      const [from, to] = [
        Math.min(...mine.map((w) => Number(w.start))),
        Math.max(...mine.map((w) => Number(w.end))),
      ];
      return mine.length === 0 ? "" : text.text.slice(from, to);
    })
    .filter((part) => part !== "")
    .join("\n");
}
