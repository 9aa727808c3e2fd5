//! `search`.

use crate::{
    arguments::{Narrow, Search},
    output::{Output, brief},
    session::{Session, unexpected},
    when,
};
use afterimage_engine::api::{
    EvidenceItem, Failure, Filter, Found, Request, Response, TimeRange, Timestamp,
};

pub fn search(session: &Session, output: &Output, options: &Search) -> Result<(), Failure> {
    let response = session.call(Request::Search {
        text: options.text.join(" "),
        filter: filter(&options.narrow),
        limit: options.limit,
        at: options.at.map(|moment| moment.0),
    })?;
    let Response::Evidence { evidence } = &response else {
        return Err(unexpected());
    };
    output.response(&response, || match evidence.items.is_empty() {
        true => "Nothing was found.".into(),
        false => listed(&evidence.items),
    });
    Ok(())
}

/// The filter that the options ask for.
pub fn filter(narrow: &Narrow) -> Filter {
    let moment = |at: Option<when::Moment>, otherwise| at.map_or(otherwise, |moment| moment.0);
    let is_bounded = narrow.from.is_some() || narrow.to.is_some();
    Filter {
        scope: narrow.scope.into(),
        kinds: narrow.kinds.clone(),
        apps: narrow.apps.clone(),
        details: narrow.details.clone(),
        time: is_bounded.then(|| TimeRange {
            from: moment(narrow.from, Timestamp::from_millis(0)),
            to: moment(narrow.to, when::now()),
        }),
        bounds: None,
    }
}

fn listed(items: &[EvidenceItem]) -> String {
    let lines = items.iter().enumerate().map(|(at, item)| {
        let (when, place, id) = origin(&item.found);
        format!(
            "{:>3}  {when}  {place}\n     {}\n     {id}",
            at + 1,
            brief(&item.found.text(), 160)
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn origin(found: &Found) -> (String, String, String) {
    match found {
        Found::Memory { memory } => (
            when::shown(memory.content.valid_from),
            format!("{} memory", memory.kind().name()),
            memory.id.to_string(),
        ),
        Found::Observation { observation } => (
            when::shown(observation.at),
            [
                observation.origin.app(),
                observation.origin.title(),
                observation.origin.speaker(),
            ]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" · "),
            observation.id.to_string(),
        ),
    }
}
