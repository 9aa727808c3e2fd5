import { Fragment, type ReactNode, useMemo, useState } from "react";
import { type Block, type Inline, parseMarkdown } from "../lib/markdown";
import { IconButton } from "./Button";
import styles from "./Markdown.module.css";

interface Props {
  text: string;
  /** What stands where the text cites its nth source. */
  cite: (number: number) => ReactNode;
}

/** The assistant's words. Only the shapes of `lib/markdown` exist: no HTML, no pictures, no live links. */
export function Markdown({ text, cite }: Props) {
  const blocks = useMemo(() => parseMarkdown(text), [text]);
  return (
    <div className={styles.markdown}>
      <Blocks blocks={blocks} cite={cite} />
    </div>
  );
}

type Cite = Props["cite"];

function Blocks({ blocks, cite }: { blocks: Block[]; cite: Cite }) {
  // A streamed text only grows, so a block's place is its identity.
  // biome-ignore lint/suspicious/noArrayIndexKey: see above
  return blocks.map((block, index) => <BlockView key={index} block={block} cite={cite} />);
}

function BlockView({ block, cite }: { block: Block; cite: Cite }) {
  switch (block.type) {
    case "paragraph":
      return <p>{inlines(block.children, cite)}</p>;
    case "heading":
      return <h3 className={styles.heading}>{inlines(block.children, cite)}</h3>;
    case "code":
      return <Code language={block.language} text={block.text} />;
    case "quote":
      return (
        <blockquote>
          <Blocks blocks={block.children} cite={cite} />
        </blockquote>
      );
    case "list":
      return <List block={block} cite={cite} />;
    case "table":
      return <Table block={block} cite={cite} />;
    case "rule":
      return <hr />;
  }
}

function List({ block, cite }: { block: Extract<Block, { type: "list" }>; cite: Cite }) {
  const items = block.items.map((item, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: as for blocks
    <li key={index}>
      <Blocks blocks={item} cite={cite} />
    </li>
  ));
  return block.ordered ? <ol start={block.start}>{items}</ol> : <ul>{items}</ul>;
}

function Table({ block, cite }: { block: Extract<Block, { type: "table" }>; cite: Cite }) {
  const row = (cells: Inline[][], Cell: "td" | "th") =>
    // biome-ignore lint/suspicious/noArrayIndexKey: as for blocks
    cells.map((cell, index) => <Cell key={index}>{inlines(cell, cite)}</Cell>);
  return (
    <table>
      <thead>
        <tr>{row(block.head, "th")}</tr>
      </thead>
      <tbody>
        {block.rows.map((cells, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: as for blocks
          <tr key={index}>{row(cells, "td")}</tr>
        ))}
      </tbody>
    </table>
  );
}

function Code({ language, text }: { language: string; text: string }) {
  const [copied, setCopied] = useState(false);
  const copy = () => navigator.clipboard.writeText(text).then(() => setCopied(true));
  return (
    <div className={styles.code}>
      <div className={styles.codeHead}>
        <span>{language || "text"}</span>
        <IconButton
          icon={copied ? "check" : "copy"}
          label={copied ? "Copied" : "Copy code"}
          size={14}
          onClick={copy}
        />
      </div>
      {/* A wide block is scrolled with the keys too. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: see above */}
      <pre tabIndex={0}>
        <code>{text}</code>
      </pre>
    </div>
  );
}

function inlines(parts: Inline[], cite: Cite): ReactNode {
  // biome-ignore lint/suspicious/noArrayIndexKey: as for blocks
  return parts.map((part, index) => <Fragment key={index}>{inline(part, cite)}</Fragment>);
}

function inline(part: Inline, cite: Cite): ReactNode {
  switch (part.type) {
    case "text":
      return part.text;
    case "code":
      return <code>{part.text}</code>;
    case "strong":
      return <strong>{inlines(part.children, cite)}</strong>;
    case "emphasis":
      return <em>{inlines(part.children, cite)}</em>;
    case "strike":
      return <s>{inlines(part.children, cite)}</s>;
    case "link":
      return (
        <span className={styles.link} title={part.address}>
          {inlines(part.children, cite)}
          {part.host !== "" && <span className={styles.host}>{part.host}</span>}
        </span>
      );
    case "cite":
      return cite(part.number);
  }
}
