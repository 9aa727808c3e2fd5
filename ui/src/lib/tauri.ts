import { Channel, convertFileSrc, invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import type { AnswerPart, Response, Strength } from "./bindings";
import type { Answered, EngineEvent, Key, Profile, Theme, Transport } from "./transport";

const passphraseOf = (key: Key) => (key.by === "passphrase" ? key.passphrase : null);
const codeOf = (key: Key) => (key.by === "recovery" ? key.code : null);

/** The transport of the desktop window: the commands of `src-tauri/src/commands.rs`. */
export function tauriTransport(): Transport {
  let asked = 0;
  return {
    call: (request) => invoke<Response>("call", { request }),
    ask(request, onPart) {
      const key = ++asked;
      const parts = new Channel<AnswerPart>(onPart);
      return {
        done: invoke<Answered>("ask", { key, request, parts }),
        stop: () => void invoke("stop", { key }),
      };
    },
    listen(listener) {
      const stopped = listen<EngineEvent>("engine", ({ payload }) => listener(payload));
      return () => void stopped.then((stop) => stop());
    },
    profile: () => invoke<Profile>("profile"),
    createProfile: (key) => invoke<string | null>("create_profile", { passphrase: passphraseOf(key) }),
    unlock: (key) => invoke("unlock", { passphrase: passphraseOf(key), recovery: codeOf(key) }),
    chooseProfile: (name) => invoke("choose_profile", { name }),
    strength: (passphrase) => invoke<Strength>("strength", { passphrase }),
    pictureUrl: (id, size) => convertFileSrc(`${id}/${size}`, "frame").replaceAll("%2F", "/"),
    preferences: {
      theme: () => invoke<Theme>("theme"),
      setTheme: (theme) => invoke("set_theme", { theme }),
    },
  };
}
