//! What can be typed after `afterimage`.

use crate::when::{Moment, Stretch};
use afterimage_engine::api::{
    Detail, FrameId, Kind, MemoryId, ObservationId, Scope, ThreadId, Trust, Way,
};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Remembers what passed over your screen and through your chats, on this machine only.
#[derive(Parser)]
#[command(name = "afterimage", version, propagate_version = true)]
pub struct Arguments {
    /// The profile folder (otherwise AFTERIMAGE_HOME, otherwise ~/.local/share/afterimage)
    #[arg(long, global = true, value_name = "DIR")]
    pub home: Option<PathBuf>,
    /// The profile of this name
    #[arg(long, global = true, value_name = "NAME", conflicts_with = "home")]
    pub profile: Option<String>,
    /// Print one JSON document
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Make a profile and unlock it
    Init(KeySource),
    /// Start the engine of a profile
    Unlock(Unlock),
    /// Flush everything and end the engine; nothing readable is left in memory
    Lock,
    /// The ways of opening the profile: list, add, change, take away
    #[command(subcommand)]
    Keys(Keys),
    /// Profiles with keys of their own
    #[command(subcommand)]
    Profile(Profiles),
    /// Programs that are not Afterimage's own: who may read, and who did
    #[command(subcommand)]
    Clients(Clients),
    /// Say how things stand
    Status,
    /// Look at the screen for a while and say what is kept
    Watch(Watch),
    /// Stop looking at the screen, for a time or until `resume`
    Pause(Pause),
    /// Look at the screen again
    Resume,
    /// Take in lines of text, or one picture
    Ingest(Ingest),
    /// Wait until everything taken in has been read, embedded and thought about
    Settle(Settle),
    /// Find memories and things seen
    Search(Search),
    /// Ask the assistant
    Ask(Ask),
    /// Look at memories and change them
    #[command(subcommand)]
    Memories(Memories),
    /// Show the people, projects and places of memory and what joins them
    Graph(Graph),
    /// Tidy memory up: what is kept twice, what no longer holds
    Upkeep(Upkeep),
    /// Memories that wait for your yes, because of where they come from
    Quarantine(Quarantine),
    /// Show what was on the screen
    Timeline(Timeline),
    /// Forget for good
    Forget(ForgetWhat),
    /// Proofs of what was forgotten
    Receipts,
    /// Write memories and conversations to a file that other programs can read; the vault stays out of it
    Export(Export),
    /// Everything in one file to take along, and a new profile out of it
    #[command(subcommand)]
    Archive(Archive),
    /// Copies of the database: make one, list them, try one, put one back
    #[command(subcommand)]
    Backup(Backup),
    /// Read or change settings
    #[command(subcommand)]
    Settings(Settings),
    /// Models that can be chosen
    Models,
    /// Bytes on disk
    Storage,
    /// Apps seen so far
    Apps,
    /// Answer a set of retrieval questions in throw-away profiles
    Eval(Eval),
    /// Measure this machine in a throw-away profile
    Bench(Bench),
}

#[derive(Subcommand)]
pub enum Clients {
    /// Who may read what, and how much was read
    List,
    /// Let a program read or hand in; its token is shown once
    Add(AddClient),
    /// Take a program's token back, by its name or id
    Revoke {
        /// Which
        client: String,
    },
    /// Who asked for what; no content
    Log {
        /// In the last so many days, today included
        #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=90))]
        days: u32,
    },
}

#[derive(Args)]
pub struct AddClient {
    /// What to call it
    pub name: String,
    /// Memories of this kind, several times for several kinds (otherwise episodic and semantic); never the vault
    #[arg(long = "kind", value_parser = kind)]
    pub kinds: Vec<Kind>,
    /// The texts themselves too: windows, turns, imported lines
    #[arg(long)]
    pub observations: bool,
    /// Only what is at least so trusted (otherwise own-window)
    #[arg(long, value_enum)]
    pub min_trust: Option<TrustName>,
    /// Only what is not older than so many days
    #[arg(long, value_name = "DAYS")]
    pub max_age: Option<u32>,
    /// Nothing of this app, nor what rests on it
    #[arg(long = "without-app", value_name = "APP")]
    pub without_apps: Vec<String>,
    /// It may hand in memories; what they may not become waits for your yes
    #[arg(long)]
    pub propose: bool,
    /// It may hand in turns of its conversations
    #[arg(long)]
    pub chat: bool,
    /// For so many days
    #[arg(long, default_value_t = 90)]
    pub days: u32,
}

/// Who said something, least trusted first.
#[derive(Clone, Copy, ValueEnum)]
pub enum TrustName {
    /// Anybody on a screen
    Screen,
    /// You, in another program's window
    OwnWindow,
    /// Another program, or an import
    Client,
    /// You, in a chat here
    Chat,
    /// You, typing a memory
    User,
}

impl From<TrustName> for Trust {
    fn from(name: TrustName) -> Self {
        match name {
            TrustName::Screen => Self::Screen,
            TrustName::OwnWindow => Self::OwnWindow,
            TrustName::Client => Self::Client,
            TrustName::Chat => Self::Chat,
            TrustName::User => Self::User,
        }
    }
}

#[derive(Args)]
pub struct Export {
    /// A new file, or `-` for standard output
    pub file: PathBuf,
    /// In which form
    #[arg(long = "as", value_enum, default_value_t = ExportAs::Json)]
    pub form: ExportAs,
}

/// The forms of an export.
#[derive(Clone, Copy, clap::ValueEnum)]
pub enum ExportAs {
    /// One document with every field
    Json,
    /// For reading
    Markdown,
}

#[derive(Subcommand)]
pub enum Archive {
    /// Write memories, conversations, history and pictures to a new file with a passphrase of its own
    Write(WriteArchive),
    /// Make the profile named by --profile of an archive; it gets a passphrase and a recovery code of its own
    Read(ReadArchive),
}

/// On standard input: the archive's passphrase, the one of the vault's file, what opens the vault.
#[derive(Args)]
pub struct WriteArchive {
    /// A new file
    pub file: PathBuf,
    /// Write the vault too, into this new file, with another passphrase
    #[arg(long, value_name = "FILE")]
    pub vault: Option<PathBuf>,
    #[command(flatten)]
    pub by: Proof,
}

/// On standard input: the archive's passphrase, the one of the vault's file, the new profile's.
#[derive(Args)]
pub struct ReadArchive {
    /// The archive
    pub file: PathBuf,
    /// The file with its vault
    #[arg(long, value_name = "FILE")]
    pub vault: Option<PathBuf>,
    #[command(flatten)]
    pub key: KeySource,
}

#[derive(Subcommand)]
pub enum Backup {
    /// Make one now
    Now,
    /// List them, oldest first
    List,
    /// Try to restore the newest one, beside the profile, and say how that went
    Drill,
    /// Lock, put one in the place of the database, and unlock; what was forgotten since stays forgotten
    Restore {
        /// Its name in the list
        name: String,
        #[command(flatten)]
        by: Proof,
    },
}

#[derive(Args, Default)]
pub struct KeySource {
    /// Read the passphrase (or the code, or the old and the new one) from lines of standard input
    #[arg(long, conflicts_with = "keychain")]
    pub passphrase_stdin: bool,
    /// Keep the key in the system's keychain instead of a passphrase
    #[arg(long)]
    pub keychain: bool,
}

#[derive(Subcommand)]
pub enum Keys {
    /// How the profile can be opened
    List,
    /// Set the passphrase, in the place of the one before
    Passphrase(SetPassphrase),
    /// Tie the passphrase to this computer's keychain: a copied key file cannot be guessed at any more, and without the keychain only the
    /// recovery code opens the profile
    Tie(KeySource),
    /// Let the passphrase open the profile by itself again
    Untie(KeySource),
    /// Say how hard a passphrase is to guess; nothing is kept of it
    Strength(KeySource),
    /// Draw a new recovery code and show it once; the one before opens nothing any more
    Recovery(Proof),
    /// Let the system's keychain open the profile, but not the vault
    Keychain(Proof),
    /// Take a way of opening the profile away; never the last
    Remove(Remove),
}

/// What opens the profile now: the passphrase, unless something else is said.
#[derive(Args, Default)]
pub struct Proof {
    #[command(flatten)]
    pub key: KeySource,
    /// Use the recovery code
    #[arg(long, conflicts_with = "keychain")]
    pub recovery: bool,
}

#[derive(Args)]
pub struct SetPassphrase {
    #[command(flatten)]
    pub by: Proof,
    /// Tie the new one to this computer's keychain
    #[arg(long)]
    pub tied: bool,
    /// Let the new one open the profile by itself, as on a computer without a keychain
    #[arg(long, conflicts_with = "tied")]
    pub untied: bool,
}

#[derive(Args)]
pub struct Remove {
    /// Which
    pub way: WayName,
    #[command(flatten)]
    pub by: Proof,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum WayName {
    Passphrase,
    Recovery,
    Keychain,
}

impl From<WayName> for Way {
    fn from(name: WayName) -> Self {
        match name {
            WayName::Passphrase => Self::Passphrase,
            WayName::Recovery => Self::Recovery,
            WayName::Keychain => Self::Keychain,
        }
    }
}

#[derive(Subcommand)]
pub enum Profiles {
    /// The profiles there are
    List,
    /// Make one and unlock it
    Create(CreateProfile),
    /// Mean this one from now on when none is named
    Switch {
        /// Its name
        name: String,
    },
}

#[derive(Args)]
pub struct CreateProfile {
    /// Its name: small letters, digits, hyphens
    pub name: String,
    #[command(flatten)]
    pub key: KeySource,
}

#[derive(Args)]
pub struct Reveal {
    /// Its id
    pub id: MemoryId,
    #[command(flatten)]
    pub by: Proof,
}

#[derive(Args)]
pub struct Unlock {
    #[command(flatten)]
    pub key: KeySource,
    /// Use the recovery code instead of the passphrase
    #[arg(long, conflicts_with = "keychain")]
    pub recovery: bool,
    /// Take a recorded session as the screen
    #[arg(long, value_name = "FILE")]
    pub replay: Option<PathBuf>,
}

#[derive(Args)]
pub struct Watch {
    /// For how long, e.g. 60s, 10m
    #[arg(long = "for", value_name = "DURATION", default_value = "60s")]
    pub duration: Stretch,
    /// Agree to the screen being watched (asked once for a profile)
    #[arg(long)]
    pub consent: bool,
}

#[derive(Args)]
pub struct Pause {
    /// For how long, e.g. 15m; without it until `resume`
    pub duration: Option<Stretch>,
}

#[derive(Args)]
pub struct Ingest {
    /// A file of lines {"id","thread","at","source","speaker","text"}; `-` is standard input
    #[arg(
        value_name = "FILE.jsonl",
        required_unless_present = "image",
        conflicts_with = "image"
    )]
    pub file: Option<PathBuf>,
    /// A picture to be read as if it had been on the screen (PNG, JPEG, WebP)
    #[arg(long, value_name = "FILE")]
    pub image: Option<PathBuf>,
    /// When it was seen, e.g. 2026-11-20T10:15 (default: now)
    #[arg(long, requires = "image")]
    pub at: Option<Moment>,
    /// The program it shows
    #[arg(long, requires = "image", default_value = "import")]
    pub app: String,
    /// The title of its window
    #[arg(long, requires = "image", default_value = "")]
    pub title: String,
}

#[derive(Args)]
pub struct Settle {
    /// Give up after this long
    #[arg(long = "within", value_name = "DURATION", default_value = "10m")]
    pub within: Stretch,
}

#[derive(Args)]
pub struct Narrow {
    /// Only memories of these kinds
    #[arg(long = "kind", value_name = "KIND", value_parser = kind)]
    pub kinds: Vec<Kind>,
    /// Only from these apps
    #[arg(long = "app", value_name = "APP")]
    pub apps: Vec<String>,
    /// Only what holds personal details of these kinds: name, email, phone, address, document, account
    #[arg(long = "details", value_name = "KIND", value_parser = detail)]
    pub details: Vec<Detail>,
    /// Not before
    #[arg(long, value_name = "TIME")]
    pub from: Option<Moment>,
    /// Before
    #[arg(long, value_name = "TIME")]
    pub to: Option<Moment>,
    /// What to look through
    #[arg(long = "in", value_name = "WHAT", default_value = "everything")]
    pub scope: Where,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Where {
    Everything,
    Memories,
    Observations,
}

impl From<Where> for Scope {
    fn from(place: Where) -> Self {
        match place {
            Where::Everything => Self::Everything,
            Where::Memories => Self::Memories,
            Where::Observations => Self::Observations,
        }
    }
}

#[derive(Args)]
pub struct Search {
    /// The words; times in them ("last week") narrow the search
    #[arg(required = true)]
    pub text: Vec<String>,
    #[command(flatten)]
    pub narrow: Narrow,
    /// Most results
    #[arg(long, default_value_t = 10)]
    pub limit: u32,
    /// Ask as if it were then
    #[arg(long)]
    pub at: Option<Moment>,
}

#[derive(Args)]
pub struct Ask {
    /// The question
    #[arg(required = true)]
    pub text: Vec<String>,
    #[command(flatten)]
    pub narrow: Narrow,
    /// Go on with this conversation
    #[arg(long)]
    pub thread: Option<ThreadId>,
    /// Keep nothing of it
    #[arg(long)]
    pub temporary: bool,
}

#[derive(Args)]
pub struct Graph {
    /// Around the one of this name, with its memories
    pub name: Vec<String>,
    /// At most so many
    #[arg(long, default_value_t = 30)]
    pub limit: u32,
}

#[derive(Subcommand)]
pub enum Memories {
    /// List memories, newest first
    List(List),
    /// Show one with its sources
    Show(One),
    /// Write one down
    Add(Add),
    /// Change one
    Edit(Edit),
    /// Take one out of view; `undo` brings it back
    Delete(One),
    /// Bring back the version before the last edit
    Undo(One),
    /// Every version of one
    History(One),
    /// Show the secret of a vault entry
    Reveal(Reveal),
}

#[derive(Args)]
pub struct List {
    /// Only of this kind
    #[arg(long, value_parser = kind)]
    pub kind: Option<Kind>,
    /// Only with these words
    #[arg(long)]
    pub text: Option<String>,
    /// Pass over so many
    #[arg(long, default_value_t = 0)]
    pub offset: u32,
    /// Most results
    #[arg(long, default_value_t = 50)]
    pub limit: u32,
}

#[derive(Args)]
pub struct One {
    /// Its id
    pub id: MemoryId,
}

#[derive(Args)]
pub struct Add {
    /// Its kind
    #[arg(long, value_parser = kind, default_value = "semantic")]
    pub kind: Kind,
    /// One line: what it says
    pub title: String,
    /// A few sentences more
    #[arg(long, default_value = "")]
    pub details: String,
    /// What a fact is about, or the type of an event, document or vault entry
    #[arg(long, default_value = "")]
    pub about: String,
    /// Steps of a procedure, in order
    #[arg(long = "step")]
    pub steps: Vec<String>,
    /// Address or path of a document
    #[arg(long)]
    pub locator: Option<String>,
    /// Labels
    #[arg(long = "tag")]
    pub tags: Vec<String>,
    /// Path in the tree, outermost first, with slashes
    #[arg(long, default_value = "")]
    pub tree: String,
}

#[derive(Args)]
pub struct Edit {
    /// Its id
    pub id: MemoryId,
    /// New title
    #[arg(long)]
    pub title: Option<String>,
    /// New details
    #[arg(long)]
    pub details: Option<String>,
    /// New labels, in place of the old
    #[arg(long = "tag")]
    pub tags: Option<Vec<String>>,
    /// New path in the tree, with slashes
    #[arg(long)]
    pub tree: Option<String>,
    /// Pin it, or not
    #[arg(long)]
    pub pinned: Option<bool>,
}

#[derive(Args)]
pub struct Upkeep {
    /// Only say what would be done
    #[arg(long)]
    pub dry_run: bool,
    /// Say yes to a suggestion; `all` for all there are
    #[arg(long, value_name = "ID", conflicts_with = "dry_run")]
    pub apply: Option<String>,
    /// Do not suggest this again
    #[arg(long, value_name = "ID", conflicts_with_all = ["dry_run", "apply"])]
    pub dismiss: Option<String>,
}

#[derive(Args)]
pub struct Quarantine {
    /// Say yes to a memory; `all` for all there are
    #[arg(long, value_name = "ID")]
    pub keep: Option<String>,
    /// Say no to a memory; `all` for all there are
    #[arg(long, value_name = "ID", conflicts_with = "keep")]
    pub reject: Option<String>,
    /// Say no to all that one site, app or person says
    #[arg(long, value_name = "NAME", conflicts_with_all = ["keep", "reject"])]
    pub reject_from: Option<String>,
}

#[derive(Args)]
pub struct Timeline {
    /// A day, e.g. 2026-11-20 (default: today)
    #[arg(long)]
    pub day: Option<String>,
    /// Not before
    #[arg(long, conflicts_with = "day")]
    pub from: Option<Moment>,
    /// Before
    #[arg(long, conflicts_with = "day")]
    pub to: Option<Moment>,
    /// Most frames; more are thinned evenly
    #[arg(long, default_value_t = 100)]
    pub limit: u32,
    /// Show the days that hold anything instead
    #[arg(long)]
    pub days: bool,
    /// Write a frame's picture into this file
    #[arg(long, value_name = "FILE", requires = "frame")]
    pub picture: Option<PathBuf>,
    /// Show one frame and its text
    #[arg(long, value_name = "ID")]
    pub frame: Option<FrameId>,
}

#[derive(Args)]
pub struct ForgetWhat {
    #[command(flatten)]
    pub target: ForgetTarget,
    /// Only say what would go
    #[arg(long)]
    pub preview: bool,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
pub struct ForgetTarget {
    /// The last stretch of time, e.g. 5m, 1h, 1d
    #[arg(long, value_name = "DURATION")]
    pub last: Option<Stretch>,
    /// All that comes from this app
    #[arg(long)]
    pub app: Option<String>,
    /// All that was seen on this site, e.g. bank.example
    #[arg(long, value_name = "HOST")]
    pub site: Option<String>,
    /// All that was seen in windows of this title, `*` for any part, e.g. "*my bank*"
    #[arg(long, value_name = "TITLE")]
    pub title: Option<String>,
    /// All in which personal details of this kind were found: name, email, phone, address, document or account
    #[arg(long, value_name = "KIND", value_parser = detail)]
    pub details: Option<Detail>,
    /// All that this person said or in which the name stands
    #[arg(long, value_name = "NAME")]
    pub person: Option<String>,
    /// All in which these words stand
    #[arg(long, value_name = "WORDS")]
    pub words: Option<String>,
    /// One observation
    #[arg(long)]
    pub id: Option<ObservationId>,
    /// One memory
    #[arg(long)]
    pub memory: Option<MemoryId>,
    /// One frame
    #[arg(long)]
    pub frame: Option<FrameId>,
    /// Everything
    #[arg(long)]
    pub all: bool,
}

#[derive(Subcommand)]
pub enum Settings {
    /// Show all of them
    Get,
    /// Change some: `name=value`, lists with commas, e.g. interval_ms=3000 excluded_apps=keepassxc,signal
    Set {
        /// Name and value
        #[arg(required = true, value_name = "NAME=VALUE")]
        changes: Vec<String>,
    },
}

#[derive(Args)]
pub struct Eval {
    /// A folder with docs.jsonl.gz, worlds.jsonl and questions.jsonl
    pub set: PathBuf,
    /// Where the rankings go
    #[arg(long, value_name = "RANKED.jsonl")]
    pub out: PathBuf,
    /// Only the first so many worlds
    #[arg(long)]
    pub worlds: Option<usize>,
    /// Have memories formed, and write them here with the lines they rest on
    #[arg(long, value_name = "MEMORIES.jsonl")]
    pub memories: Option<PathBuf>,
    /// Have the assistant answer too, and write its answers here
    #[arg(long, value_name = "ANSWERS.jsonl")]
    pub answers: Option<PathBuf>,
    /// Ask only every n-th question
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub every: u32,
    /// The language model that thinks and answers
    #[arg(long, value_name = "ID")]
    pub model: Option<String>,
    /// Keep vectors of texts here between runs (default: the cache folder; `none` keeps none)
    #[arg(long, value_name = "DIR")]
    pub embedding_cache: Option<PathBuf>,
}

#[derive(Args)]
pub struct Bench {
    /// A picture of a screen to measure reading with (PNG, JPEG, WebP)
    #[arg(long, value_name = "FILE")]
    pub image: Option<PathBuf>,
    /// Watch the screen for so long to measure the load
    #[arg(long, value_name = "DURATION", default_value = "30s")]
    pub watch: Stretch,
}

/// A kind of personal detail by its name.
fn detail(name: &str) -> Result<Detail, String> {
    let known = Detail::ALL.map(Detail::name);
    Detail::ALL
        .into_iter()
        .find(|detail| detail.name() == name)
        .ok_or_else(|| format!("it must be one of {}", known.join(", ")))
}

fn kind(name: &str) -> Result<Kind, String> {
    Kind::from_name(name).ok_or_else(|| {
        let names: Vec<&str> = Kind::ALL.into_iter().map(Kind::name).collect();
        format!("is none of {}", names.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_do_not_contradict_each_other() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn what_is_documented_can_be_typed() {
        for line in [
            "init --passphrase-stdin",
            "watch --for 60s --consent",
            "pause 15m",
            "ingest -",
            "ingest --image a.png --at 2026-11-20T10:15:00Z --app gedit --title notes",
            "search where is the lease --kind semantic --limit 5",
            "ask --temporary what did I read yesterday",
            "memories list --json",
            "archive write me.age --vault vault.age --passphrase-stdin",
            "archive read me.age --profile new --keychain",
            "backup drill",
            "graph Anna Meier --limit 9",
            "clients add editor --kind semantic --max-age 30 --without-app signal --min-trust chat",
            "clients log --days 30",
            "forget --last 1h --preview",
            "upkeep --dry-run",
            "upkeep --apply all",
            "settings set interval_ms=3000",
            "eval sets/locomo-dev --out ranked.jsonl --worlds 1",
        ] {
            let words = std::iter::once("afterimage").chain(line.split(' '));
            assert!(Arguments::try_parse_from(words).is_ok(), "{line}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for line in [
            "",
            "pause soon",
            "forget",
            "forget --all --last 1h",
            "clients log --days 91",
            "clients add",
            "upkeep --dry-run --apply all",
            "memories list --kind odd",
            "ingest",
        ] {
            let words = std::iter::once("afterimage")
                .chain(line.split(' ').filter(|word| !word.is_empty()));
            assert!(Arguments::try_parse_from(words).is_err(), "{line}");
        }
    }
}
