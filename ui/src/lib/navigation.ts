import { createContext, use } from "react";
import type { FrameId, MemoryId, Rect } from "./bindings";

export type Surface = "chat" | "timeline" | "memories" | "privacy" | "settings";

/** Where to go. Features open one another only through this. */
export type Place =
  | { surface: "chat"; question?: string }
  | { surface: "timeline"; frame?: FrameId; boxes?: Rect[] }
  | { surface: "memories"; memory?: MemoryId }
  | { surface: "privacy" }
  | { surface: "settings" };

/** Goes to a place; `back` returns to the one before. */
export interface Navigation {
  place: Place;
  go(place: Place): void;
  back: (() => void) | null;
}

const NavigationContext = createContext<Navigation>({ place: { surface: "chat" }, go: () => {}, back: null });
export const NavigationProvider = NavigationContext;
export const useNavigation = () => use(NavigationContext);
