import { createContext, use } from "react";

/** The open profile, as the window sees it. */
export interface Session {
  /** Looks again whether the profile is open; shows the lock screen when it is not. */
  check(): void;
}

const SessionContext = createContext<Session>({ check: () => {} });
export const SessionProvider = SessionContext;
export const useSession = () => use(SessionContext);
