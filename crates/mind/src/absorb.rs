//! An activity's observations -> proposed edits of memory.
//!
//! What rules can tell is told by rules: what happened when, which documents were open, what somebody plainly says about themselves or
//! others, how something is done. The model adds one line that names the activity and facts from its text, in one constrained pass, several
//! activities side by side. Every claim points at the words it rests on; a claim whose numbers, names or words are not there is dropped and counted. Without a model the rules work
//! alone. The vault is never written from here.

mod distil;
mod event;
mod facts;
pub(crate) mod merge;
mod resource;
mod steps;
pub(crate) mod support;
mod told;

pub(crate) use facts::acknowledged;

use crate::{links, segment::Activity, thinker::Thinker};
use afterimage_domain::{
    Body, Edit, Links, Memory, NewMemory, Observation, Origin, Source, Span, Trust,
    memory::CoreBlock,
};
use afterimage_infer::{
    embed::{EmbedError, Embedder},
    generate::GenerateError,
};
use distil::Distilled;
use std::collections::BTreeMap;

/// One activity and the observations it names, oldest first.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// What the observations have in common.
    pub activity: &'a Activity,
    /// All of them, with their text.
    pub observations: &'a [Observation],
    /// The user's time zone, IANA name: it decides which day "yesterday" was.
    pub time_zone: &'a str,
}

/// What came of a batch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Absorbed {
    /// To be applied together.
    pub edits: Vec<Edit>,
    /// Whom the observations and the memories made of them name; to be kept together with the edits.
    pub links: Vec<Links>,
    /// Claims that were not kept, counted by reason.
    pub dropped: BTreeMap<Dropped, u32>,
}

/// Why a claim was not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dropped {
    /// It names no sentence that exists.
    NoSource,
    /// It holds a number its source does not.
    NumberNotInSource,
    /// It holds a name its source does not.
    NameNotInSource,
    /// Most of its words are not its source's.
    WordsNotInSource,
    /// It tells the reader what to do, and was only seen on a screen.
    Instruction,
    /// It is a secret, or was one.
    Secret,
    /// Too short to mean anything, or the same as its batch says already.
    Empty,
    /// Memory has it, and newer.
    Known,
}

/// Why a batch was not absorbed. Nothing of it is lost: absorb it again.
#[derive(Debug, thiserror::Error)]
pub enum AbsorbError {
    /// The caller wanted the model for something else.
    #[error("absorbing was interrupted; the batch is still to be absorbed")]
    Interrupted,
    /// The language model failed.
    #[error(transparent)]
    Model(#[from] GenerateError),
    /// The embedding model failed.
    #[error(transparent)]
    Embed(#[from] EmbedError),
}

/// Proposes edits for each of `batches`; what is proposed for one does not depend on the others, but together the model is done sooner.
/// `similar` finds stored memories for a text, best first (ten are plenty); it is asked once for each claim. The result depends on the
/// arguments only.
pub fn absorb(
    batches: &[Batch<'_>],
    similar: &dyn Fn(&str) -> Vec<Memory>,
    thinker: Option<&mut Thinker>,
    embedder: Option<&dyn Embedder>,
    interrupted: &dyn Fn() -> bool,
) -> Result<Vec<Absorbed>, AbsorbError> {
    let distilled = match thinker {
        Some(thinker) => distil::distil(batches, thinker, interrupted)?,
        None => batches.iter().map(|_| Distilled::default()).collect(),
    };
    let absorbed = batches
        .iter()
        .zip(distilled)
        .map(|(batch, distilled)| concluded(batch, distilled, similar, embedder, interrupted));
    absorbed.collect()
}

/// What the rules and the model made of a batch, held against what is stored.
fn concluded(
    batch: &Batch<'_>,
    distilled: Distilled,
    similar: &dyn Fn(&str) -> Vec<Memory>,
    embedder: Option<&dyn Embedder>,
    interrupted: &dyn Fn() -> bool,
) -> Result<Absorbed, AbsorbError> {
    let mut absorbed = Absorbed {
        edits: vec![],
        links: vec![],
        dropped: distilled.dropped,
    };
    let mut claims = by_rules(batch);
    claims.extend(distilled.facts);
    claims.extend(told::told(batch));
    claims.extend(event::event(batch, distilled.title.as_deref()));
    for claim in claims {
        if interrupted() {
            return Err(AbsorbError::Interrupted);
        }
        let asks = !claim.trust.may_become(claim.body.kind());
        let proposal = asks.then(|| claim.clone());
        match allowed(claim, batch) {
            Ok(claim) => {
                merge::merge(claim, similar, embedder, &mut absorbed)?;
                let proposals = proposal.into_iter().map(|memory| Edit::Propose { memory });
                absorbed.edits.extend(proposals);
            }
            Err(reason) => absorbed.drop(reason),
        }
    }
    absorbed.edits.extend(resource::resource(batch, similar));
    absorbed.links = links::of_batch(batch, &absorbed.edits);
    Ok(absorbed)
}

/// What somebody plainly says, and how something is done.
fn by_rules(batch: &Batch<'_>) -> Vec<NewMemory> {
    let mut claims = facts::stated(batch);
    claims.extend(steps::procedures(batch));
    claims
}

impl Absorbed {
    fn drop(&mut self, reason: Dropped) {
        *self.dropped.entry(reason).or_default() += 1;
    }
}

/// Holds a claim to what its sources may become: a Core or Procedural one from anything but our own chat is turned into reported speech
/// (and, as it was, waits for the user's yes), an instruction from a screen is refused.
fn allowed(mut claim: NewMemory, batch: &Batch<'_>) -> Result<NewMemory, Dropped> {
    let text = claim.searchable().ok_or(Dropped::Secret)?;
    if claim.title.trim().chars().count() < 4 {
        return Err(Dropped::Empty);
    }
    if claim.title.contains("[secret:") {
        return Err(Dropped::Secret);
    }
    let is_event = matches!(claim.body, Body::Episodic { .. });
    if claim.trust <= Trust::Client && !is_event && support::is_instruction(&text) {
        return Err(Dropped::Instruction);
    }
    if !claim.trust.may_become(claim.body.kind()) {
        let source = claim.sources.first().map(|source| source.observation);
        let origin = batch
            .observations
            .iter()
            .find(|o| Some(o.id) == source)
            .map(|o| &o.origin)
            .ok_or(Dropped::NoSource)?;
        claim = reported(claim, origin);
    }
    Ok(claim)
}

/// The same as a fact about what was said, not about what is so.
fn reported(mut claim: NewMemory, origin: &Origin) -> NewMemory {
    let (subject, steps) = match claim.body {
        Body::Core {
            block: CoreBlock::Human,
        } => ("user".to_owned(), vec![]),
        Body::Procedural { steps, .. } => (claim.title.clone(), steps),
        body => {
            claim.body = body;
            return claim;
        }
    };
    let numbered = steps
        .iter()
        .enumerate()
        .map(|(at, step)| format!("{}. {step}", at + 1));
    claim.details = std::iter::once(claim.details)
        .filter(|details| !details.is_empty())
        .chain(numbered)
        .collect::<Vec<_>>()
        .join("\n");
    claim.title = attributed(origin, &claim.title);
    claim.body = Body::Semantic {
        subject,
        learned_from: learned_from(origin),
    };
    claim.confidence *= 0.8;
    claim
}

/// Where something was learned, in words for the user: a site, an app, a person, a file.
pub fn learned_from(origin: &Origin) -> String {
    match origin {
        Origin::Screen { url: Some(url), .. } => crate::document::host(url).to_owned(),
        Origin::Screen { app, .. } => app.clone(),
        Origin::Chat { .. } => "our chat".into(),
        Origin::Import {
            speaker, source, ..
        } if speaker.is_empty() => source.clone(),
        Origin::Import { speaker, .. } => speaker.clone(),
    }
}

/// `words` as what they are when only seen or passed on: something somebody says.
fn attributed(origin: &Origin, words: &str) -> String {
    match origin {
        Origin::Screen { url: Some(url), .. } => {
            format!("{} says: {words}", crate::document::host(url))
        }
        Origin::Screen { app, .. } => format!("Seen in {app}: {words}"),
        Origin::Import { speaker, .. } if !matches!(speaker.as_str(), "" | "user" | "me") => {
            format!("{speaker}: {words}")
        }
        _ => words.to_owned(),
    }
}

/// A claim resting on one span of one observation; the rest is as rules leave it.
fn claim(observation: &Observation, span: Span, title: String, body: Body) -> NewMemory {
    NewMemory {
        title,
        details: String::new(),
        body,
        tree_path: vec![],
        tags: vec![],
        sources: vec![Source {
            observation: observation.id,
            span,
        }],
        trust: observation.trust,
        confidence: 0.9,
        valid_from: observation.at,
    }
}

/// `text` cut at a word's end to at most `most` characters, with an ellipsis when cut.
pub(crate) fn cut(text: &str, most: usize) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(most) {
        None => text,
        Some((at, _)) => format!(
            "{}…",
            text[..at]
                .rsplit_once(' ')
                .map_or(&text[..at], |(head, _)| head)
        ),
    }
}

#[cfg(test)]
mod tests;
