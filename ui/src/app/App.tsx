import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Loading } from "../components/Empty";
import { Toasts } from "../components/Toasts";
import { Lock } from "../features/welcome/Lock";
import { Welcome } from "../features/welcome/Welcome";
import { WriteDown } from "../features/welcome/WriteDown";
import { TransportProvider } from "../lib/engine";
import { SessionProvider } from "../lib/session";
import { ThemeProvider, useThemeChoice } from "../lib/theme";
import type { Transport } from "../lib/transport";
import { Home } from "./Home";
import { useProfile } from "./useProfile";

const makeClient = () =>
  new QueryClient({
    defaultOptions: {
      // The engine says when something changed; until then what was loaded holds.
      queries: {
        staleTime: Number.POSITIVE_INFINITY,
        retry: false,
        refetchOnWindowFocus: false,
        networkMode: "always",
      },
      mutations: { networkMode: "always" },
    },
  });

/** The whole window. */
export function App({ transport }: { transport: Transport }) {
  const [client] = useState(makeClient);
  const theme = useThemeChoice(transport);
  useEffect(forgetDroppedFiles, []);
  return (
    <TransportProvider value={transport}>
      <QueryClientProvider client={client}>
        <ThemeProvider value={theme}>
          <Gate transport={transport} client={client} />
        </ThemeProvider>
      </QueryClientProvider>
    </TransportProvider>
  );
}

/** Shows the surfaces only while the profile is open. */
function Gate({ transport, client }: { transport: Transport; client: QueryClient }) {
  const { profile, failure, check } = useProfile(transport, client);
  // Held here, because the profile is open as soon as it is made.
  const [code, setCode] = useState<string | null>(null);
  const made = (code: string | null) => {
    setCode(code);
    check();
  };
  if (code) return <WriteDown code={code} onDone={() => setCode(null)} />;
  if (!profile) return failure ? <Lock reason={failure} onOpened={check} /> : <Loading what="Starting" />;
  if (!profile.exists) return <Welcome profile={profile} onMade={made} />;
  if (!profile.unlocked)
    return <Lock key={profile.home} profile={profile} reason={failure} onOpened={check} />;
  return (
    <SessionProvider value={{ check }}>
      {/* What they say and can undo belongs to the open profile, and goes when it is locked. */}
      <Toasts>
        <Home />
      </Toasts>
    </SessionProvider>
  );
}

/** A file dropped on the window would otherwise be opened in its place. */
function forgetDroppedFiles() {
  const refuse = (event: DragEvent) => event.preventDefault();
  window.addEventListener("dragover", refuse);
  window.addEventListener("drop", refuse);
  return () => {
    window.removeEventListener("dragover", refuse);
    window.removeEventListener("drop", refuse);
  };
}
