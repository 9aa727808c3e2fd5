import { useState } from "react";
import { Button } from "../../components/Button";
import { Card } from "../../components/Card";
import { Field, inputClass } from "../../components/Field";
import { ForgetDialog } from "../../components/ForgetDialog";
import type { Forget } from "../../lib/bindings";
import { type Clock, useClock } from "../../lib/clock";
import { useEngine } from "../../lib/engine";
import { ForgetAll } from "./ForgetAll";
import styles from "./Privacy.module.css";

interface Wish {
  name: string;
  what: Forget;
}

const MINUTE = 60_000;

const SPANS: [string, string, (now: number, clock: Clock) => number][] = [
  ["Last 5 minutes", "the last 5 minutes", (now) => now - 5 * MINUTE],
  ["Last hour", "the last hour", (now) => now - 60 * MINUTE],
  ["Last 24 hours", "the last 24 hours", (now) => now - 24 * 60 * MINUTE],
  ["Today", "today", startOfDay],
];

/** Removes what was seen, said and learned, for good. */
export function ForgetCard() {
  const clock = useClock();
  const [wish, setWish] = useState<Wish | null>(null);
  const [isAll, setAll] = useState(false);
  const forgetSince = (name: string, from: number, now: number) =>
    setWish({ name, what: { what: "time", range: { from, to: now } } });
  return (
    <Card
      title="Forget"
      about="You see what would go before anything does. A receipt says afterwards what went; it holds no content."
    >
      <div className={styles.buttons}>
        {SPANS.map(([label, name, since]) => (
          <Button
            key={label}
            onClick={() => {
              const now = Date.now();
              forgetSince(name, since(now, clock), now);
            }}
          >
            {label}
          </Button>
        ))}
      </div>
      <ForgetApp onWish={setWish} />
      <ForgetNamed onWish={setWish} />
      <div>
        <Button look="danger" icon="trash" onClick={() => setAll(true)}>
          Forget everything…
        </Button>
      </div>
      {wish && <ForgetDialog {...wish} onClose={() => setWish(null)} />}
      {isAll && <ForgetAll onClose={() => setAll(false)} />}
    </Card>
  );
}

function ForgetApp({ onWish }: { onWish: (wish: Wish) => void }) {
  const apps = useEngine({ request: "apps" }).data?.apps ?? [];
  const [app, setApp] = useState("");
  return (
    <div className={styles.forgetApp}>
      <Field label="All that comes from one app">
        {(id) => (
          <select id={id} className={inputClass} value={app} onChange={(event) => setApp(event.target.value)}>
            <option value="">Choose an app</option>
            {apps.map((seen) => (
              <option key={seen.app}>{seen.app}</option>
            ))}
          </select>
        )}
      </Field>
      <Button
        disabled={app === ""}
        onClick={() => onWish({ name: `all of ${app}`, what: { what: "app", app } })}
      >
        Forget this app
      </Button>
    </div>
  );
}

const NAMED = {
  site: { label: "site", hint: "bank.example", what: (site: string): Forget => ({ what: "site", site }) },
  person: { label: "person", hint: "Anna Meier", what: (name: string): Forget => ({ what: "person", name }) },
  words: {
    label: "word or phrase",
    hint: "diagnosis",
    what: (words: string): Forget => ({ what: "words", words }),
  },
};
type By = keyof typeof NAMED;

function ForgetNamed({ onWish }: { onWish: (wish: Wish) => void }) {
  const [by, setBy] = useState<By>("site");
  const [text, setText] = useState("");
  const { label, hint, what } = NAMED[by];
  const wish = () => onWish({ name: `the ${label} “${text.trim()}”`, what: what(text.trim()) });
  return (
    <form
      className={styles.forgetApp}
      onSubmit={(event) => {
        event.preventDefault();
        wish();
      }}
    >
      <Field label="All that concerns a">
        {(id) => (
          <select
            id={id}
            className={inputClass}
            value={by}
            onChange={(event) => setBy(event.target.value as By)}
          >
            {Object.entries(NAMED).map(([key, { label }]) => (
              <option key={key} value={key}>
                {label}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field label={`Which ${label}`}>
        {(id) => (
          <input
            id={id}
            className={inputClass}
            placeholder={hint}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        )}
      </Field>
      <Button type="submit" disabled={text.trim().length < 2}>
        Forget this {label}
      </Button>
    </form>
  );
}

/** Midnight before a moment: a second-by-second search is not needed, days begin on a minute. */
function startOfDay(now: number, clock: Clock): number {
  const today = clock.date(now);
  let [early, late] = [now - 26 * 60 * MINUTE, now];
  while (late - early > 500) {
    const middle = (early + late) / 2;
    if (clock.date(middle) === today) late = middle;
    else early = middle;
  }
  return Math.round(late / MINUTE) * MINUTE;
}
