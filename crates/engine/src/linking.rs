//! Whom memories name as edits leave them.

use afterimage_domain::{Clean, Edit, Links, NewMemory, Raw};
use afterimage_mind::{links::of_typed, redact::Rules};
use afterimage_store::{ReadTxn, StoreError};

/// The links of what `edits` make, change or bring back.
pub fn links(view: &ReadTxn<'_>, edits: &[Edit]) -> Result<Clean<Vec<Links>>, StoreError> {
    let mut links = vec![];
    for (place, edit) in edits.iter().enumerate() {
        if let Some(content) = left(view, edit)? {
            links.push(of_typed(&content, place));
        }
    }
    links.retain(|links| !links.is_empty());
    Ok(Raw::new(links).clean(&Rules))
}

/// A memory with the words that an edit gives it.
fn left(view: &ReadTxn<'_>, edit: &Edit) -> Result<Option<NewMemory>, StoreError> {
    Ok(match edit {
        Edit::Add { memory } | Edit::Supersede { memory, .. } => Some(memory.clone()),
        Edit::Update { id, patch } => {
            let memory = view.memory(*id)?;
            memory.map(|memory| patch.patched(&memory.content))
        }
        Edit::Undo { id } => {
            let last = view.history(*id)?.into_iter().next();
            last.and_then(|change| change.before)
                .map(|memory| memory.content)
        }
        // From now on it names whom its words name.
        Edit::Accept { id } => view.memory(*id)?.map(|memory| memory.content),
        Edit::SupersedeBy { .. } | Edit::Delete { .. } | Edit::Propose { .. } => None,
    })
}
