//! Checking what the user sets; everything after trusts it.

use crate::{
    api::{Failure, Settings},
    clock, models,
};
use afterimage_capture::Rules;
use afterimage_domain::{FadeOf, FadeRule, Fading, Kind, Spans};
use afterimage_mind::sites::Sites;
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
    within(
        "fade_after_days",
        settings.fade_after_days,
        0,
        LONGEST_KEEP_DAYS,
    )?;
    within(
        "expire_after_days",
        settings.expire_after_days,
        0,
        LONGEST_KEEP_DAYS,
    )?;
    rules(&settings)?;
    sites(&settings)?;
    fading(&settings)?;
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

/// The sites that the settings leave out.
pub fn sites(settings: &Settings) -> Result<Sites, Failure> {
    Sites::new(&settings.excluded_sites).map_err(|error| Failure::bad_request(error.to_string()))
}

/// How memories fade by the settings.
pub fn fading(settings: &Settings) -> Result<Fading, Failure> {
    let rules = settings.fading.iter().map(|rule| {
        fade_rule(rule).ok_or_else(|| {
            Failure::bad_request(format!(
                "`{rule}` in `fading` is not NAME=FADE/EXPIRE with days up to {LONGEST_KEEP_DAYS}, e.g. episodic=90/365 or firefox=30/0.",
            ))
        })
    });
    Ok(Fading {
        usual: Spans {
            fade_days: settings.fade_after_days,
            expire_days: settings.expire_after_days,
        },
        rules: rules.collect::<Result<_, _>>()?,
    })
}

fn fade_rule(rule: &str) -> Option<FadeRule> {
    let (name, days) = rule.rsplit_once('=')?;
    let (fade, expire) = days.split_once('/')?;
    let days = |text: &str| {
        let days: u32 = text.trim().parse().ok()?;
        (days <= LONGEST_KEEP_DAYS).then_some(days)
    };
    let name = name.trim();
    let of = match Kind::from_name(name) {
        Some(kind) => FadeOf::Kind(kind),
        None if name.is_empty() => return None,
        None => FadeOf::App(name.to_owned()),
    };
    let spans = Spans {
        fade_days: days(fade)?,
        expire_days: days(expire)?,
    };
    Some(FadeRule { of, spans })
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
            |settings| settings.excluded_sites = vec!["bank.example".into(), "*.pay.test".into()],
            None,
        );
        check(
            |settings| settings.excluded_sites = vec!["https://bank.example/".into()],
            Some("by its host"),
        );
        let fading = |rule: &str| vec![rule.to_owned()];
        check(|settings| settings.fading = fading("episodic=90/365"), None);
        check(|settings| settings.fading = fading("firefox=30/0"), None);
        for rule in ["firefox", "=1/2", "core=1", "core=1/9999", "core=-1/2"] {
            check(|settings| settings.fading = fading(rule), Some("fading"));
        }
        check(
            |settings| settings.expire_after_days = 9_999,
            Some("expire_after_days"),
        );
        check(
            |settings| settings.lock_after_min = 5_000,
            Some("lock_after_min"),
        );
    }
}
