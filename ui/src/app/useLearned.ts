import { useEffect, useRef } from "react";
import type { Change } from "../lib/bindings";
import { useAct, useTransport } from "../lib/engine";
import { useToast } from "../lib/toast";

/** Says what was learned from a chat, with a way to take it back. What was learned from the screen is many, and is not told one by one. */
export function useLearned() {
  const transport = useTransport();
  const toast = useToast();
  const { mutate: forget } = useAct<"delete_memory">();
  const latest = useRef({ toast, forget });
  useEffect(() => {
    latest.current = { toast, forget };
  });
  useEffect(
    () =>
      transport.listen((event) => {
        const learned = event.event === "memories_changed" ? learnedIn(event.changes) : undefined;
        if (!learned) return;
        const run = () => latest.current.forget({ request: "delete_memory", id: learned.id });
        latest.current.toast({ text: `Learned: ${learned.after.title}`, action: { label: "Undo", run } });
      }),
    [transport],
  );
}

/** The newest memory that was made from a chat. */
export const learnedIn = (changes: Change[]): Change | undefined =>
  changes.findLast(({ before, after, author }) => !before && author.by === "mind" && after.trust === "chat");
