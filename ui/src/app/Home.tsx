import { useEffect, useMemo, useState } from "react";
import { Chat } from "../features/chat/Chat";
import { Memories } from "../features/memories/Memories";
import { Privacy } from "../features/privacy/Privacy";
import { SettingsPage } from "../features/settings/SettingsPage";
import { Timeline } from "../features/timeline/Timeline";
import { Consent } from "../features/welcome/Consent";
import { ClockProvider, clockOf } from "../lib/clock";
import { useEngine } from "../lib/engine";
import { NavigationProvider, type Place, type Surface } from "../lib/navigation";
import styles from "./Home.module.css";
import { Notices } from "./Notices";
import { Rail } from "./Rail";
import { useHistory } from "./useHistory";
import { useLearned } from "./useLearned";
import { useLimits } from "./useLimits";

const SURFACES: Surface[] = ["chat", "timeline", "memories", "privacy"];

/** The four surfaces and the way between them. */
export function Home() {
  const navigation = useHistory({ surface: "chat" });
  const settings = useEngine({ request: "settings" });
  const status = useEngine({ request: "status" }, { refetchInterval: 5000 }).data?.status;
  const [askedForConsent, setAskedForConsent] = useState(false);
  const zone = settings.data?.settings.time_zone ?? "";
  const clock = useMemo(() => clockOf(zone), [zone]);
  useSurfaceKeys(navigation.go);
  useLearned();
  useLimits(navigation.go);

  if (status && !status.consent && !askedForConsent)
    return <Consent onDone={() => setAskedForConsent(true)} />;
  return (
    <ClockProvider value={clock}>
      <NavigationProvider value={navigation}>
        <div className={styles.home}>
          <Rail status={status} />
          <main className={styles.main}>
            <Notices status={status} />
            <Chat isShown={navigation.place.surface === "chat"} />
            <SurfaceOf place={navigation.place} />
          </main>
        </div>
      </NavigationProvider>
    </ClockProvider>
  );
}

/** The surface that is shown, but for the chat, which is always there. */
function SurfaceOf({ place }: { place: Place }) {
  switch (place.surface) {
    case "chat":
      return null;
    case "timeline":
      return <Timeline />;
    case "memories":
      return <Memories />;
    case "privacy":
      return <Privacy />;
    case "settings":
      return <SettingsPage />;
  }
}

/** Ctrl+1 … Ctrl+4 open the surfaces, Ctrl+, the settings. */
function useSurfaceKeys(go: (place: Place) => void) {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!event.ctrlKey && !event.metaKey) return;
      const surface = event.key === "," ? "settings" : SURFACES[Number(event.key) - 1];
      if (!surface) return;
      event.preventDefault();
      go({ surface });
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [go]);
}
