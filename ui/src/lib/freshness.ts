import type { QueryClient } from "@tanstack/react-query";
import type { Request, Response, TimelineFrame } from "./bindings";
import type { EngineEvent } from "./transport";

type Name = Request["request"];

const MEMORY_VIEWS: Name[] = ["memories", "memory", "history", "graph", "search", "days", "quarantine"];
/** What the user does to memories also changes what there is to tidy up; what thinking does is looked at the next time. */
const AFTER_EDIT: Name[] = [...MEMORY_VIEWS, "upkeep"];

/** What each request makes stale. */
const AFTER_REQUEST: Partial<Record<Name, Name[]>> = {
  ask: ["threads", "turns"],
  rename_thread: ["threads"],
  delete_thread: ["threads", "turns"],
  add_memory: AFTER_EDIT,
  edit_memory: AFTER_EDIT,
  delete_memory: AFTER_EDIT,
  undo_memory: AFTER_EDIT,
  run_upkeep: AFTER_EDIT,
  apply_upkeep: AFTER_EDIT,
  dismiss_upkeep: ["upkeep"],
  decide: AFTER_EDIT,
  set_settings: ["settings", "models", "apps", "capture_preview", "status"],
  consent: ["status", "capture_preview"],
  set_passphrase: ["ways"],
  tie_passphrase: ["ways"],
  add_keychain: ["ways"],
  remove_way: ["ways"],
  renew_recovery: ["ways"],
  add_client: ["clients"],
  revoke_client: ["clients", "access_log"],
  back_up: ["backups"],
  drill_backup: ["backups", "status"],
};

/** What each event of the engine makes stale. */
const AFTER_EVENT: Partial<Record<EngineEvent["event"], Name[]>> = {
  frame_kept: ["days", "apps"],
  searchable: ["search"],
  memories_changed: MEMORY_VIEWS,
  client_limited: ["clients", "access_log"],
};

/** Loads again what a request has changed. */
export function markStaleAfter(client: QueryClient, request: Name) {
  if (request === "forget") void client.invalidateQueries();
  else markStale(client, AFTER_REQUEST[request] ?? []);
}

/** Takes over what an event tells, and loads again what it made stale. */
export function markStaleOn(client: QueryClient, event: EngineEvent) {
  switch (event.event) {
    case "status":
      return client.setQueryData(["status", { request: "status" }], {
        response: "status",
        status: event.status,
      });
    case "settings_changed":
      client.setQueryData(["settings", { request: "settings" }], {
        response: "settings",
        settings: event.settings,
      });
      return markStale(client, ["models", "apps", "capture_preview"]);
    case "frame_kept":
      appendFrame(client, event.frame);
      return markStale(client, AFTER_EVENT.frame_kept ?? []);
    case "forgotten":
    case "restarted":
      return void client.invalidateQueries();
    case "locking":
    case "gone":
      return client.clear();
    default:
      return markStale(client, AFTER_EVENT[event.event] ?? []);
  }
}

type Timeline = Extract<Response, { response: "timeline" }>;

/** Puts a frame at the end of the spans that hold it: a day is too long to be loaded again for each. */
function appendFrame(client: QueryClient, frame: TimelineFrame) {
  for (const query of client.getQueryCache().findAll({ queryKey: ["timeline"] })) {
    const { range } = query.queryKey[1] as Extract<Request, { request: "timeline" }>;
    if (frame.at < range.from || frame.at >= range.to) continue;
    client.setQueryData<Timeline>(query.queryKey, (held) => held && withFrame(held, frame));
  }
}

/** A timeline with one more frame; one that it has already changes nothing. */
export function withFrame(held: Timeline, frame: TimelineFrame): Timeline {
  if (held.frames.some(({ id }) => id === frame.id)) return held;
  const frames = [...held.frames, frame].sort((a, b) => a.at - b.at);
  return { ...held, frames, total: held.total + 1 };
}

function markStale(client: QueryClient, names: Name[]) {
  for (const name of names) void client.invalidateQueries({ queryKey: [name] });
}
