import type { Code } from "./bindings";
import type { Place } from "./navigation";

/** The button that goes with a failure. */
export type Remedy =
  | { do: "retry"; label: string }
  | { do: "unlock"; label: string }
  | { do: "go"; label: string; place: Place };

/** What the user can press when something failed with this code. */
export function remedyFor(code: Code): Remedy | null {
  switch (code) {
    case "locked":
    case "protocol":
      return { do: "unlock", label: "Go to the lock screen" };
    case "model_missing":
    case "model_corrupt":
    case "model_unsupported":
    case "out_of_memory":
      return { do: "go", label: "Choose a model", place: { surface: "settings" } };
    case "no_consent":
    case "cannot_enforce":
    case "no_display":
      return { do: "go", label: "Open privacy", place: { surface: "privacy" } };
    case "disk_full":
      return { do: "go", label: "See what takes space", place: { surface: "privacy" } };
    case "not_admitted":
    case "out_of_scope":
    case "over_budget":
      return { do: "go", label: "See who may read", place: { surface: "privacy" } };
    case "conflict":
      return { do: "retry", label: "Load again" };
    case "already_running":
    case "timeout":
    case "internal":
      return { do: "retry", label: "Try again" };
    default:
      return null;
  }
}
