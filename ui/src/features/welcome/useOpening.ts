import { useState } from "react";
import type { Failure } from "../../lib/bindings";
import { type Key, toFailure } from "../../lib/transport";

/** Opens or makes the profile, and says how that goes. */
export function useOpening<T>(act: (key: Key) => Promise<T>, onOpened: (outcome: T) => void) {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | undefined>();
  const open = (key: Key) => {
    setBusy(true);
    setFailure(undefined);
    act(key)
      .then(onOpened, (thrown) => setFailure(toFailure(thrown)))
      .finally(() => setBusy(false));
  };
  return { open, busy, failure };
}
