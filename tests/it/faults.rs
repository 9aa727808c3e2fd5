//! A few of each fault of `cargo xtask faults`, whose full numbers take minutes: the same program, so that what is promised is tried on
//! every change.

use serde_json::Value;
use std::process::Command;

/// Runs one fault; the table's row.
fn run(name: &str, cycles: u32) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_faults"))
        // The other tests run beside it: what is promised in seconds is measured by `cargo xtask faults` alone.
        .args([
            name,
            "--json",
            "--patience",
            "12",
            "--cycles",
            &cycles.to_string(),
        ])
        .output()
        .expect("the faults can be started");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    let outcomes: Value = serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{name}: {error}: {text}{errors}"));
    let outcome = outcomes[0][1].clone();
    let is_good = ["lost", "doubled", "silent"]
        .iter()
        .all(|what| outcome[what] == 0);
    assert_eq!(is_good, output.status.success(), "{outcome}");
    outcome
}

fn check(name: &str, cycles: u32) {
    let outcome = run(name, cycles);
    for what in ["lost", "doubled", "silent"] {
        assert_eq!(outcome[what], 0, "{name}: {outcome:#}");
    }
    if outcome["skipped"].is_string() {
        eprintln!("{name} was skipped: {}", outcome["skipped"]);
        return;
    }
    assert!(outcome["tried"].as_u64() > Some(0), "{name}: {outcome:#}");
}

#[test]
fn f1_killed_at_any_moment_it_keeps_what_it_acknowledged() {
    check("kill", 2);
}

#[test]
fn f17_killed_while_it_copies_or_is_copied_a_profile_is_whole_or_none() {
    check("copies", 10);
}

#[test]
fn f2_a_power_cut_takes_nothing_that_was_acknowledged() {
    check("power", 30);
}

#[test]
fn f2_a_store_that_did_not_wait_for_the_disk_would_be_found_out() {
    let outcome = run("unsynced", 30);
    assert!(outcome["lost"].as_u64() > Some(0), "{outcome:#}");
}

#[test]
fn f3_damage_is_named_or_does_not_matter() {
    check("flip", 28);
    check("cut", 14);
}

#[test]
fn f4_on_a_full_disk_one_can_still_forget() {
    check("full", 2);
}

#[test]
fn f6_after_a_failed_write_nothing_is_acknowledged_that_rests_on_it() {
    check("sync", 4);
}

#[test]
fn f7_an_engine_that_dies_is_back_and_one_that_is_locked_is_not() {
    check("restart", 1);
}

#[test]
fn f8_a_calendar_that_jumps_loses_nothing() {
    check("clock", 1);
}

#[test]
fn f9_of_twenty_engines_one_has_the_profile() {
    check("instances", 1);
}

#[test]
fn f14_nothing_that_can_be_read_is_written_not_even_for_a_moment() {
    check("plain", 1);
}

#[test]
fn g5_what_is_forgotten_is_gone_from_every_page_and_does_not_come_back() {
    check("forget", 11);
}

#[test]
fn f15_a_day_at_a_scripted_desktop_loses_and_shows_nothing() {
    check("soak", 1);
}

#[test]
fn f10_the_screen_may_go_away_and_come_back() {
    check("display", 1);
}

#[test]
fn f11_damaged_models_are_not_used() {
    check("models", 3);
    check("models", 5);
}
