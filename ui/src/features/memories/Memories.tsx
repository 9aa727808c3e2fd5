import { useEffect, useRef, useState } from "react";
import { Button, IconButton } from "../../components/Button";
import { Empty } from "../../components/Empty";
import { Icon } from "../../components/Icon";
import type { Kind, MemoryId } from "../../lib/bindings";
import { useEngine } from "../../lib/engine";
import { useFocusKey } from "../../lib/focusKey";
import { useNavigation } from "../../lib/navigation";
import { KIND_WORDS, KINDS } from "../../lib/words";
import styles from "./Memories.module.css";
import { MemoryDetail } from "./MemoryDetail";
import { MemoryForm } from "./MemoryForm";
import { MemoryList } from "./MemoryList";
import { People } from "./People";
import { TidyUp, titleOf } from "./TidyUp";

/** What Afterimage made of what it saw and was told. */
export function Memories() {
  const { place, back } = useNavigation();
  const target = place.surface === "memories" ? place.memory : undefined;
  const [kind, setKind] = useState<Kind | null>(null);
  const [chosen, setChosen] = useState<MemoryId | null>(target ?? null);
  const [words, setWords] = useState("");
  const [view, setView] = useState<"list" | "tree">("list");
  const [adding, setAdding] = useState(false);
  const [people, setPeople] = useState(false);
  const open = (id: MemoryId) => {
    setPeople(false);
    setChosen(id);
  };
  const chooseKind = (kind: Kind | null) => {
    setPeople(false);
    setKind(kind);
  };
  useEffect(() => {
    if (!target) return;
    setPeople(false);
    setChosen(target);
  }, [target]);
  return (
    <div className={styles.memories}>
      <header className={styles.bar}>
        {target && back && <IconButton icon="back" label="Back to where you were" onClick={back} />}
        <KindTabs kind={people ? undefined : kind} onKind={chooseKind} />
        <Button icon="people" small aria-pressed={people} onClick={() => setPeople(!people)}>
          People and projects
        </Button>
        <TidyUpButton
          onOpen={() => {
            setPeople(false);
            setChosen(null);
          }}
        />
        <Button icon="plus" look="primary" small onClick={() => setAdding(true)}>
          Add a memory
        </Button>
      </header>
      {people ? (
        <People onOpen={open} />
      ) : (
        <div className={styles.panes}>
          <section className={styles.listPane} aria-label="List">
            <div className={styles.tools}>
              <SearchBox words={words} onWords={setWords} />
              <IconButton
                icon="list"
                label="As a list"
                aria-pressed={view === "list"}
                onClick={() => setView("list")}
              />
              <IconButton
                icon="tree"
                label="As a tree"
                aria-pressed={view === "tree"}
                onClick={() => setView("tree")}
              />
            </div>
            <MemoryList
              key={`${kind} ${view}`}
              kind={kind}
              words={words.trim()}
              view={view}
              chosen={chosen}
              onChoose={setChosen}
              onAdd={() => setAdding(true)}
            />
          </section>
          <section className={styles.detailPane} aria-label="Memory">
            {chosen ? (
              <MemoryDetail key={chosen} id={chosen} onGone={() => setChosen(null)} onOpen={setChosen} />
            ) : (
              <NothingChosen />
            )}
          </section>
        </div>
      )}
      {adding && (
        <MemoryForm
          kind={kind ?? "semantic"}
          onClose={() => setAdding(false)}
          onSaved={(memory) => {
            setAdding(false);
            open(memory.id);
          }}
        />
      )}
    </div>
  );
}

/** What there is to tidy up, or how to begin. */
function NothingChosen() {
  const count = useEngine({ request: "upkeep" }).data?.suggestions.length ?? 0;
  if (count > 0) return <TidyUp />;
  return (
    <Empty icon="memories" title="Choose a memory">
      <p>
        Each shows where it comes from, how sure it is, and every version it had. You can correct or delete
        it.
      </p>
    </Empty>
  );
}

function TidyUpButton({ onOpen }: { onOpen: () => void }) {
  const count = useEngine({ request: "upkeep" }).data?.suggestions.length ?? 0;
  if (count === 0) return null;
  return (
    <Button icon="list" small onClick={onOpen}>
      {titleOf(count)}
    </Button>
  );
}

function SearchBox({ words, onWords }: { words: string; onWords: (words: string) => void }) {
  const box = useRef<HTMLInputElement>(null);
  useFocusKey(box);
  return (
    <search className={styles.search}>
      <Icon name="search" size={15} />
      <input
        ref={box}
        type="search"
        title="/"
        aria-label="Search memories"
        placeholder="Search memories"
        spellCheck={false}
        value={words}
        onChange={(event) => onWords(event.target.value)}
        onKeyDown={(event) => event.key === "Escape" && onWords("")}
      />
    </search>
  );
}

/** `undefined`: none of them is shown. */
function KindTabs({ kind, onKind }: { kind: Kind | null | undefined; onKind: (kind: Kind | null) => void }) {
  return (
    <div className={styles.tabs} role="tablist" aria-label="Kinds of memory">
      {[null, ...KINDS].map((each) => (
        <KindTab key={each} kind={each} isChosen={each === kind} onChoose={() => onKind(each)} />
      ))}
    </div>
  );
}

function KindTab({
  kind,
  isChosen,
  onChoose,
}: {
  kind: Kind | null;
  isChosen: boolean;
  onChoose: () => void;
}) {
  const total = useEngine({ request: "memories", kind, text: null, offset: 0, limit: 1 }).data?.total;
  return (
    <button
      type="button"
      role="tab"
      aria-selected={isChosen}
      title={kind ? KIND_WORDS[kind].about : "All but the vault's secrets"}
      onClick={onChoose}
    >
      {kind ? KIND_WORDS[kind].name : "All"}
      {total !== undefined && <small>{total.toLocaleString()}</small>}
    </button>
  );
}
