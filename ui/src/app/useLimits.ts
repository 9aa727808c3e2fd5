import { useEffect, useRef } from "react";
import { useTransport } from "../lib/engine";
import type { Place } from "../lib/navigation";
import { useToast } from "../lib/toast";

/** Says when another program has read as much as it may, with the way to where it can be shut out. */
export function useLimits(go: (place: Place) => void) {
  const transport = useTransport();
  const toast = useToast();
  const latest = useRef({ toast, go });
  useEffect(() => {
    latest.current = { toast, go };
  });
  useEffect(
    () =>
      transport.listen((event) => {
        if (event.event !== "client_limited") return;
        const run = () => latest.current.go({ surface: "privacy" });
        latest.current.toast({
          text: `${event.name} has read as much as it may for now.`,
          action: { label: "Who may read", run },
        });
      }),
    [transport],
  );
}
