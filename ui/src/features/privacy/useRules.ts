import type { Settings } from "../../lib/bindings";
import { useAct, useEngine } from "../../lib/engine";

/** The settings, and a way to change a part of them at once. */
export function useRules() {
  const settings = useEngine({ request: "settings" });
  const set = useAct<"set_settings">();
  const current = settings.data?.settings;
  const change = (part: Partial<Settings>) =>
    current && set.mutate({ request: "set_settings", settings: { ...current, ...part } });
  return { settings: current, change, error: settings.error ?? set.error };
}
