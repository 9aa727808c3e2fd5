import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { Answer, Evidence, Failure, Filter, ThreadId } from "../../lib/bindings";
import { useTransport } from "../../lib/engine";
import { markStaleAfter } from "../../lib/freshness";
import { type Answered, type Asking, toFailure } from "../../lib/transport";
import { begun, type Draft, withPart } from "./draft";

/** A question and what came of it, in this sitting. */
export interface Exchange {
  id: number;
  question: string;
  at: number;
  /** While it streams. */
  draft: Draft | null;
  answer: Answer | null;
  evidence: Evidence | null;
  failure: Failure | null;
}

interface Options {
  thread: ThreadId | null;
  temporary: boolean;
  onStarted: (thread: ThreadId) => void;
}

const EVERYTHING: Filter = { scope: "everything", kinds: [], apps: [], details: [] };

/** The questions asked in this sitting and their answers as they come. */
export function useAsking({ thread, temporary, onStarted }: Options) {
  const transport = useTransport();
  const client = useQueryClient();
  const [exchanges, setExchanges] = useState<Exchange[]>([]);
  const asking = useRef<Asking | null>(null);
  const count = useRef(0);
  // A new conversation gets its id with its first answer; a temporary one has no other place for it.
  const current = useRef(thread);
  // Leaving the conversation does not stop the answer: it is kept and found again in the thread.
  useEffect(() => () => void (temporary && asking.current?.stop()), [temporary]);

  const ask = (question: string) => {
    const id = ++count.current;
    const change = (by: (exchange: Exchange) => Exchange) =>
      setExchanges((all) => all.map((exchange) => (exchange.id === id ? by(exchange) : exchange)));
    setExchanges((all) => [...all, started(id, question)]);
    const sent = transport.ask(
      { request: "ask", thread: current.current, text: question, filter: EVERYTHING, temporary },
      (part) => change((exchange) => ({ ...exchange, draft: withPart(exchange.draft ?? begun, part) })),
    );
    asking.current = sent;
    sent.done
      .then(
        (answered) => {
          change((exchange) => finished(exchange, answered));
          if (current.current === null && !temporary) onStarted(answered.thread);
          current.current = answered.thread;
        },
        (thrown) => change((exchange) => ({ ...exchange, draft: null, failure: toFailure(thrown) })),
      )
      .finally(() => {
        if (asking.current === sent) asking.current = null;
        // A question is kept even when its answer failed.
        if (!temporary) markStaleAfter(client, "ask");
      });
  };

  const drop = (id: number) => setExchanges((all) => all.filter((exchange) => exchange.id !== id));
  const busy = exchanges.some((exchange) => exchange.draft !== null);
  return { exchanges, ask, drop, busy, stop: () => asking.current?.stop() };
}

const started = (id: number, question: string): Exchange => ({
  id,
  question,
  at: Date.now(),
  draft: begun,
  answer: null,
  evidence: null,
  failure: null,
});

const finished = (exchange: Exchange, { answer, evidence }: Answered): Exchange => ({
  ...exchange,
  draft: null,
  answer,
  evidence,
});
