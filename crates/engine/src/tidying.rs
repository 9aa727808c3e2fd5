//! Keeping memory tidy: what the mind proposes is shown, applied when it waits for nobody, and applied or left alone as the user says.
//!
//! A dry run and a real one are the same proposals; only what is done with them differs. One run at a time.

use crate::{
    api::{
        Code, Failure, Settings, SuggestedChange, Suggestion, SuggestionReason, SuggestionWait,
        UpkeepCount, UpkeepRun,
    },
    board::Board,
    clock,
    engine::kept,
    linking, models, settings,
    task::{Task, ToWriter},
};
use afterimage_domain::{Author, Clean, Edit, Kind, Memory, MemoryId, Raw, Source, Timestamp};
use afterimage_mind::redact::Rules;
use afterimage_mind::upkeep::{
    Consent, Policy, Proposal, Reason, View, contradictions, outcome, upkeep,
};
use afterimage_store::{MemoryPage, ReadTxn, Readers};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use uuid::Uuid;

/// Where [`Kept`] stands among the settings.
pub const KEY: &str = "upkeep";
/// Memories looked at: the pinned and the latest.
const MOST_MEMORIES: u32 = 20_000;
/// What one proposal makes possible is proposed in the next round.
const ROUNDS: usize = 4;
/// Proposals applied in one run; the rest comes with the next.
const MOST_APPLIED: usize = 200;
/// Memories near to another that are looked at.
const NEAR: usize = 4;
/// Ids that are remembered; the oldest go.
const MOST_IDS: usize = 5_000;
/// What would go at a moment is shown at least so long before.
const NOTICE_S: i64 = 7 * 86_400;

/// What is remembered of upkeep. Ids say nothing about what they stand for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Kept {
    applied: Vec<String>,
    dismissed: Vec<String>,
    /// Since when a proposal that waits for a moment has been shown.
    shown: BTreeMap<String, Timestamp>,
    last: Option<UpkeepRun>,
}

/// Runs upkeep over one profile.
pub struct Tidying {
    board: Arc<Board>,
    to_writer: ToWriter,
    readers: Readers,
    turn: Mutex<()>,
}

/// A look at memory.
struct Look {
    memories: Vec<Memory>,
    own: HashSet<MemoryId>,
    kept: Kept,
    at: Timestamp,
}

impl Tidying {
    /// Over the profile that these lead to.
    pub fn new(board: Arc<Board>, to_writer: ToWriter, readers: Readers) -> Self {
        Self {
            board,
            to_writer,
            readers,
            turn: Mutex::new(()),
        }
    }

    /// What there is to tidy up, and what was done last. Changes nothing.
    pub fn suggestions(&self) -> Result<(Vec<Suggestion>, Option<UpkeepRun>), Failure> {
        let look = self.look()?;
        let proposals = self.proposals(&look, &|| false);
        let known: HashMap<MemoryId, &Memory> = look
            .memories
            .iter()
            .map(|memory| (memory.id, memory))
            .collect();
        let shown = proposals
            .into_iter()
            .map(|proposal| suggestion(proposal, &known, look.at));
        Ok((shown.collect(), look.kept.last))
    }

    /// Applies what waits for nobody, proposal by proposal, until there is no more or `interrupted` says so.
    pub fn run(&self, interrupted: &dyn Fn() -> bool) -> Result<(), Failure> {
        let _turn = self.turn();
        let mut counts: BTreeMap<SuggestionReason, u32> = BTreeMap::new();
        for _ in 0..ROUNDS {
            let mut look = self.look()?;
            let proposals = self.proposals(&look, interrupted);
            let now: Vec<&Proposal> = proposals
                .iter()
                .filter(|proposal| look.is_due(proposal))
                .collect();
            for proposal in &now {
                if interrupted() || counts.values().sum::<u32>() as usize >= MOST_APPLIED {
                    break;
                }
                if self.apply(proposal, &mut look.kept)? {
                    *counts.entry(reason(proposal.reason)).or_default() += 1;
                }
            }
            let waiting = proposals.len() - now.len();
            let is_done = now.is_empty() || interrupted();
            self.note_run(look, &proposals, &counts, waiting)?;
            if is_done {
                break;
            }
        }
        tracing::info!(applied = counts.values().sum::<u32>(), "tidied up");
        Ok(())
    }

    /// Settles which of several values holds; what came in together could not be held against each other before.
    pub fn settle_values(&self) -> Result<(), Failure> {
        let _turn = self.turn();
        let mut look = self.look()?;
        let settings = self.board.settings();
        let proposals = self.with_view(&look, |view| {
            contradictions(view, &policy(&settings), look.at)
        });
        let safe = proposals
            .iter()
            .filter(|proposal| proposal.consent == Consent::Safe);
        for proposal in safe {
            self.apply(proposal, &mut look.kept)?;
        }
        Ok(())
    }

    /// Applies the suggestion with this id, or all, because the user said yes.
    pub fn agree(&self, id: Option<&str>) -> Result<(), Failure> {
        let _turn = self.turn();
        let mut look = self.look()?;
        let mut proposals = self.proposals(&look, &|| false);
        proposals.retain(|proposal| id.is_none_or(|id| proposal.id == id));
        if proposals.is_empty() && id.is_some() {
            return Err(Failure::not_found("suggestion"));
        }
        for proposal in &proposals {
            if !self.apply(proposal, &mut look.kept)? {
                return Err(changed_meanwhile());
            }
        }
        Ok(())
    }

    /// Does not suggest this again.
    pub fn dismiss(&self, id: String) -> Result<(), Failure> {
        let _turn = self.turn();
        let mut look = self.look()?;
        if !self
            .proposals(&look, &|| false)
            .iter()
            .any(|proposal| proposal.id == id)
        {
            return Err(Failure::not_found("suggestion"));
        }
        remember(&mut look.kept.dismissed, id);
        self.keep(nothing(), look.kept).map(drop)
    }

    /// Applies one proposal whole. `false` when memory has changed so that it no longer can be.
    fn apply(&self, proposal: &Proposal, kept: &mut Kept) -> Result<bool, Failure> {
        remember(&mut kept.applied, proposal.id.clone());
        let edits = Raw::new(proposal.edits.clone()).clean(&Rules);
        let applied = match proposal.consent {
            // The user's yes stands for his own hand: it may do what text from elsewhere may not.
            Consent::Ask => {
                let links = linking::links(&self.readers.begin()?, &edits)?;
                let applied = self.to_writer.ask(|reply| Task::Apply {
                    edits,
                    links,
                    reply,
                })?;
                self.keep(nothing(), kept.clone())?;
                applied
            }
            Consent::Safe | Consent::After(_) => match self.keep(edits, kept.clone()) {
                Err(failure) if failure.code == Code::Conflict => return Ok(false),
                applied => applied?,
            },
        };
        Ok(applied.refused.is_empty())
    }

    fn keep(
        &self,
        edits: Clean<Vec<Edit>>,
        kept: Kept,
    ) -> Result<afterimage_store::Applied, Failure> {
        let kept = Box::new(kept);
        self.to_writer
            .ask(|reply| Task::Tidy { edits, kept, reply })
    }

    /// Notes what was done, and which proposals have been shown since when.
    fn note_run(
        &self,
        look: Look,
        proposals: &[Proposal],
        counts: &BTreeMap<SuggestionReason, u32>,
        waiting: usize,
    ) -> Result<(), Failure> {
        let mut kept = look.kept;
        let timed = proposals
            .iter()
            .filter(|proposal| matches!(proposal.consent, Consent::After(_)));
        kept.shown = timed
            .map(|proposal| {
                let since = kept.shown.get(&proposal.id).copied();
                (proposal.id.clone(), since.unwrap_or(look.at))
            })
            .collect();
        let count = |(reason, count): (&SuggestionReason, &u32)| UpkeepCount {
            reason: *reason,
            count: *count,
        };
        kept.last = Some(UpkeepRun {
            at: look.at,
            applied: counts.iter().map(count).collect(),
            waiting: waiting as u32,
        });
        self.keep(nothing(), kept).map(drop)
    }

    fn look(&self) -> Result<Look, Failure> {
        let kept: Option<Kept> = kept(&self.readers, KEY)?;
        let view = self.readers.begin()?;
        let page = MemoryPage {
            limit: MOST_MEMORIES,
            ..MemoryPage::default()
        };
        let (mut memories, _) = view.memories(&page)?;
        memories.retain(|memory| memory.kind() != Kind::Vault);
        let mut own = HashSet::new();
        for note in memories.iter().filter(|memory| memory.content.is_note()) {
            let history = view.history(note.id)?;
            if history.iter().any(|change| change.author == Author::User) {
                own.insert(note.id);
            }
        }
        Ok(Look {
            memories,
            own,
            kept: kept.unwrap_or_default(),
            at: clock::now(),
        })
    }

    fn proposals(&self, look: &Look, interrupted: &dyn Fn() -> bool) -> Vec<Proposal> {
        let settings = self.board.settings();
        self.with_view(look, |view| {
            upkeep(view, &policy(&settings), look.at, interrupted)
        })
    }

    fn with_view<T>(&self, look: &Look, propose: impl FnOnce(&View<'_>) -> T) -> T {
        let observation = |id| self.readers.begin().ok()?.observation(id).ok()?;
        let near = |memory: &Memory| {
            let view = self.readers.begin().ok();
            let near =
                view.and_then(|view| view.near_memory(memory.id, models::EMBEDDER, NEAR).ok());
            near.unwrap_or_default()
        };
        propose(&View {
            memories: &look.memories,
            observation: &observation,
            near: &near,
            own: &look.own,
            applied: &look.kept.applied.iter().cloned().collect(),
            dismissed: &look.kept.dismissed.iter().cloned().collect(),
        })
    }

    fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn policy(settings: &Settings) -> Policy {
    Policy {
        zone: clock::zone(&settings.time_zone).unwrap_or(TimeZone::UTC),
        fading: settings::fading(settings).unwrap_or_default(),
    }
}

impl Look {
    /// Whether a proposal is to be applied now without asking.
    fn is_due(&self, proposal: &Proposal) -> bool {
        match proposal.consent {
            Consent::Safe => true,
            Consent::Ask => false,
            Consent::After(moment) => {
                let shown = self.kept.shown.get(&proposal.id);
                moment <= self.at
                    && shown.is_some_and(|since| since.plus_seconds(NOTICE_S) <= self.at)
            }
        }
    }
}

/// No edits.
fn nothing() -> Clean<Vec<Edit>> {
    Raw::new(vec![]).clean(&Rules)
}

/// Whether every observation that `edits` rest on is still there.
pub fn rests_on_what_is_there(edits: &[Edit], view: &ReadTxn<'_>) -> Result<bool, Failure> {
    for source in edits.iter().flat_map(sources) {
        if view.observation(source.observation)?.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}

fn sources(edit: &Edit) -> &[Source] {
    match edit {
        Edit::Add { memory } | Edit::Propose { memory } | Edit::Supersede { memory, .. } => {
            &memory.sources
        }
        Edit::Update { patch, .. } => &patch.more_sources,
        Edit::SupersedeBy { .. }
        | Edit::Delete { .. }
        | Edit::Undo { .. }
        | Edit::Accept { .. } => &[],
    }
}

/// Memory is no longer as it was when this was proposed.
pub fn changed_meanwhile() -> Failure {
    Failure::new(
        Code::Conflict,
        "Memory has changed since this was suggested. Look at the suggestions again.",
    )
}

fn remember(ids: &mut Vec<String>, id: String) {
    ids.retain(|known| *known != id);
    ids.push(id);
    let surplus = ids.len().saturating_sub(MOST_IDS);
    ids.drain(..surplus);
}

fn suggestion(proposal: Proposal, known: &HashMap<MemoryId, &Memory>, at: Timestamp) -> Suggestion {
    let stored = |id| known.get(&id).map(|memory| (*memory).clone());
    let changes = outcome(&proposal.edits, &stored, &mut || MemoryId(Uuid::nil()), at);
    let changes = changes.into_iter().map(|outcome| SuggestedChange {
        before: outcome.before,
        after: outcome.after,
    });
    Suggestion {
        id: proposal.id,
        reason: reason(proposal.reason),
        words: proposal.words,
        waits: match proposal.consent {
            Consent::Safe => SuggestionWait::Idle,
            Consent::After(at) => SuggestionWait::Moment { at },
            Consent::Ask => SuggestionWait::Yes,
        },
        changes: changes.collect(),
    }
}

fn reason(reason: Reason) -> SuggestionReason {
    match reason {
        Reason::Duplicate => SuggestionReason::Duplicate,
        Reason::NearDuplicate => SuggestionReason::NearDuplicate,
        Reason::Conflict => SuggestionReason::Conflict,
        Reason::Note => SuggestionReason::Note,
        Reason::Block => SuggestionReason::Block,
        Reason::Expiry => SuggestionReason::Expiry,
        Reason::Procedure => SuggestionReason::Procedure,
        Reason::Preference => SuggestionReason::Preference,
    }
}
