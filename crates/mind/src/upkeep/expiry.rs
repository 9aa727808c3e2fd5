//! What was not used for so long that the user wants it let go: shown a week before, and kept by a pin, a use or a dismissal.

use super::{Consent, Policy, Proposal, Reason, View, quoted};
use afterimage_domain::{Edit, Memory, Tier, Timestamp, Trust, fading::tier};

/// Shown so long before.
const NOTICE_S: i64 = 7 * 86_400;

pub(super) fn expiry(view: &View<'_>, policy: &Policy, at: Timestamp) -> Vec<Proposal> {
    let expires = |memory: &Memory| -> Option<Timestamp> {
        // Most people let nothing go: then no source is looked at.
        if !policy.fading.lets_go() {
            return None;
        }
        let seen: Vec<_> = memory
            .content
            .sources
            .iter()
            .filter_map(|source| (view.observation)(source.observation))
            .collect();
        let apps: Vec<&str> = seen.iter().map(|seen| seen.origin.app()).collect();
        let due = policy.fading.expires(memory, &apps)?;
        (due.plus_seconds(-NOTICE_S) <= at).then_some(due)
    };
    let memories = view
        .memories
        .iter()
        .filter(|memory| !memory.content.is_note());
    let expiring = memories.filter_map(|memory| Some((memory, expires(memory)?)));
    expiring
        .map(|(memory, due)| letting_go(memory, due, at))
        .collect()
}

fn letting_go(memory: &Memory, due: Timestamp, at: Timestamp) -> Proposal {
    // What was typed is never let go by itself, nor what was used or confirmed often.
    let is_asked = memory.content.trust == Trust::User || tier(memory, at) == Tier::Long;
    let consent = match is_asked {
        true => Consent::Ask,
        false => Consent::After(due),
    };
    let words = format!("{} was not used for long.", quoted(memory));
    let key = format!("{} {}", memory.id, memory.updated_at.millis());
    let edit = Edit::Delete { id: memory.id };
    Proposal::new(Reason::Expiry, &key, consent, words, vec![edit])
}
