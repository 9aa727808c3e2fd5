//! `settings get|set`, `models`, `storage`, `apps`.

use crate::{
    arguments::Settings as Action,
    output::{self, Output},
    session::{Session, unexpected},
    when,
};
use afterimage_engine::api::{
    AppSeen, Code, Failure, ModelChoice, Request, Response, Settings, Storage,
};
use serde_json::Value;

pub fn settings(session: &Session, output: &Output, action: Action) -> Result<(), Failure> {
    let client = session.connect()?;
    let mut response = client.call(Request::Settings)?;
    if let Action::Set { changes } = action {
        let settings = with_changes(settings_of(&response)?, &changes)?;
        response = client.call(Request::SetSettings { settings })?;
    }
    let settings = settings_of(&response)?;
    output.response(&response, || shown(&settings));
    Ok(())
}

pub fn models(session: &Session, output: &Output) -> Result<(), Failure> {
    let response = session.call(Request::Models)?;
    let Response::Models { models } = &response else {
        return Err(unexpected());
    };
    let line = |model: &ModelChoice| {
        format!(
            "{} {:<30} {:>9}  {:<12} {}",
            if model.chosen { "*" } else { " " },
            model.id,
            output::bytes(model.bytes),
            model.licence,
            if model.present { "here" } else { "not fetched" },
        )
    };
    output.response(&response, || {
        models.iter().map(line).collect::<Vec<_>>().join("\n")
    });
    Ok(())
}

pub fn storage(session: &Session, output: &Output) -> Result<(), Failure> {
    let response = session.call(Request::Storage)?;
    let Response::Storage { storage } = &response else {
        return Err(unexpected());
    };
    output.response(&response, || layers(storage));
    Ok(())
}

pub fn apps(session: &Session, output: &Output) -> Result<(), Failure> {
    let response = session.call(Request::Apps)?;
    let Response::Apps { apps } = &response else {
        return Err(unexpected());
    };
    let line = |app: &AppSeen| {
        format!(
            "{:<24} {:>6} this week, last {}{}",
            app.app,
            app.observations_week,
            when::shown(app.last_seen),
            if app.excluded { "  excluded now" } else { "" }
        )
    };
    output.response(&response, || {
        apps.iter().map(line).collect::<Vec<_>>().join("\n")
    });
    Ok(())
}

fn settings_of(response: &Response) -> Result<Settings, Failure> {
    match response {
        Response::Settings { settings } => Ok(settings.clone()),
        _ => Err(unexpected()),
    }
}

/// `name=value` by the type the setting has now; a list is written with commas.
fn with_changes(settings: Settings, changes: &[String]) -> Result<Settings, Failure> {
    let bad = |message: String| Failure {
        code: Code::BadRequest,
        message,
    };
    let mut fields = serde_json::to_value(settings).map_err(|_| unexpected())?;
    for change in changes {
        let (name, text) = change
            .split_once('=')
            .ok_or_else(|| bad(format!("`{change}` is not NAME=VALUE.")))?;
        let field = fields.get_mut(name).ok_or_else(|| {
            bad(format!(
                "There is no setting `{name}`; see `afterimage settings get`."
            ))
        })?;
        *field = parsed(field, text).ok_or_else(|| {
            bad(format!(
                "`{text}` is no value for `{name}`, which is now {field}."
            ))
        })?;
    }
    serde_json::from_value(fields).map_err(|error| bad(format!("That cannot be set: {error}.")))
}

fn parsed(now: &Value, text: &str) -> Option<Value> {
    match now {
        Value::Bool(_) => text.parse::<bool>().ok().map(Value::from),
        Value::Number(_) => text.parse::<u64>().ok().map(Value::from),
        Value::Array(_) => {
            let parts = text
                .split(',')
                .map(str::trim)
                .filter(|part| !part.is_empty());
            Some(parts.collect::<Vec<_>>().into())
        }
        _ => Some(text.into()),
    }
}

fn shown(settings: &Settings) -> String {
    let fields = serde_json::to_value(settings).unwrap_or_default();
    let lines = fields
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| {
            let value = match value {
                Value::String(text) => text.clone(),
                Value::Array(parts) => parts
                    .iter()
                    .filter_map(Value::as_str)
                    .collect::<Vec<_>>()
                    .join(","),
                other => other.to_string(),
            };
            format!("{name}={value}")
        });
    lines.collect::<Vec<_>>().join("\n")
}

fn layers(storage: &Storage) -> String {
    [
        ("pictures", storage.pictures),
        ("database", storage.database),
        ("of it vectors", storage.vectors),
        ("search index", storage.index),
        ("waiting", storage.spool),
        ("models", storage.models),
        ("logs", storage.logs),
        ("free on disk", storage.free),
    ]
    .map(|(name, count)| format!("{name:<14} {:>10}", output::bytes(count)))
    .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(change: &str, expected: Result<&str, &str>) {
        let changed = with_changes(Settings::default(), &[change.into()]);
        match (changed, expected) {
            (Ok(settings), Ok(line)) => {
                assert!(shown(&settings).lines().any(|found| found == line))
            }
            (Err(failure), Err(part)) => {
                assert!(failure.message.contains(part), "{}", failure.message)
            }
            (got, _) => panic!("{change}: {:?}", got.map(|_| ())),
        }
    }

    #[test]
    fn settings_are_typed_as_words_and_kept_in_their_types() {
        check("interval_ms=3000", Ok("interval_ms=3000"));
        check("excluded_apps=a, b", Ok("excluded_apps=a,b"));
        check("absorb=false", Ok("absorb=false"));
        check("device=cpu", Ok("device=cpu"));
        check("device=cuda", Ok("device=fastest"));
        check("absorb=maybe", Err("no value"));
        check("interval_ms=soon", Err("no value"));
        check("nothing=1", Err("no setting"));
        check("interval_ms", Err("NAME=VALUE"));
        check("device=tpu", Err("cannot be set"));
    }
}
