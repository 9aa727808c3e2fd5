//! Every command of `afterimage` as a script uses it: one JSON document each, and an exit code for each class of failure.

use crate::program::{PASSPHRASE, Profile};
use serde_json::{Value, json};

const LINES: &str = r#"{"id":"1","thread":"t","at":"2026-11-19T10:15:00Z","source":"chat","speaker":"Ann","text":"The lease ends in October."}
{"id":"2","thread":"t","at":"2026-11-19T10:16:00Z","source":"chat","speaker":"Bo","text":"Then we look for a flat near the canal."}
"#;

#[test]
fn a_profile_is_filled_asked_corrected_and_made_to_forget_from_a_script() {
    let profile = Profile::new(None).init();
    let set = profile.must(
        &[
            "settings",
            "set",
            "absorb=false",
            "excluded_apps=signal,keepassxc",
            "excluded_sites=bank.example,*.clinic.example",
        ],
        "",
    );
    assert_eq!(
        set["settings"]["excluded_apps"],
        json!(["signal", "keepassxc"])
    );
    assert_eq!(
        set["settings"]["excluded_sites"],
        json!(["bank.example", "*.clinic.example"])
    );

    assert_eq!(profile.must(&["ingest", "-"], LINES)["known"], 0);
    assert_eq!(profile.must(&["ingest", "-"], LINES)["known"], 2);
    profile.must(&["settle", "--within", "10m"], "");
    let found = profile.must(&["search", "lease"], "");
    let first = &found["evidence"]["items"][0]["found"];
    assert_eq!(first["observation"]["text"], "The lease ends in October.");
    let none = profile.must(&["search", "lease", "--to", "2026-11-01"], "");
    assert_eq!(none["evidence"]["items"], json!([]));

    who_is_named_is_joined(&profile);
    a_memory_lives(&profile);
    what_is_exported_can_be_read(&profile);

    let preview = profile.must(&["forget", "--app", "chat", "--preview"], "");
    assert_eq!(preview["counts"]["observations"], 2);
    assert_eq!(
        profile.fails(&["forget", "--app", "chat"], ""),
        "bad_request"
    );
    let forgotten = profile.must(&["forget", "--app", "chat", "--yes"], "");
    assert_eq!(forgotten["receipt"]["counts"], preview["counts"]);
    assert_eq!(
        profile.must(&["receipts"], "")["receipts"][0],
        forgotten["receipt"]
    );
    assert_eq!(
        profile.must(&["search", "lease"], "")["evidence"]["items"],
        json!([])
    );

    for (command, field) in [
        ("models", "models"),
        ("storage", "storage"),
        ("apps", "apps"),
        ("status", "status"),
        ("timeline", "frames"),
        ("upkeep", "suggestions"),
    ] {
        assert!(!profile.must(&[command], "")[field].is_null(), "{command}");
    }
    assert!(profile.must(&["timeline", "--days"], "")["days"].is_array());
}

#[test]
fn a1_what_is_taken_along_becomes_a_profile_of_its_own_from_a_script() {
    let profile = Profile::new(None).init();
    profile.must(&["settings", "set", "absorb=false"], "");
    profile.must(&["ingest", "-"], LINES);
    let add = ["memories", "add", "--kind", "vault", "--about", "door"];
    profile.must(&[&add[..], &["Code of the door"]].concat(), "");
    let folder = profile.home();
    let file = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let (archive, vault) = (file("me.age"), file("vault.age"));
    let write = ["archive", "write", &archive, "--vault", &vault];
    let input = format!("for the road\nfor the vault\n{PASSPHRASE}\n");
    assert_eq!(
        profile.fails(&write, &input.replace(PASSPHRASE, "wrong")),
        "wrong_passphrase"
    );
    let written = profile.must(&write, &input)["archived"].clone();
    assert_eq!(
        (&written["memories"], &written["secrets"]),
        (&json!(0), &json!(1))
    );
    assert_eq!(
        profile.fails(&write, &input),
        "bad_request",
        "it is there already"
    );
    let tried = profile.must(&["backup", "drill"], "");
    assert_eq!(tried["last_drill"]["fault"], Value::Null);
    assert!(tried["last_drill"]["at"].is_number());

    let new = Profile::new(None);
    let read = ["archive", "read", &archive, "--vault", &vault];
    let own = |archive: &str| format!("{archive}\nfor the vault\nanother horse\n");
    assert_eq!(new.fails(&read, &own("for the stick")), "wrong_passphrase");
    let foreign = file("export.json");
    profile.must(&["export", &foreign], "");
    let not_one = ["archive", "read", &foreign];
    assert_eq!(
        new.fails(&not_one, "for the road\nanother horse\n"),
        "bad_archive"
    );
    assert_eq!(new.fails(&["status"], ""), "no_profile");
    let made = new.must(&read, &own("for the road"));
    assert_eq!(made["recovery"].as_str().unwrap_or_default().len(), 44);
    assert_eq!(made["status"]["consent"], false);
    let found = new.must(&["search", "lease"], "");
    let first = &found["evidence"]["items"][0]["found"];
    assert_eq!(first["observation"]["text"], "The lease ends in October.");
    let vault = new.must(&["memories", "list", "--kind", "vault"], "");
    assert_eq!(vault["memories"][0]["title"], "Code of the door");
    assert_eq!(new.fails(&read, &own("for the road")), "profile_exists");
    new.must(&["lock"], "");
    assert_eq!(new.fails(&["unlock"], PASSPHRASE), "wrong_passphrase");
    new.must(&["unlock"], "another horse");
}

fn who_is_named_is_joined(profile: &Profile) {
    let add = ["memories", "add", "--kind", "semantic", "--about", "Anna"];
    let added = profile.must(&[&add[..], &["Anna works at Siemens"]].concat(), "");
    let graph = profile.must(&["graph", "anna"], "")["graph"].clone();
    assert_eq!(graph["nodes"][0]["name"], "Anna");
    assert_eq!(graph["edges"][0]["label"], "works at");
    let id = added["memory"]["id"].as_str().unwrap();
    assert_eq!(graph["memories"][0]["id"], id);
    profile.must(&["memories", "delete", id], "");
    assert_eq!(profile.must(&["graph"], "")["graph"]["nodes"], json!([]));
}

fn what_is_exported_can_be_read(profile: &Profile) {
    let add = |kind: &str, title: &str| {
        profile.must(
            &["memories", "add", "--kind", kind, "--about", "door", title],
            "",
        )["memory"]["id"]
            .clone()
    };
    let fact = add("semantic", "The door is green");
    let secret = add("vault", "Code of the door");
    let folder = profile.home();
    let file = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let read = |name: &str| std::fs::read_to_string(file(name)).unwrap();
    profile.must(&["export", &file("export.json")], "");
    let exported: Value = serde_json::from_str(&read("export.json")).unwrap();
    assert_eq!(exported["format"], "afterimage/export/1");
    let ids: Vec<&Value> = exported["memories"]
        .as_array()
        .unwrap()
        .iter()
        .map(|memory| &memory["id"])
        .collect();
    assert!(ids.contains(&&fact) && !ids.contains(&&secret));
    let again = profile.fails(&["export", &file("export.json")], "");
    assert_eq!(again, "bad_request", "a file that is there is left alone");
    profile.must(&["export", "--as", "markdown", &file("export.md")], "");
    assert!(read("export.md").contains("## Facts\n- **The door is green**"));
    assert!(!read("export.md").contains("Code of the door"));
    for id in [fact, secret] {
        profile.must(&["memories", "delete", id.as_str().unwrap()], "");
    }
}

fn a_memory_lives(profile: &Profile) {
    let added = profile.must(
        &[
            "memories",
            "add",
            "--kind",
            "semantic",
            "--about",
            "flat",
            "The deposit is two months' rent",
        ],
        "",
    );
    let id = added["memory"]["id"].as_str().unwrap().to_owned();
    let act = |action: &str| profile.must(&["memories", action, &id], "");
    let edited = profile.must(
        &[
            "memories",
            "edit",
            &id,
            "--title",
            "The deposit is three months' rent",
            "--pinned",
            "true",
        ],
        "",
    );
    assert_eq!(
        (&edited["memory"]["version"], &edited["memory"]["pinned"]),
        (&json!(2), &json!(true))
    );
    assert_eq!(
        act("undo")["memory"]["title"],
        "The deposit is two months' rent"
    );
    assert_eq!(act("show")["memory"]["id"], id);
    let list = |arguments: &[&str]| {
        profile.must(&[&["memories", "list"], arguments].concat(), "")["total"].clone()
    };
    assert_eq!(
        (
            list(&["--kind", "semantic"]),
            list(&["--kind", "core"]),
            list(&["--text", "deposit"])
        ),
        (json!(1), json!(0), json!(1))
    );
    act("delete");
    assert_eq!(list(&[]), 0);
    assert!(
        act("history")["changes"]
            .as_array()
            .is_some_and(|changes| changes.len() >= 3)
    );
}

#[test]
fn every_class_of_failure_has_its_exit_code() {
    let profile = Profile::new(None);
    let check = |arguments: &[&str], input: &str, code: &str, exit: i32| {
        let output = profile.run(arguments, input);
        let document: Value = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
        assert_eq!(document["failure"]["code"], code, "{arguments:?}");
        assert_eq!(output.status.code(), Some(exit), "{arguments:?}");
    };
    check(&["status"], "", "no_profile", 3);
    check(
        &["unlock", "--passphrase-stdin"],
        PASSPHRASE,
        "no_profile",
        3,
    );
    check(
        &["init", "--passphrase-stdin"],
        "short",
        "weak_passphrase",
        4,
    );
    profile.must(&["init", "--passphrase-stdin"], PASSPHRASE);
    check(
        &["init", "--passphrase-stdin"],
        PASSPHRASE,
        "already_running",
        5,
    );
    let nobody = "0193f000-0000-7000-8000-000000000001";
    check(&["memories", "show", nobody], "", "not_found", 5);
    check(&["settings", "set", "interval_ms=1"], "", "bad_request", 2);
    check(&["ingest", "-"], "not a line", "bad_request", 2);
    check(&["ingest", "/nowhere.jsonl"], "", "bad_request", 2);
    check(&["watch", "--for", "1s"], "", "no_consent", 6);
    check(&["watch", "--for", "4s", "--consent"], "", "no_display", 6);
    check(&["search", &"x".repeat(16_001)], "", "too_large", 7);
    profile.must(&["lock"], "");
    check(&["search", "x"], "", "locked", 3);
    check(
        &["init", "--passphrase-stdin"],
        PASSPHRASE,
        "profile_exists",
        5,
    );
    check(
        &["unlock", "--passphrase-stdin"],
        "not the passphrase",
        "wrong_passphrase",
        4,
    );
    profile.must(&["unlock", "--passphrase-stdin"], PASSPHRASE);
    profile.must(&["unlock"], "");
    assert_eq!(profile.run(&["dance"], "").status.code(), Some(2));
}

#[test]
fn people_are_told_in_words() {
    let profile = Profile::new(None).init();
    let said = |arguments: &[&str]| {
        let output = std::process::Command::new(crate::program::binary("afterimage"))
            .arg("--home")
            .arg(profile.home())
            .args(arguments)
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap();
        (
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    assert!(
        said(&["status"])
            .0
            .contains("you have not agreed to it yet")
    );
    assert!(
        said(&["search", "nothing"])
            .0
            .contains("Nothing was found.")
    );
    let (out, error) = said(&["watch"]);
    assert!(
        out.is_empty() && error.contains("afterimage watch --consent"),
        "{error}"
    );
    assert!(said(&["lock"]).0.contains("Locked."));
    assert!(said(&["status"]).1.contains("afterimage unlock"));
}

#[test]
fn k9_profiles_are_made_listed_and_switched_each_with_its_own_key() {
    let profile = Profile::new(None);
    let first = profile.must(&["init", "--passphrase-stdin"], PASSPHRASE);
    let code = first["recovery"].as_str().unwrap().to_owned();
    assert_eq!(code.split('-').count(), 9);
    let other = "the passphrase of the second";
    let create = ["profile", "create", "work", "--passphrase-stdin"];
    assert_eq!(
        profile.fails(
            &["profile", "create", "No Name", "--passphrase-stdin"],
            other
        ),
        "bad_request"
    );
    profile.must(&create, other);
    assert_eq!(profile.fails(&create, other), "already_running");
    let named = |list: Value| -> Vec<(String, bool)> {
        let profiles = list["profiles"].as_array().unwrap().clone();
        let each = profiles.iter();
        each.map(|one| {
            (
                one["name"].as_str().unwrap().to_owned(),
                one["current"] == true,
            )
        })
        .collect()
    };
    let is = |name: &str, current| (name.to_owned(), current);
    let list = ["profile", "list"];
    assert_eq!(
        named(profile.must(&list, "")),
        [is("default", true), is("work", false)]
    );
    assert_eq!(
        profile.fails(&["profile", "switch", "play"], ""),
        "not_found"
    );
    profile.must(&["profile", "switch", "work"], "");
    assert_eq!(
        named(profile.must(&list, "")),
        [is("default", false), is("work", true)]
    );
    let home = profile.must(&["status"], "")["status"]["home"].clone();
    assert!(home.as_str().unwrap().ends_with("profiles/work"), "{home}");
    profile.must(&["lock"], "");
    assert_eq!(
        profile.fails(&["unlock", "--passphrase-stdin"], PASSPHRASE),
        "wrong_passphrase"
    );
    assert_eq!(
        profile.fails(&["unlock", "--recovery", "--passphrase-stdin"], &code),
        "wrong_recovery"
    );
    profile.must(&["--profile", "default", "lock"], "");
    let unlock = [
        "--profile",
        "default",
        "unlock",
        "--recovery",
        "--passphrase-stdin",
    ];
    profile.must(&unlock, &code);
    profile.must(&["--profile", "default", "lock"], "");
}

#[test]
fn k14_a_passphrase_is_judged_before_there_is_a_profile() {
    let profile = Profile::new(None);
    let judge = |passphrase| profile.must(&["keys", "strength", "--passphrase-stdin"], passphrase);
    let weak = judge("password1");
    assert_eq!(weak["is_enough"], false);
    let advice = weak["advice"].as_str().unwrap();
    assert!(advice.contains("common password"), "{advice}");
    let good = judge(PASSPHRASE);
    assert_eq!(
        (&good["is_enough"], &good["score"]),
        (&json!(true), &json!(4))
    );
    assert_eq!(good["advice"], "");
}

#[test]
fn k3_keys_are_listed_changed_and_renewed_from_a_script() {
    let profile = Profile::new(None).init();
    let ways = profile.must(&["keys", "list"], "");
    assert_eq!(ways["ways"], json!(["passphrase", "recovery"]));
    let both = format!("{PASSPHRASE}\norchard lantern pebble willow\n");
    profile.must(&["keys", "passphrase", "--passphrase-stdin"], &both);
    let renew = ["keys", "recovery", "--passphrase-stdin"];
    assert_eq!(profile.fails(&renew, PASSPHRASE), "wrong_passphrase");
    let code = profile.must(&renew, "orchard lantern pebble willow")["code"].clone();
    assert_eq!(code.as_str().unwrap().len(), 44);
    let remove = [
        "keys",
        "remove",
        "passphrase",
        "--recovery",
        "--passphrase-stdin",
    ];
    let left = profile.must(&remove, code.as_str().unwrap());
    assert_eq!(left["ways"], json!(["recovery"]));
    let last = [
        "keys",
        "remove",
        "recovery",
        "--recovery",
        "--passphrase-stdin",
    ];
    assert_eq!(profile.fails(&last, code.as_str().unwrap()), "bad_request");
}

#[test]
fn d2_the_command_line_with_a_token_has_what_the_token_opens() {
    let profile = Profile::new(None).init();
    profile.must(&["settings", "set", "absorb=false"], "");
    profile.must(&["ingest", "-"], LINES);
    profile.must(
        &[
            "memories",
            "add",
            "--kind",
            "semantic",
            "--about",
            "Anna",
            "Anna works at Siemens",
        ],
        "",
    );
    let added = profile.must(
        &[
            "clients", "add", "editor", "--kind", "semantic", "--days", "7",
        ],
        "",
    );
    let token = added["token"].as_str().unwrap();
    let as_editor = |arguments: &[&str]| {
        let output = profile.run_as(Some(token), arguments, "");
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        (output.status.code(), document)
    };
    let (code, found) = as_editor(&["search", "Anna lease"]);
    let items = found["evidence"]["items"].as_array().unwrap();
    assert_eq!((code, items.len()), (Some(0), 1), "{found}");
    assert_eq!(items[0]["from"], "the user");
    let (code, listed) = as_editor(&["memories", "list"]);
    assert_eq!((code, &listed["total"]), (Some(0), &json!(1)), "{listed}");
    for refused in [
        &["settings", "get"][..],
        &["receipts"],
        &["status"],
        &["clients", "list"],
        &["lock"],
    ] {
        let (code, document) = as_editor(refused);
        assert_eq!(code, Some(4), "{refused:?} {document}");
        assert_eq!(document["failure"]["code"], "out_of_scope", "{refused:?}");
    }
    for wrong in ["", "afterimage_00"] {
        let output = profile.run_as(Some(wrong), &["search", "Anna"], "");
        assert_eq!(output.status.code(), Some(4), "{wrong:?}");
    }
    let clients = profile.must(&["clients", "list"], "");
    assert_eq!(clients["clients"][0]["items_today"], 2);
    let log = profile.must(&["clients", "log"], "");
    let lines = log["lines"].as_array().unwrap();
    assert!(lines.iter().any(|line| line["reader"] == "editor"
        && line["request"] == "search"
        && line["items"] == 1));
    assert!(
        lines
            .iter()
            .any(|line| line["reader"] == "command line" && line["client"].is_null())
    );
    profile.must(&["clients", "revoke", "editor"], "");
    assert_eq!(
        as_editor(&["search", "Anna"]).1["failure"]["code"],
        "not_admitted"
    );
    assert_eq!(
        profile.fails(&["clients", "revoke", "editor"], ""),
        "not_found"
    );
}
