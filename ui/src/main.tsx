import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "./app/tokens.css";
import "./app/base.css";
import { App } from "./app/App";
import { tauriTransport } from "./lib/tauri";
import type { Transport } from "./lib/transport";

declare global {
  interface Window {
    /** A page that drives the interface in tests puts its transport here before this script runs. */
    __transport?: Transport;
  }
}

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App transport={window.__transport ?? tauriTransport()} />
    </StrictMode>,
  );
}
