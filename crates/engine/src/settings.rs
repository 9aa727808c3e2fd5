//! Checking what the user sets; everything after trusts it.

use crate::{
    api::{Failure, Settings},
    clock, models,
};
use afterimage_capture::Rules;
use std::path::Path;

/// Ten years: pictures kept longer are kept for ever.
const LONGEST_KEEP_DAYS: u32 = 3_650;

/// The settings if all of them can be kept to, or what is wrong with the first that cannot.
pub fn checked(settings: Settings) -> Result<Settings, Failure> {
    within("interval_ms", settings.interval_ms, 1_000, 60_000)?;
    within("idle_after_s", settings.idle_after_s, 0, 86_400)?;
    within(
        "keep_pictures_days",
        settings.keep_pictures_days,
        0,
        LONGEST_KEEP_DAYS,
    )?;
    within("evidence_tokens", settings.evidence_tokens, 200, 4_000)?;
    within("lock_after_min", settings.lock_after_min, 0, 1_440)?;
    rules(&settings)?;
    check_model(&settings.model)?;
    if clock::zone(&settings.time_zone).is_none() {
        return Err(Failure::bad_request(
            "`time_zone` is not known: use an IANA name such as Europe/Berlin, or leave it empty for the system's.",
        ));
    }
    Ok(settings)
}

/// The capture rules that the settings ask for.
pub fn rules(settings: &Settings) -> Result<Rules, Failure> {
    let rules = Rules::new(
        &settings.excluded_apps,
        &settings.excluded_titles,
        settings.exclude_private_windows,
    );
    rules.map_err(|error| Failure::bad_request(error.to_string()))
}

fn within(name: &str, value: u32, least: u32, most: u32) -> Result<(), Failure> {
    match (least..=most).contains(&value) {
        true => Ok(()),
        false => Err(Failure::bad_request(format!(
            "`{name}` is {value}; it must be {least} to {most}."
        ))),
    }
}

/// A manifest's id, or the path of a GGUF file that is there.
fn check_model(model: &str) -> Result<(), Failure> {
    let is_file = || Path::new(model).is_absolute() && Path::new(model).is_file();
    match models::chat(model).is_some() || is_file() {
        true => Ok(()),
        false => Err(Failure::bad_request(
            "`model` must be the id of a chat model in `afterimage models`, or the full path of a GGUF file that is there.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(change: impl FnOnce(&mut Settings), expected: Option<&str>) {
        let mut settings = Settings::default();
        change(&mut settings);
        let said = checked(settings).err().map(|failure| failure.message);
        match expected {
            None => assert_eq!(said, None),
            Some(part) => assert!(
                said.as_ref().is_some_and(|said| said.contains(part)),
                "{said:?}"
            ),
        }
    }

    #[test]
    fn settings_that_cannot_be_kept_to_are_refused_by_name() {
        check(|_| (), None);
        check(|settings| settings.interval_ms = 999, Some("interval_ms"));
        check(
            |settings| settings.interval_ms = 60_001,
            Some("interval_ms"),
        );
        check(
            |settings| settings.evidence_tokens = 0,
            Some("evidence_tokens"),
        );
        check(
            |settings| settings.time_zone = "Mars/Base".into(),
            Some("time_zone"),
        );
        check(|settings| settings.time_zone = "Asia/Tokyo".into(), None);
        check(
            |settings| settings.model = "no-such-model".into(),
            Some("model"),
        );
        check(
            |settings| settings.model = "bge-small-en-v1.5".into(),
            Some("model"),
        );
        check(
            |settings| settings.excluded_apps = vec!["*".into()],
            Some("pattern"),
        );
        check(
            |settings| settings.lock_after_min = 5_000,
            Some("lock_after_min"),
        );
    }
}
