import { createContext, use, useEffect, useState } from "react";
import type { Theme, Transport } from "./transport";

export interface ThemeChoice {
  theme: Theme;
  choose(theme: Theme): void;
}

const ThemeContext = createContext<ThemeChoice>({ theme: "system", choose: () => {} });
export const ThemeProvider = ThemeContext;
export const useTheme = () => use(ThemeContext);

const DARK = "(prefers-color-scheme: dark)";

/** The chosen look, kept by the shell and applied to the page. */
export function useThemeChoice(transport: Transport): ThemeChoice {
  const [theme, setTheme] = useState<Theme>("system");
  useEffect(() => {
    transport.preferences.theme().then(setTheme, () => {});
  }, [transport]);
  useEffect(() => applyTheme(theme), [theme]);
  return {
    theme,
    choose(chosen) {
      setTheme(chosen);
      transport.preferences.setTheme(chosen).catch(() => {});
    },
  };
}

function applyTheme(theme: Theme) {
  const system = window.matchMedia(DARK);
  const apply = () => {
    const isDark = theme === "dark" || (theme === "system" && system.matches);
    document.documentElement.dataset.theme = isDark ? "dark" : "light";
  };
  apply();
  system.addEventListener("change", apply);
  return () => system.removeEventListener("change", apply);
}
