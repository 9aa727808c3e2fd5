// The engine's protocol. Made from crates/engine/src/api.rs; do not edit.
// To make it anew: cargo xtask types

/** Raised when the protocol changes in a way that confuses older clients. */
export const PROTOCOL = 1;

/**
 * One line of the access log: what one program asked for on one day. It holds numbers and names of requests, never content.
 */
export type AccessLine = { 
/**
 * Midnight of the day, UTC.
 */
day: Timestamp, 
/**
 * The client; `None` for a program of the owner's own.
 */
client: ClientId | null, 
/**
 * What it is called.
 */
reader: string, 
/**
 * The request's name, as in the protocol.
 */
request: string, 
/**
 * How often it was asked for.
 */
asked: number, 
/**
 * How often it was refused.
 */
refused: number, 
/**
 * Memories, texts, pictures and turns that were handed out.
 */
items: number, 
/**
 * When first that day.
 */
first: Timestamp, 
/**
 * When last that day.
 */
last: Timestamp, };

/**
 * An answer with its citations.
 */
export type Answer = { 
/**
 * Markdown. Citations stand in it as `[1]`, `[2]`, … = index into `citations` plus one.
 */
text: string, 
/**
 * What it rests on; every one was retrieved for this question.
 */
citations: Array<Citation>, 
/**
 * How sure, 0 to 1.
 */
confidence: number, 
/**
 * True when memory held nothing on the question, and the text says so.
 */
abstained: boolean, 
/**
 * True when the user stopped it.
 */
stopped: boolean, };

/**
 * A part of a streamed answer.
 */
export type AnswerPart = { "part": "step", 
/**
 * E.g. `Searching your memory`.
 */
label: string, } | { "part": "evidence", 
/**
 * Ranked; citation numbers count these from 1.
 */
evidence: Evidence, } | { "part": "text", 
/**
 * To be appended.
 */
text: string, };

/**
 * An app that was seen.
 */
export type AppSeen = { 
/**
 * Its name.
 */
app: string, 
/**
 * When last.
 */
last_seen: Timestamp, 
/**
 * Observations in the last seven days.
 */
observations_week: number, 
/**
 * Whether a rule excludes it now.
 */
excluded: boolean, };

/**
 * An archive that was written and read back.
 */
export type Archived = { 
/**
 * Of the file without the vault.
 */
bytes: number, 
/**
 * Memories in it, without the vault's.
 */
memories: number, 
/**
 * Pictures in it.
 */
pictures: number, 
/**
 * Entries of the vault in its own file; none without one.
 */
secrets: number | null, };

/**
 * Who asked for an edit; kept in the history.
 */
export type Author = { "by": "user" } | { "by": "mind", 
/**
 * The job.
 */
job: JobId, } | { "by": "upkeep" } | { "by": "client", 
/**
 * Which.
 */
client: ClientId, };

/**
 * A verified copy of the database in the profile folder.
 */
export type Backup = { 
/**
 * By which it is restored.
 */
name: string, 
/**
 * When it was made.
 */
at: Timestamp, 
/**
 * Its size.
 */
bytes: number, };

/**
 * What only one kind has.
 */
export type Body = { "kind": "core", 
/**
 * Which block.
 */
block: CoreBlock, } | { "kind": "episodic", 
/**
 * Who did it: `user`, `assistant`, or a name.
 */
actor: string, 
/**
 * Short type, e.g. `reading`, `conversation`, `edit`.
 */
event_type: string, 
/**
 * When it ended, if it lasted.
 */
until: Timestamp | null, } | { "kind": "semantic", 
/**
 * What it is about, e.g. a person or project.
 */
subject: string, 
/**
 * Where it was learned, in words: a site, an app, a person.
 */
learned_from: string, } | { "kind": "procedural", 
/**
 * Workflow, guide or script.
 */
entry_type: ProcedureType, 
/**
 * In order.
 */
steps: Array<string>, } | { "kind": "resource", 
/**
 * E.g. `web page`, `file`, `pdf`.
 */
resource_type: string, 
/**
 * Address or path.
 */
locator: string | null, 
/**
 * Its text as far as it was seen.
 */
content: string, } | { "kind": "vault", 
/**
 * E.g. `password`, `api key`.
 */
entry_type: string, 
/**
 * How much harm its loss would do.
 */
sensitivity: Sensitivity, 
/**
 * The secret itself: empty everywhere but on its way in and in an explicit reveal.
 */
secret: string, };

/**
 * A request and the number by which its replies are told apart.
 */
export type Call = { 
/**
 * Chosen by the client, unique on its connection.
 */
id: number, 
/**
 * What is asked.
 */
request: Request, };

/**
 * What capture does. Honest: `capturing` only when looks arrive.
 */
export type CaptureState = { "state": "no_consent" } | { "state": "capturing" } | { "state": "filtered", 
/**
 * Which rule.
 */
reason: string, } | { "state": "paused", 
/**
 * `None`: until resumed.
 */
until: Timestamp | null, } | { "state": "idle" } | { "state": "blocked", 
/**
 * What is wrong.
 */
code: Code, 
/**
 * In words, with the remedy.
 */
message: string, } | { "state": "stalled", 
/**
 * Since when.
 */
since: Timestamp, };

/**
 * What an applied edit did: the memory before and after.
 */
export type Change = { 
/**
 * The memory concerned.
 */
id: MemoryId, 
/**
 * As it was; `None` when it is new.
 */
before: Memory | null, 
/**
 * As it is.
 */
after: Memory, 
/**
 * Who asked.
 */
author: Author, 
/**
 * When it was applied.
 */
at: Timestamp, };

/**
 * One thing an answer rests on.
 */
export type Citation = { 
/**
 * The memory, when a memory was used.
 */
memory: MemoryId | null, 
/**
 * The observation: the one used, or the first source of the memory.
 */
observation: ObservationId | null, 
/**
 * The picture behind the observation.
 */
frame: FrameId | null, 
/**
 * Where the words stand on the picture.
 */
boxes: Array<Rect>, 
/**
 * The words relied on, in the text of [`crate::Found::text`].
 */
span: Span | null, 
/**
 * One line for the chip, e.g. the title or the first words.
 */
label: string, 
/**
 * App it was seen in, or `chat`, or the import's source name.
 */
app: string, 
/**
 * When it was seen, said or happened.
 */
at: Timestamp, };

/**
 * A program the owner lets in.
 */
export type Client = { 
/**
 * Its identity.
 */
id: ClientId, 
/**
 * What the owner calls it.
 */
name: string, 
/**
 * What it may do.
 */
grant: Grant, 
/**
 * When it was let in.
 */
made_at: Timestamp, 
/**
 * Its token opens nothing from then on.
 */
expires_at: Timestamp, 
/**
 * When it last asked for something.
 */
last_used: Timestamp | null, 
/**
 * When the owner took its token back.
 */
revoked_at: Timestamp | null, };

/**
 * A program that is not ours and was let in.
 */
export type ClientId = string;

/**
 * A client, and how much it reads.
 */
export type ClientUse = { 
/**
 * The client.
 */
client: Client, 
/**
 * Items it was handed since midnight UTC.
 */
items_today: number, 
/**
 * Items it may still be handed now.
 */
items_left: number, };

/**
 * Every different thing a client would do about a failure. `docs/errors.md` explains each.
 */
export type Code = "locked" | "no_profile" | "profile_exists" | "wrong_passphrase" | "wrong_recovery" | "too_many_attempts" | "vault_closed" | "weak_passphrase" | "no_keychain" | "already_running" | "not_admitted" | "out_of_scope" | "over_budget" | "bad_request" | "not_found" | "conflict" | "no_consent" | "no_display" | "cannot_enforce" | "bad_image" | "too_large" | "model_missing" | "model_corrupt" | "model_unsupported" | "out_of_memory" | "disk_full" | "disk_failed" | "database_corrupt" | "newer_database" | "bad_archive" | "timeout" | "protocol" | "internal";

/**
 * The blocks of Core memory.
 */
export type CoreBlock = "human" | "persona" | "custom";

/**
 * A day that holds something.
 */
export type Day = { 
/**
 * `2026-11-20`, in the user's time zone.
 */
date: string, 
/**
 * Its span.
 */
range: TimeRange, 
/**
 * Frames kept.
 */
frames: number, 
/**
 * Memories that happened or were learned.
 */
memories: number, };

/**
 * A kind of personal detail.
 */
export type Detail = "name" | "email" | "phone" | "address" | "document" | "account";

/**
 * Where a model runs.
 */
export type Device = "fastest" | "cpu";

/**
 * How the last trial to restore a backup went.
 */
export type Drill = { 
/**
 * When it was made.
 */
at: Timestamp, 
/**
 * When the backup was made that was tried.
 */
of: Timestamp, 
/**
 * Why it could not be restored; none when it could.
 */
fault: string | null, };

/**
 * Somebody or something that memories are about.
 */
export type EntityId = string;

/**
 * What an entity is.
 */
export type EntityKind = "person" | "project" | "place" | "organisation" | "thing";

/**
 * What is told to subscribers.
 */
export type Event = { "event": "status", 
/**
 * As it is now.
 */
status: Status, } | { "event": "frame_kept", 
/**
 * Where it stands on the timeline.
 */
frame: TimelineFrame, } | { "event": "searchable", 
/**
 * Which.
 */
observations: Array<ObservationId>, } | { "event": "memories_changed", 
/**
 * How.
 */
changes: Array<Change>, } | { "event": "forgotten", 
/**
 * The proof.
 */
receipt: Receipt, } | { "event": "settings_changed", 
/**
 * As they are now.
 */
settings: Settings, } | { "event": "client_limited", 
/**
 * Which.
 */
client: ClientId, 
/**
 * What it is called.
 */
name: string, 
/**
 * When it may read on.
 */
until: Timestamp, } | { "event": "locking" };

/**
 * What was found for a query, best first.
 */
export type Evidence = { 
/**
 * Ranked items.
 */
items: Array<EvidenceItem>, 
/**
 * The span of time the question was understood to mean, if any.
 */
time: TimeRange | null, 
/**
 * How sure that the answer is among the items, 0 to 1.
 */
confidence: number, };

/**
 * One found thing.
 */
export type EvidenceItem = { 
/**
 * What.
 */
found: Found, 
/**
 * Its score; only the order within one result means something.
 */
score: number, 
/**
 * How it ranked by words, 1 = first; `None` when words did not find it.
 */
word_rank: number | null, 
/**
 * How it ranked by meaning, 1 = first; `None` when vectors did not find it.
 */
meaning_rank: number | null, 
/**
 * The parts of its text that hold words of the query, for marking and for boxes on the picture.
 */
hits: Array<Span>, 
/**
 * Who says it: the site, the app, the speaker. Told to programs that are not ours, so that they can say so too.
 */
from?: string, };

/**
 * Why a request was not done, and what to do about it.
 */
export type Failure = { 
/**
 * What the client switches on.
 */
code: Code, 
/**
 * What went wrong and how to mend it, for people. Never holds captured content.
 */
message: string, };

/**
 * Narrows what may be found. Empty lists mean everything.
 */
export type Filter = { 
/**
 * Memories, observations, or both.
 */
scope: Scope, 
/**
 * Only memories of these kinds. Does not touch observations.
 */
kinds: Array<Kind>, 
/**
 * Only from these apps. A memory is from the apps of its sources.
 */
apps: Array<string>, 
/**
 * Only what was seen or happened in this span.
 */
time?: TimeRange, 
/**
 * Only what holds personal details of one of these kinds.
 */
details: Array<Detail>, };

/**
 * What to forget.
 */
export type Forget = { "what": "time", 
/**
 * Which span.
 */
range: TimeRange, } | { "what": "app", 
/**
 * Its name.
 */
app: string, } | { "what": "site", 
/**
 * Its host, e.g. `bank.example`.
 */
site: string, } | { "what": "person", 
/**
 * The name as it stands there; at least two letters.
 */
name: string, } | { "what": "words", 
/**
 * At least three letters or digits.
 */
words: string, } | { "what": "title", 
/**
 * The whole title, `*` for any part, without case, as in [`Settings::excluded_titles`].
 */
title: string, } | { "what": "details", 
/**
 * Which kind.
 */
detail: Detail, } | { "what": "memory", 
/**
 * Which.
 */
id: MemoryId, } | { "what": "observation", 
/**
 * Which.
 */
id: ObservationId, } | { "what": "frame", 
/**
 * Which.
 */
id: FrameId, } | { "what": "all" };

/**
 * How much is or would be removed.
 */
export type ForgetCounts = { 
/**
 * Pictures.
 */
frames: number, 
/**
 * Pieces of text.
 */
observations: number, 
/**
 * Memories that go for good.
 */
memories: number, 
/**
 * Memories of the user's own hand that keep their words and lose these sources.
 */
memories_kept: number, 
/**
 * Memories that are derived anew from the sources they have left.
 */
memories_anew: number, 
/**
 * Chat turns.
 */
turns: number, };

/**
 * A memory or an observation.
 */
export type Found = { "type": "memory", 
/**
 * The memory.
 */
memory: Memory, } | { "type": "observation", 
/**
 * The observation.
 */
observation: Observation, };

/**
 * One picture of one monitor.
 */
export type FrameId = string;

/**
 * The text of one window on a frame.
 */
export type FrameText = { 
/**
 * The observation it is.
 */
observation: ObservationId, 
/**
 * Program.
 */
app: string, 
/**
 * Title.
 */
title: string, 
/**
 * Address, if recognised.
 */
url: string | null, 
/**
 * The text.
 */
text: string, 
/**
 * Where its words stand.
 */
words: Array<Word>, 
/**
 * Kinds of personal details in it, as far as it was looked at.
 */
details: Array<Detail>, };

/**
 * A frame for viewing.
 */
export type FrameView = { 
/**
 * Which.
 */
id: FrameId, 
/**
 * When.
 */
at: Timestamp, 
/**
 * The monitor.
 */
monitor: string, 
/**
 * Pixels a row.
 */
width: number, 
/**
 * Rows.
 */
height: number, 
/**
 * Windows on it, front first.
 */
windows: Array<Window>, 
/**
 * What was painted over.
 */
masks: Array<Mask>, 
/**
 * One a window that had text.
 */
texts: Array<FrameText>, 
/**
 * The frame kept before it on this monitor.
 */
previous: FrameId | null, 
/**
 * The frame kept after it on this monitor.
 */
next: FrameId | null, };

/**
 * A span without frames.
 */
export type Gap = { 
/**
 * When.
 */
range: TimeRange, 
/**
 * Why.
 */
reason: GapReason, 
/**
 * Frames that were shed, for [`GapReason::Overload`].
 */
count: number, };

/**
 * Why there are no frames.
 */
export type GapReason = "paused" | "locked" | "excluded" | "idle" | "blocked" | "overload" | "forgotten";

/**
 * What a client may do. What is not named here it may not: no settings, no forgetting, no export, no keys, no vault, no clients.
 */
export type Grant = { 
/**
 * Memories of these kinds may be read. The vault never.
 */
kinds: Array<Kind>, 
/**
 * The texts themselves may be read too: windows, chat turns, imported lines.
 */
observations: boolean, 
/**
 * Only what is at least so trusted.
 */
min_trust: Trust, 
/**
 * Only what was seen, said or happened in the last so many days; `None`: of any age.
 */
max_age_days: number | null, 
/**
 * Nothing of these apps, by name, whatever the case of its Latin letters, and nothing that rests on them.
 */
apps_left_out: Array<string>, 
/**
 * It may hand in memories, with the trust of a client.
 */
propose: boolean, 
/**
 * It may hand in turns of its own conversations.
 */
chat: boolean, };

/**
 * Whom and what memories name, and what joins them.
 */
export type Graph = { 
/**
 * The one asked for first, then those most joined to it; or those named most.
 */
nodes: Array<GraphNode>, 
/**
 * Between those nodes.
 */
edges: Array<GraphEdge>, 
/**
 * The memories that name the one asked for, newest first, at most 50.
 */
memories: Array<Memory>, };

/**
 * What joins two of them.
 */
export type GraphEdge = { 
/**
 * One.
 */
from: EntityId, 
/**
 * The other.
 */
to: EntityId, 
/**
 * What the one says of the other, e.g. `works at`; empty where they are only named together.
 */
label: string, 
/**
 * How many memories and observations say so.
 */
count: number, 
/**
 * When one last did.
 */
last_seen: Timestamp, };

/**
 * Somebody or something that memories name.
 */
export type GraphNode = { 
/**
 * Which.
 */
id: EntityId, 
/**
 * Its longest known name; `You` for the user.
 */
name: string, 
/**
 * What it is.
 */
kind: EntityKind, 
/**
 * How many memories and observations name it.
 */
count: number, 
/**
 * When one last did.
 */
last_seen: Timestamp, };

/**
 * A passphrase or a recovery code on its way: wiped when dropped, never printed.
 */
export type Hidden = string;

/**
 * How large a picture is wanted.
 */
export type ImageSize = "thumbnail" | "full";

/**
 * One line to store.
 */
export type IngestItem = { 
/**
 * The caller's id; the same id is never stored twice.
 */
id: string, 
/**
 * Conversation or document.
 */
thread: string, 
/**
 * When it was said.
 */
at: Timestamp, 
/**
 * Kind of source, e.g. `chat`.
 */
source: string, 
/**
 * Who spoke.
 */
speaker: string, 
/**
 * The words.
 */
text: string, };

/**
 * One unit of background work.
 */
export type JobId = string;

/**
 * The six kinds of the MIRIX scheme.
 */
export type Kind = "core" | "episodic" | "semantic" | "procedural" | "resource" | "vault";

/**
 * How hard it is to keep up with the screen. Each level also gives up what those before it do; what the user does is never given up.
 */
export type Load = "normal" | "stricter" | "slower" | "narrower" | "full";

/**
 * A file to be written and the passphrase it will open with.
 */
export type LockedFile = { 
/**
 * A whole path at which there is nothing yet.
 */
path: string, 
/**
 * Its own: not the profile's.
 */
passphrase: Hidden, };

/**
 * A part of the picture painted over before anybody could read it.
 */
export type Mask = { 
/**
 * Where, relative to the picture.
 */
bounds: Rect, 
/**
 * Why, in words for the user, e.g. `private window`.
 */
reason: string, };

/**
 * A stored memory.
 */
export type Memory = { 
/**
 * Its identity, kept over all its versions.
 */
id: MemoryId, 
/**
 * Active, superseded or deleted.
 */
state: MemoryState, 
/**
 * When it stopped to hold, for superseded ones.
 */
valid_to: Timestamp | null, 
/**
 * The memory that took its place.
 */
superseded_by: MemoryId | null, 
/**
 * 1 when made, one more with each edit.
 */
version: number, 
/**
 * When it was first stored.
 */
created_at: Timestamp, 
/**
 * When it was last changed.
 */
updated_at: Timestamp, 
/**
 * Whether the user pinned it.
 */
pinned: boolean, 
/**
 * How often it was used in an answer.
 */
access_count: number, 
/**
 * One line: the event's summary, the concept's name, the document's title, the secret's caption.
 */
title: string, 
/**
 * A few sentences: details. May be empty. Never a secret.
 */
details: string, 
/**
 * What only this kind has.
 */
body: Body, 
/**
 * Path in the tree view, outermost first, e.g. `["work", "atlas"]`.
 */
tree_path: Array<string>, 
/**
 * Free labels.
 */
tags: Array<string>, 
/**
 * What supports it. Empty only for memories the user typed.
 */
sources: Array<Source>, 
/**
 * The lowest trust of the sources; [`Trust::User`] when typed.
 */
trust: Trust, 
/**
 * How sure, 0 to 1.
 */
confidence: number, 
/**
 * When it happened (episodic) or since when it is known to hold.
 */
valid_from: Timestamp, };

/**
 * One typed memory.
 */
export type MemoryId = string;

/**
 * Where a memory is in its life.
 */
export type MemoryState = "active" | "superseded" | "deleted" | "waiting";

/**
 * One line from the engine.
 */
export type Message = { "message": "reply", 
/**
 * The call's number.
 */
id: number, 
/**
 * What came of it.
 */
result: { Ok : Response } | { Err : Failure }, } | { "message": "progress", 
/**
 * The call's number.
 */
id: number, 
/**
 * The part.
 */
part: AnswerPart, } | { "message": "event", 
/**
 * What.
 */
event: Event, };

/**
 * A model that is known.
 */
export type ModelChoice = { 
/**
 * Manifest id or path.
 */
id: string, 
/**
 * For people.
 */
name: string, 
/**
 * Size of its files.
 */
bytes: number, 
/**
 * What it does; only those that chat can be chosen.
 */
role: ModelRole, 
/**
 * Licence, SPDX where there is one.
 */
licence: string, 
/**
 * Whether its files are here.
 */
present: boolean, 
/**
 * Whether it is the one in use.
 */
chosen: boolean, };

/**
 * What a model does.
 */
export type ModelRole = "chat" | "embedder" | "ocr" | "classifier";

/**
 * The chat model's state.
 */
export type ModelState = { "state": "loading", 
/**
 * Its id.
 */
id: string, } | { "state": "ready", 
/**
 * Its id.
 */
id: string, 
/**
 * Where it runs, in words, e.g. `processor (AVX2), 2 threads`.
 */
device: string, } | { "state": "unavailable", 
/**
 * What is wrong.
 */
code: Code, 
/**
 * In words, with the remedy.
 */
message: string, };

/**
 * What would be recorded of one monitor now.
 */
export type MonitorPreview = { 
/**
 * The monitor.
 */
monitor: string, 
/**
 * The masked picture, small: JPEG, base64.
 */
image: string, 
/**
 * Its size before it was made small.
 */
width: number, 
/**
 * Its size before it was made small.
 */
height: number, 
/**
 * What would be read.
 */
windows: Array<Window>, 
/**
 * What is painted over, and why.
 */
masks: Array<Mask>, };

/**
 * What a memory says before it is stored: everything but its identity and history.
 */
export type NewMemory = { 
/**
 * One line: the event's summary, the concept's name, the document's title, the secret's caption.
 */
title: string, 
/**
 * A few sentences: details. May be empty. Never a secret.
 */
details: string, 
/**
 * What only this kind has.
 */
body: Body, 
/**
 * Path in the tree view, outermost first, e.g. `["work", "atlas"]`.
 */
tree_path: Array<string>, 
/**
 * Free labels.
 */
tags: Array<string>, 
/**
 * What supports it. Empty only for memories the user typed.
 */
sources: Array<Source>, 
/**
 * The lowest trust of the sources; [`Trust::User`] when typed.
 */
trust: Trust, 
/**
 * How sure, 0 to 1.
 */
confidence: number, 
/**
 * When it happened (episodic) or since when it is known to hold.
 */
valid_from: Timestamp, };

/**
 * One redacted piece of text, seen in one window at one moment, said in one turn, or imported.
 */
export type Observation = { 
/**
 * Made by the caller.
 */
id: ObservationId, 
/**
 * When it was seen or said.
 */
at: Timestamp, 
/**
 * Where it comes from.
 */
origin: Origin, 
/**
 * The text, secrets already replaced.
 */
text: string, 
/**
 * Words and where they stand on the picture; only for [`Origin::Screen`].
 */
words: Array<Word>, 
/**
 * The parts of `text` that the last observation of the same window did not have. Only these are thought about.
 */
fresh: Array<Span>, 
/**
 * Who said it.
 */
trust: Trust, 
/**
 * The caller's own name for it (an imported line's id); makes importing twice harmless.
 */
external_id: string | null, 
/**
 * How many secrets were replaced.
 */
redactions: number, };

/**
 * One redacted piece of text somebody saw, typed or imported.
 */
export type ObservationId = string;

/**
 * What opens a profile.
 */
export type Opening = { "by": "passphrase", 
/**
 * The passphrase.
 */
passphrase: Hidden, } | { "by": "recovery", 
/**
 * The code, however it is typed.
 */
code: Hidden, } | { "by": "keychain" };

/**
 * Where an observation comes from.
 */
export type Origin = { "from": "screen", 
/**
 * The picture it was read from.
 */
frame: FrameId, 
/**
 * Program.
 */
app: string, 
/**
 * Window title.
 */
title: string, 
/**
 * Address shown in the window, if one was recognised.
 */
url: string | null, 
/**
 * Where the window was on the picture.
 */
bounds: Rect, } | { "from": "chat", 
/**
 * The conversation.
 */
thread: ThreadId, 
/**
 * True when the user spoke, false when the assistant did.
 */
by_user: boolean, } | { "from": "import", 
/**
 * Conversation or document it belongs to.
 */
thread: string, 
/**
 * Kind of source as the file names it, e.g. `chat`, `sms`.
 */
source: string, 
/**
 * Who spoke.
 */
speaker: string, };

/**
 * Fields to change; `None` leaves a field as it is.
 */
export type Patch = { 
/**
 * New title.
 */
title?: string, 
/**
 * New details.
 */
details?: string, 
/**
 * New body; must be of the same kind.
 */
body?: Body, 
/**
 * New tree path.
 */
tree_path?: Array<string>, 
/**
 * New tags.
 */
tags?: Array<string>, 
/**
 * Pin or unpin.
 */
pinned?: boolean, 
/**
 * Sources to add to those it has.
 */
more_sources: Array<Source>, };

/**
 * Kinds of procedure.
 */
export type ProcedureType = "workflow" | "guide" | "script";

/**
 * The proof that something was forgotten.
 */
export type Receipt = { 
/**
 * Its identity.
 */
id: ReceiptId, 
/**
 * When it was done.
 */
at: Timestamp, 
/**
 * What was asked, in words without content.
 */
what: string, 
/**
 * How much went.
 */
counts: ForgetCounts, };

/**
 * The proof that something was forgotten.
 */
export type ReceiptId = string;

/**
 * A rectangle in pixels. `x` and `y` may be negative: windows hang over screen edges.
 */
export type Rect = { 
/**
 * Left edge.
 */
x: number, 
/**
 * Top edge.
 */
y: number, 
/**
 * Width; 0 is empty.
 */
width: number, 
/**
 * Height; 0 is empty.
 */
height: number, };

/**
 * Everything a client can ask.
 */
export type Request = { "request": "hello", 
/**
 * The client's name, shown in the access log.
 */
client: string, 
/**
 * The client's [`PROTOCOL`].
 */
protocol: number, 
/**
 * The token by which the owner lets a program in that is not one of Afterimage's own. One of these that names a token may from
 * then on do only what the token allows.
 */
token?: Hidden, } | { "request": "status" } | { "request": "subscribe" } | { "request": "consent", 
/**
 * Yes or no.
 */
granted: boolean, } | { "request": "pause", 
/**
 * `None`: until resumed.
 */
seconds: number | null, } | { "request": "resume" } | { "request": "lock" } | { "request": "ingest", 
/**
 * At most 1,000 at a time.
 */
items: Array<IngestItem>, } | { "request": "ingest_image", 
/**
 * PNG, JPEG or WebP file, base64.
 */
image: string, 
/**
 * When it was seen.
 */
at: Timestamp, 
/**
 * The program it shows.
 */
app: string, 
/**
 * The window's title.
 */
title: string, } | { "request": "settle", 
/**
 * Give up after this long.
 */
seconds: number, } | { "request": "search", 
/**
 * The words; times in them ("last week") narrow the search.
 */
text: string, 
/**
 * What may be found.
 */
filter: Filter, 
/**
 * At most 200.
 */
limit: number, 
/**
 * When the question is asked; `None` means now. Lets old questions be asked at their time.
 */
at: Timestamp | null, } | { "request": "ask", 
/**
 * The conversation; `None` starts one.
 */
thread: ThreadId | null, 
/**
 * The question, at most 16,000 characters.
 */
text: string, 
/**
 * What may be used.
 */
filter: Filter, 
/**
 * A temporary chat: nothing of it is kept.
 */
temporary: boolean, 
/**
 * When the question is asked, in a temporary chat; otherwise now. Lets old questions be asked at their time.
 */
at?: Timestamp, } | { "request": "stop", 
/**
 * The number of the [`Request::Ask`] call.
 */
call: number, } | { "request": "threads" } | { "request": "turns", 
/**
 * Which.
 */
thread: ThreadId, } | { "request": "rename_thread", 
/**
 * Which.
 */
thread: ThreadId, 
/**
 * Its new name.
 */
title: string, } | { "request": "delete_thread", 
/**
 * Which.
 */
thread: ThreadId, } | { "request": "memories", 
/**
 * Of one kind, or of all.
 */
kind: Kind | null, 
/**
 * With these words, or all.
 */
text: string | null, 
/**
 * How many to pass over.
 */
offset: number, 
/**
 * At most 200.
 */
limit: number, } | { "request": "memory", 
/**
 * Which.
 */
id: MemoryId, } | { "request": "add_memory", 
/**
 * What it says.
 */
memory: NewMemory, } | { "request": "edit_memory", 
/**
 * Which.
 */
id: MemoryId, 
/**
 * What changes.
 */
patch: Patch, } | { "request": "delete_memory", 
/**
 * Which.
 */
id: MemoryId, } | { "request": "undo_memory", 
/**
 * Which.
 */
id: MemoryId, } | { "request": "history", 
/**
 * Which.
 */
id: MemoryId, } | { "request": "graph", 
/**
 * Around the one of this name, in any case, with its memories; `None` for those named most.
 */
around: string | null, 
/**
 * At most so many, and at most 100.
 */
limit: number, } | { "request": "reveal_secret", 
/**
 * Which.
 */
id: MemoryId, } | { "request": "upkeep" } | { "request": "run_upkeep" } | { "request": "apply_upkeep", 
/**
 * Which; `None`: all there are.
 */
id: string | null, } | { "request": "dismiss_upkeep", 
/**
 * Which.
 */
id: string, } | { "request": "quarantine", 
/**
 * How many to pass over.
 */
offset: number, 
/**
 * At most 200.
 */
limit: number, } | { "request": "decide", 
/**
 * Which; at most 200.
 */
ids: Array<MemoryId>, 
/**
 * Yes: from now on they are the user's own.
 */
keep: boolean, } | { "request": "timeline", 
/**
 * Which span.
 */
range: TimeRange, 
/**
 * At most this many frames, thinned evenly when there are more.
 */
limit: number, } | { "request": "days" } | { "request": "frame", 
/**
 * Which.
 */
id: FrameId, } | { "request": "frame_image", 
/**
 * Which.
 */
id: FrameId, 
/**
 * Small or whole.
 */
size: ImageSize, } | { "request": "observation", 
/**
 * Which.
 */
id: ObservationId, } | { "request": "forget_preview", 
/**
 * What to forget.
 */
what: Forget, } | { "request": "forget", 
/**
 * What to forget.
 */
what: Forget, } | { "request": "receipts" } | { "request": "back_up" } | { "request": "backups" } | { "request": "drill_backup" } | { "request": "write_archive", 
/**
 * The one without the vault.
 */
file: LockedFile, 
/**
 * The one with the vault.
 */
vault: LockedFile | null, } | { "request": "settings" } | { "request": "set_settings", 
/**
 * All of them.
 */
settings: Settings, } | { "request": "capture_preview" } | { "request": "apps" } | { "request": "storage" } | { "request": "models" } | { "request": "ways" } | { "request": "set_passphrase", 
/**
 * What opens the profile now.
 */
by: Opening, 
/**
 * The new one.
 */
passphrase: Hidden, 
/**
 * As in [`Request::TiePassphrase`]; nothing: as the one before was.
 */
tied?: boolean, } | { "request": "tie_passphrase", 
/**
 * The passphrase there is.
 */
passphrase: Hidden, 
/**
 * Tied or not.
 */
tied: boolean, } | { "request": "renew_recovery", 
/**
 * What opens the profile now.
 */
by: Opening, } | { "request": "add_keychain", 
/**
 * What opens the profile now.
 */
by: Opening, } | { "request": "remove_way", 
/**
 * What opens the profile now.
 */
by: Opening, 
/**
 * Which.
 */
way: Way, } | { "request": "open_vault", 
/**
 * The passphrase or the recovery code; the keychain does not open it.
 */
by: Opening, } | { "request": "clients" } | { "request": "add_client", 
/**
 * What it is called.
 */
name: string, 
/**
 * What it may do.
 */
grant: Grant, 
/**
 * For so many days, at most 365.
 */
days: number, } | { "request": "revoke_client", 
/**
 * Which.
 */
id: ClientId, } | { "request": "access_log", 
/**
 * In the last so many days, today included; at most 90 are kept.
 */
days: number, };

/**
 * What came of a request.
 */
export type Response = { "response": "hello", 
/**
 * The engine's [`PROTOCOL`].
 */
protocol: number, 
/**
 * The engine's version.
 */
version: string, 
/**
 * The client whose token was named.
 */
client?: Client, } | { "response": "done" } | { "response": "status", 
/**
 * The state.
 */
status: Status, } | { "response": "ingested", 
/**
 * One for each item, in order; a known item has the observation it made then. An image gives one for each window with text.
 */
observations: Array<ObservationId>, 
/**
 * How many were known already.
 */
known: number, } | { "response": "evidence", 
/**
 * Ranked.
 */
evidence: Evidence, } | { "response": "answered", 
/**
 * The conversation it belongs to.
 */
thread: ThreadId, 
/**
 * The answer.
 */
answer: Answer, 
/**
 * Everything that was given to the model.
 */
evidence: Evidence, } | { "response": "threads", 
/**
 * Newest first.
 */
threads: Array<Thread>, } | { "response": "turns", 
/**
 * Oldest first.
 */
turns: Array<Turn>, } | { "response": "memories", 
/**
 * This page.
 */
memories: Array<Memory>, 
/**
 * How many there are in all.
 */
total: number, 
/**
 * Who says each of them; told to programs that are not ours.
 */
from?: Array<string>, } | { "response": "memory", 
/**
 * The memory.
 */
memory: Memory, 
/**
 * The observations behind it that still exist.
 */
sources: Array<Observation>, 
/**
 * Kinds of personal details in it, as far as it was looked at.
 */
details: Array<Detail>, } | { "response": "history", 
/**
 * Newest first.
 */
changes: Array<Change>, } | { "response": "graph", 
/**
 * All of it.
 */
graph: Graph, } | { "response": "upkeep", 
/**
 * What waits for nobody first. No memory is in two of them.
 */
suggestions: Array<Suggestion>, 
/**
 * What was done last; `None` before the first time.
 */
last: UpkeepRun | null, } | { "response": "quarantine", 
/**
 * Newest first, each with where it was seen.
 */
waiting: Array<Waiting>, 
/**
 * How many wait in all.
 */
total: number, } | { "response": "secret", 
/**
 * In clear; show it and let it go.
 */
secret: string, } | { "response": "timeline", 
/**
 * Oldest first.
 */
frames: Array<TimelineFrame>, 
/**
 * Spans without frames, and why.
 */
gaps: Array<Gap>, 
/**
 * How many frames there are in the span, before thinning.
 */
total: number, } | { "response": "days", 
/**
 * Newest first.
 */
days: Array<Day>, } | { "response": "frame", 
/**
 * The frame.
 */
frame: FrameView, } | { "response": "image", 
/**
 * E.g. `image/webp`.
 */
mime: string, 
/**
 * The file, base64.
 */
data: string, } | { "response": "observation", 
/**
 * The observation.
 */
observation: Observation, 
/**
 * Kinds of personal details in it, as far as it was looked at.
 */
details: Array<Detail>, } | { "response": "forget_preview", 
/**
 * How much.
 */
counts: ForgetCounts, 
/**
 * Titles of memories that would go, at most 20.
 */
examples: Array<string>, } | { "response": "forgotten", 
/**
 * The proof.
 */
receipt: Receipt, } | { "response": "receipts", 
/**
 * Newest first.
 */
receipts: Array<Receipt>, } | { "response": "backups", 
/**
 * Oldest first.
 */
backups: Array<Backup>, 
/**
 * When one was last tried to be restored.
 */
last_drill: Drill | null, } | { "response": "archived", 
/**
 * What is in it.
 */
archived: Archived, } | { "response": "settings", 
/**
 * All of them.
 */
settings: Settings, } | { "response": "capture_preview", 
/**
 * One a monitor.
 */
monitors: Array<MonitorPreview>, } | { "response": "apps", 
/**
 * Most seen first.
 */
apps: Array<AppSeen>, } | { "response": "storage", 
/**
 * By layer.
 */
storage: Storage, } | { "response": "models", 
/**
 * All known ones.
 */
models: Array<ModelChoice>, } | { "response": "ways", 
/**
 * In the order of [`Way`].
 */
ways: Array<Way>, 
/**
 * What a guess of the passphrase takes of memory, in KiB; 0 without a passphrase.
 */
guess_kib: number, 
/**
 * Whether the passphrase opens only with this computer's keychain.
 */
tied: boolean, } | { "response": "clients", 
/**
 * Newest first; those that ended stay for 90 days.
 */
clients: Array<ClientUse>, } | { "response": "client_token", 
/**
 * Which.
 */
client: Client, 
/**
 * It is kept nowhere: show it once and let it go.
 */
token: Hidden, } | { "response": "access_log", 
/**
 * The newest day first.
 */
lines: Array<AccessLine>, } | { "response": "recovery_code", 
/**
 * Nine groups of four.
 */
code: Hidden, };

/**
 * What a search looks through.
 */
export type Scope = "everything" | "memories" | "observations";

/**
 * How much harm a vault entry's loss would do.
 */
export type Sensitivity = "low" | "medium" | "high";

/**
 * What the user can set. Unknown fields are refused; missing ones keep their defaults.
 */
export type Settings = { 
/**
 * Programs whose windows are painted over; matched without case, whole name or `*` patterns.
 */
excluded_apps: Array<string>, 
/**
 * Windows whose title matches are painted over; `*` patterns, without case.
 */
excluded_titles: Array<string>, 
/**
 * Sites whose pages are neither read nor kept, by host, e.g. `bank.example`, with those below it; `*` patterns, without case.
 */
excluded_sites: Array<string>, 
/**
 * Personal details of these kinds are replaced in what is read off the screen, and painted over. None: they are kept, and marked.
 */
hide_details: Array<Detail>, 
/**
 * Paint over private browser windows.
 */
exclude_private_windows: boolean, 
/**
 * Shortest time between two looks at the screen, in milliseconds (1,000 to 60,000).
 */
interval_ms: number, 
/**
 * Stop looking after nobody touched the machine for this long, in seconds; 0 = never.
 */
idle_after_s: number, 
/**
 * Keep pictures for this many days; 0 = for ever.
 */
keep_pictures_days: number, 
/**
 * Think about what was seen in the background. Off: capture and search only.
 */
absorb: boolean, 
/**
 * Id of the chat and memory model: a manifest's id, or a path to a GGUF file.
 */
model: string, 
/**
 * Where the model runs: `fastest` or `cpu`.
 */
device: Device, 
/**
 * Most tokens of evidence in a prompt (200 to 4,000).
 */
evidence_tokens: number, 
/**
 * IANA name; empty = the system's.
 */
time_zone: string, 
/**
 * Lock after nobody used the machine for this long, in minutes; 0 = never.
 */
lock_after_min: number, 
/**
 * Memories that were not used for this many days count less in searches; 0 = never. Use makes it longer.
 */
fade_after_days: number, 
/**
 * Memories that were not used for this many days are let go, after they were shown for a week; 0 = never.
 */
expire_after_days: number, 
/**
 * Keep verified copies of the database: of the last 24 hours, 7 days and 4 weeks one each.
 */
backups: boolean, 
/**
 * Other days for a kind of memory or an app: `name=FADE/EXPIRE`, e.g. `episodic=90/365` or `firefox=30/0`. The first that fits counts.
 */
fading: Array<string>, };

/**
 * What supports a memory: words of one observation.
 */
export type Source = { 
/**
 * The observation.
 */
observation: ObservationId, 
/**
 * The words in its text.
 */
span: Span, };

/**
 * A byte range of a text: `start` inside, `end` outside, both on character boundaries.
 */
export type Span = { 
/**
 * First byte.
 */
start: number, 
/**
 * First byte after.
 */
end: number, };

/**
 * How things stand.
 */
export type Status = { 
/**
 * What capture does.
 */
capture: CaptureState, 
/**
 * Whether the user agreed to be watched.
 */
consent: boolean, 
/**
 * When the last frame was looked at, kept or not.
 */
last_look: Timestamp | null, 
/**
 * When the last frame was kept.
 */
last_frame: Timestamp | null, 
/**
 * Frames kept since midnight.
 */
frames_today: number, 
/**
 * Memories that hold now.
 */
memories: number, 
/**
 * Observations waiting to be thought about.
 */
waiting: number, 
/**
 * Background jobs that failed for good and wait for the user.
 */
failed_jobs: number, 
/**
 * The chat model in use, or why there is none.
 */
model: ModelState, 
/**
 * The model that finds personal details, or why there is none; without it nothing is marked.
 */
details: ModelState, 
/**
 * Secrets replaced since midnight.
 */
redacted_today: number, 
/**
 * How hard it is to keep up, and what is given up for it.
 */
load: Load, 
/**
 * Frames passed over for that since the engine started; the timeline has them as gaps.
 */
passed_over: number, 
/**
 * What was found damaged when the profile was opened and what came of it, in sentences for people.
 */
damage: Array<string>, 
/**
 * When a backup was last tried to be restored, and how that went.
 */
last_drill: Drill | null, 
/**
 * The profile folder.
 */
home: string, 
/**
 * The engine's version.
 */
version: string, 
/**
 * The engine's process id.
 */
pid: number, };

/**
 * Bytes on disk by layer.
 */
export type Storage = { 
/**
 * Pictures.
 */
pictures: number, 
/**
 * The database: text, memories, search index, vectors.
 */
database: number, 
/**
 * Vectors inside the database.
 */
vectors: number, 
/**
 * The sealed snapshot of the vector index.
 */
index: number, 
/**
 * Waiting to be stored.
 */
spool: number, 
/**
 * Model files.
 */
models: number, 
/**
 * Log files.
 */
logs: number, 
/**
 * Left on the disk.
 */
free: number, };

/**
 * How hard a passphrase is to guess. Estimated without a profile or an engine, in a few milliseconds.
 */
export type Strength = { 
/**
 * 0 (at once) to 4 (not in a lifetime).
 */
score: number, 
/**
 * Whether it is taken as a new passphrase.
 */
is_enough: boolean, 
/**
 * What is weak about it and what would help, for people; empty where there is nothing to say.
 */
advice: string, };

/**
 * A memory before and after.
 */
export type SuggestedChange = { 
/**
 * As it is; `None` when it would be new.
 */
before: Memory | null, 
/**
 * As it would be; a new one has no id yet.
 */
after: Memory, };

/**
 * One thing to tidy up in memory.
 */
export type Suggestion = { 
/**
 * Its identity: the same as long as the same is suggested.
 */
id: string, 
/**
 * Why.
 */
reason: SuggestionReason, 
/**
 * Why, for people.
 */
words: string, 
/**
 * Whom or what it waits for.
 */
waits: SuggestionWait, 
/**
 * What it would change, one entry a memory.
 */
changes: Array<SuggestedChange>, };

/**
 * Why something is suggested.
 */
export type SuggestionReason = "duplicate" | "near_duplicate" | "conflict" | "note" | "block" | "expiry" | "procedure" | "preference";

/**
 * Whom or what a suggestion waits for.
 */
export type SuggestionWait = { "for": "idle" } | { "for": "moment", 
/**
 * Not before.
 */
at: Timestamp, } | { "for": "yes" };

/**
 * A conversation.
 */
export type Thread = { 
/**
 * Its identity.
 */
id: ThreadId, 
/**
 * Its name.
 */
title: string, 
/**
 * When it began.
 */
created_at: Timestamp, 
/**
 * When the last turn was made.
 */
updated_at: Timestamp, };

/**
 * One conversation in the assistant chat.
 */
export type ThreadId = string;

/**
 * A half-open span of time: `from` belongs to it, `to` does not.
 */
export type TimeRange = { 
/**
 * First moment inside.
 */
from: Timestamp, 
/**
 * First moment after.
 */
to: Timestamp, };

/**
 * One frame on the timeline.
 */
export type TimelineFrame = { 
/**
 * Which.
 */
id: FrameId, 
/**
 * When.
 */
at: Timestamp, 
/**
 * The app in front.
 */
app: string, 
/**
 * Its title.
 */
title: string, 
/**
 * The monitor.
 */
monitor: string, };

/**
 * A moment: milliseconds since 1970-01-01T00:00:00Z.
 */
export type Timestamp = number;

/**
 * Who a text comes from, least trusted first. A derived memory has the lowest trust of its sources.
 */
export type Trust = "screen" | "own_window" | "client" | "chat" | "user";

/**
 * One turn of a conversation.
 */
export type Turn = { "role": "user", 
/**
 * As stored.
 */
observation: ObservationId, 
/**
 * When.
 */
at: Timestamp, 
/**
 * The words.
 */
text: string, } | { "role": "assistant", 
/**
 * As stored.
 */
observation: ObservationId, 
/**
 * When.
 */
at: Timestamp, 
/**
 * The answer with its citations.
 */
answer: Answer, };

/**
 * How many suggestions of a kind.
 */
export type UpkeepCount = { 
/**
 * Of which.
 */
reason: SuggestionReason, 
/**
 * How many.
 */
count: number, };

/**
 * What tidying up did.
 */
export type UpkeepRun = { 
/**
 * When it ended.
 */
at: Timestamp, 
/**
 * How many suggestions of each kind were applied.
 */
applied: Array<UpkeepCount>, 
/**
 * How many were left that wait for a moment or a yes.
 */
waiting: number, };

/**
 * A memory that waits for the user's yes.
 */
export type Waiting = { 
/**
 * What it would say.
 */
memory: Memory, 
/**
 * The observations behind it that still exist.
 */
sources: Array<Observation>, 
/**
 * Who says it: the site, the app, the file.
 */
from: string, };

/**
 * A way of opening a profile.
 */
export type Way = "passphrase" | "recovery" | "keychain";

/**
 * One window as the window system describes it.
 */
export type Window = { 
/**
 * Window system's number for it.
 */
handle: number, 
/**
 * Name of the program, e.g. `firefox`.
 */
app: string, 
/**
 * Its title, may be empty.
 */
title: string, 
/**
 * Process id, 0 when unknown.
 */
pid: number, 
/**
 * Bounds relative to the picture, in pixels.
 */
bounds: Rect, 
/**
 * Whether it has the keyboard.
 */
focused: boolean, };

/**
 * One word on a picture.
 */
export type Word = { 
/**
 * Where it stands in the observation's text.
 */
span: Span, 
/**
 * Where it stands on the picture, in pixels.
 */
bounds: Rect, };
