import { useInfiniteQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useDeferredValue, useEffect, useMemo, useRef } from "react";
import { Button } from "../../components/Button";
import { Empty, Loading } from "../../components/Empty";
import { FailureNote } from "../../components/FailureNote";
import { Icon } from "../../components/Icon";
import type { Failure, Kind, Memory, MemoryId } from "../../lib/bindings";
import { useClock } from "../../lib/clock";
import { type ReplyOf, send, useTransport } from "../../lib/engine";
import { KIND_WORDS } from "../../lib/words";
import styles from "./Memories.module.css";
import { type Row, rowsOf } from "./tree";

const PAGE = 100;
const ROW_HEIGHT = 62;
const HEAD_HEIGHT = 30;

interface Props {
  kind: Kind | null;
  words: string;
  view: "list" | "tree";
  chosen: MemoryId | null;
  onChoose: (id: MemoryId) => void;
  onAdd: () => void;
}

/** Memories of one kind, or all; only those in view are drawn. */
export function MemoryList({ kind, words, view, chosen, onChoose, onAdd }: Props) {
  const pages = useMemoryPages(kind, useDeferredValue(words));
  const memories = useMemo(() => pages.data?.pages.flatMap((page) => page.memories) ?? [], [pages.data]);
  const rows = useMemo(() => rowsOf(memories, view), [memories, view]);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = pages;
  // A tree needs all of its leaves.
  useEffect(() => {
    if (view === "tree" && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [view, hasNextPage, isFetchingNextPage, fetchNextPage]);

  if (pages.error) return <FailureNote failure={pages.error} onRetry={pages.refetch} />;
  if (pages.isPending) return <Loading what="Loading memories" />;
  if (rows.length === 0) return <NoMemories kind={kind} words={words} onAdd={onAdd} />;
  return (
    <Rows
      rows={rows}
      chosen={chosen}
      onChoose={onChoose}
      onEnd={() => hasNextPage && !isFetchingNextPage && fetchNextPage()}
    />
  );
}

function useMemoryPages(kind: Kind | null, words: string) {
  const transport = useTransport();
  const text = words === "" ? null : words;
  return useInfiniteQuery<ReplyOf<"memories">, Failure, { pages: ReplyOf<"memories">[] }, unknown[], number>({
    queryKey: ["memories", "pages", kind, text],
    queryFn: ({ pageParam }) =>
      send(transport, { request: "memories", kind, text, offset: pageParam, limit: PAGE }),
    initialPageParam: 0,
    getNextPageParam: (last, pages) => {
      const seen = pages.reduce((sum, page) => sum + page.memories.length, 0);
      return last.memories.length > 0 && seen < last.total ? seen : undefined;
    },
  });
}

interface RowsProps {
  rows: Row[];
  chosen: MemoryId | null;
  onChoose: (id: MemoryId) => void;
  onEnd: () => void;
}

function Rows({ rows, chosen, onChoose, onEnd }: RowsProps) {
  const scroll = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    estimateSize: (index) => (rows[index].type === "head" ? HEAD_HEIGHT : ROW_HEIGHT),
    getScrollElement: () => scroll.current,
    overscan: 8,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  const isAtEnd = last >= rows.length - 1;
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked once for each time the end comes into view
  useEffect(() => {
    if (isAtEnd) onEnd();
  }, [isAtEnd, rows.length]);
  return (
    <div ref={scroll} className={styles.rows}>
      <ul style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const row = rows[item.index];
          return (
            <li
              key={row.type === "head" ? row.path : row.memory.id}
              style={{ top: item.start, height: item.size }}
            >
              {row.type === "head" ? (
                <Head row={row} />
              ) : (
                <MemoryRow
                  row={row}
                  isChosen={row.memory.id === chosen}
                  onChoose={() => onChoose(row.memory.id)}
                />
              )}
            </li>
          );
        })}
      </ul>
    </div>
  );
}

const indent = (depth: number) => ({ paddingLeft: 12 + depth * 14 });

const Head = ({ row }: { row: Extract<Row, { type: "head" }> }) => (
  <h3 className={styles.head} style={indent(row.depth)}>
    {row.name} <small>{row.count}</small>
  </h3>
);

function MemoryRow({
  row,
  isChosen,
  onChoose,
}: {
  row: Extract<Row, { type: "memory" }>;
  isChosen: boolean;
  onChoose: () => void;
}) {
  const clock = useClock();
  const { memory, depth } = row;
  return (
    <button
      type="button"
      className={styles.row}
      style={indent(depth)}
      aria-current={isChosen ? "true" : undefined}
      onClick={onChoose}
      data-state={memory.state}
    >
      <strong>
        {memory.pinned && <Icon name="pin" size={13} />}
        {memory.title}
      </strong>
      <small>{clock.moment(memory.valid_from)}</small>
      <span>
        <em>{KIND_WORDS[memory.body.kind].name}</em>
        {firstLine(memory)}
      </span>
    </button>
  );
}

function firstLine(memory: Memory): string {
  if (memory.details !== "") return memory.details;
  if (memory.body.kind === "procedural") return memory.body.steps.join(" · ");
  return memory.body.kind === "resource" ? (memory.body.locator ?? "") : "";
}

function NoMemories({ kind, words, onAdd }: { kind: Kind | null; words: string; onAdd: () => void }) {
  if (words !== "")
    return (
      <Empty icon="search" title="No memory holds these words">
        <p>The search under Timeline goes through everything that was seen.</p>
      </Empty>
    );
  return (
    <Empty icon="memories" title="Nothing here yet">
      <p>
        {kind ? KIND_WORDS[kind].about : "Memories are made in the background from what is seen and said."}
        {kind === "vault" && " Only you put something in here."}
      </p>
      <Button small icon="plus" onClick={onAdd}>
        Add one by hand
      </Button>
    </Empty>
  );
}
