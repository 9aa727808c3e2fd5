import { type QueryClient, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, use } from "react";
import type { Failure, Request, Response } from "./bindings";
import { markStaleAfter } from "./freshness";
import type { Transport } from "./transport";

/** Which response each request gets. */
export interface ReplyTo {
  status: "status";
  consent: "status";
  pause: "status";
  resume: "status";
  lock: "done";
  search: "evidence";
  threads: "threads";
  turns: "turns";
  rename_thread: "done";
  delete_thread: "done";
  memories: "memories";
  memory: "memory";
  add_memory: "memory";
  edit_memory: "memory";
  delete_memory: "done";
  undo_memory: "memory";
  history: "history";
  graph: "graph";
  upkeep: "upkeep";
  run_upkeep: "upkeep";
  apply_upkeep: "upkeep";
  dismiss_upkeep: "upkeep";
  quarantine: "quarantine";
  decide: "done";
  reveal_secret: "secret";
  timeline: "timeline";
  days: "days";
  frame: "frame";
  observation: "observation";
  forget_preview: "forget_preview";
  forget: "forgotten";
  receipts: "receipts";
  settings: "settings";
  set_settings: "settings";
  capture_preview: "capture_preview";
  apps: "apps";
  storage: "storage";
  models: "models";
  ways: "ways";
  set_passphrase: "ways";
  tie_passphrase: "ways";
  renew_recovery: "recovery_code";
  add_keychain: "ways";
  remove_way: "ways";
  open_vault: "done";
  clients: "clients";
  add_client: "client_token";
  revoke_client: "clients";
  access_log: "access_log";
  backups: "backups";
  back_up: "backups";
  drill_backup: "backups";
  write_archive: "archived";
}

export type Name = keyof ReplyTo;
export type RequestOf<N extends Name> = Extract<Request, { request: N }>;
export type ReplyOf<N extends Name> = Extract<Response, { response: ReplyTo[N] }>;

const TransportContext = createContext<Transport | null>(null);

/** Gives the components below it the way to the engine. */
export const TransportProvider = TransportContext;

/** The way to the engine. */
export function useTransport(): Transport {
  const transport = use(TransportContext);
  if (!transport) throw new Error("no transport above this component");
  return transport;
}

/** Sends a request and gives its reply. */
export async function send<N extends Name>(transport: Transport, request: RequestOf<N>): Promise<ReplyOf<N>> {
  return (await transport.call(request)) as ReplyOf<N>;
}

/** What a request answers, kept fresh by {@link ./freshness}. `null` asks nothing. */
export function useEngine<N extends Name>(
  request: RequestOf<N> | null,
  options: { refetchInterval?: number; keepPrevious?: boolean } = {},
) {
  const transport = useTransport();
  return useQuery<ReplyOf<N>, Failure>({
    queryKey: request ? keyOf(request) : ["nothing"],
    queryFn: () => send<N>(transport, request as RequestOf<N>),
    enabled: request !== null,
    refetchInterval: options.refetchInterval,
    placeholderData: options.keepPrevious ? (previous) => previous : undefined,
  });
}

const keyOf = (request: Request) => [request.request, request];

/** Something the user does. What it makes stale is loaded again. */
export function useAct<N extends Name>(onDone?: (reply: ReplyOf<N>, request: RequestOf<N>) => void) {
  const transport = useTransport();
  const client = useQueryClient();
  return useMutation<ReplyOf<N>, Failure, RequestOf<N>>({
    mutationFn: (request) => send<N>(transport, request),
    onSuccess: (reply, request) => {
      keepStatus(client, reply);
      markStaleAfter(client, (request as Request).request);
      onDone?.(reply, request);
    },
  });
}

function keepStatus(client: QueryClient, reply: Response) {
  if (reply.response === "status") client.setQueryData(["status", { request: "status" }], reply);
}
