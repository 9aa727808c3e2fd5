//! The main job on real input: real windows on a real (virtual) screen, seen, read, remembered, found and cited.

use crate::{
    display::Display,
    program::{PASSPHRASE, Profile, ask},
};
use afterimage_engine::api::{Found, FrameId, ImageSize, Request, Response};
use base64::prelude::*;
use serde_json::Value;
use std::{fs, path::Path};

const PAGE: &str = "<!doctype html><meta charset=utf-8><title>Trip plan</title>
<body style='font: 20px DejaVu Sans; margin: 24px'>
<h1>Trip plan</h1>
<p>The night train to Ljubljana leaves Zurich at 20:40 from platform 9.</p>
<p>Marta keeps the tickets and books the hotel near the river.</p>";

const PRIVATE_PAGE: &str = "<!doctype html><title>Present ideas</title>
<body style='font: 20px DejaVu Sans; margin: 24px'><p>zanzibarquokka is the surprise present</p>";

const TERMINAL: &str = "Release notes for Atlas
The Atlas release moves to 14 March because the audit is late.
Priya signs it off.
export GITHUB_TOKEN=ghp_16C7e42F292c6912E7710c838347Ae178B4a";

const EXCLUDED: &str = "the vault phrase is marmaladewalrus";

/// Words that no rule lets through.
const CANARIES: [&str; 3] = [
    "zanzibarquokka",
    "marmaladewalrus",
    "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
];

/// A desk with a browser, a terminal, an editor, a password manager and a private window, none on top of another.
fn desk(folder: &Path) -> Display {
    let mut display = Display::start(1920, 1080);
    let page = folder.join("trip.html");
    let private = folder.join("private.html");
    let minutes = folder.join("minutes.txt");
    fs::write(&page, PAGE).unwrap();
    fs::write(&private, PRIVATE_PAGE).unwrap();
    fs::write(
        &minutes,
        "Minutes of the budget meeting\nThe kitchen budget is 4200 euros.\nOlaf orders the oven.\n",
    )
    .unwrap();
    display.browser(
        &folder.join("open"),
        &page,
        "Trip plan",
        &["--window-position=20,20", "--window-size=900,480"],
    );
    let incognito = [
        "--incognito",
        "--window-position=20,620",
        "--window-size=700,360",
    ];
    display.browser(
        &folder.join("secret"),
        &private,
        "Present ideas",
        &incognito,
    );
    display.terminal("xterm", "Deploy notes", "70x12+980+40", TERMINAL);
    display.terminal("keepassxc", "Passwords", "50x6+980+760", EXCLUDED);
    display.run(
        "xedit",
        &["-geometry", "560x260+980+440", minutes.to_str().unwrap()],
    );
    display.wait_for_title("xedit");
    display
}

#[test]
fn what_stands_on_the_screen_is_seen_read_remembered_found_and_cited() {
    let folder = tempfile::tempdir().unwrap();
    let display = desk(folder.path());
    let profile = Profile::new(Some(&display.name)).init();

    assert_eq!(profile.fails(&["watch", "--for", "1s"], ""), "no_consent");
    profile.must(&["watch", "--for", "12s", "--consent"], "");
    profile.must(&["settle", "--within", "9m"], "");

    a_search_finds_the_page_and_boxes_its_words(&profile);
    every_window_was_read(&profile);
    nothing_excluded_can_be_found_or_seen(&profile);
    an_answer_cites_what_it_rests_on(&profile);
    memories_were_formed_and_name_their_sources(&profile);

    profile.must(&["lock"], "");
    no_word_lies_in_the_open(&profile);
    assert_eq!(profile.fails(&["status"], ""), "locked");
    profile.must(&["unlock", "--passphrase-stdin"], PASSPHRASE);
    assert!(
        !search(&profile, "night train to Ljubljana").is_empty(),
        "everything is there again after a lock"
    );
}

fn a_search_finds_the_page_and_boxes_its_words(profile: &Profile) {
    let items = search(profile, "night train to Ljubljana");
    let found = items.iter().find(|item| {
        item["found"]["observation"]["origin"]["app"]
            .as_str()
            .is_some_and(|app| app.contains("chrom"))
    });
    let observation = &found.expect("the page is found")["found"]["observation"];
    let text = observation["text"].as_str().unwrap();
    assert!(text.contains("Ljubljana"), "{text}");
    let words = observation["words"].as_array().unwrap();
    let boxed = words.iter().any(|word| {
        let (start, end) = (
            word["span"]["start"].as_u64().unwrap() as usize,
            word["span"]["end"].as_u64().unwrap() as usize,
        );
        text.get(start..end)
            .is_some_and(|marked| marked.contains("Ljubljana"))
            && word["bounds"]["x"].as_i64() < Some(920)
    });
    assert!(boxed, "the word is boxed inside the browser window");
}

fn every_window_was_read(profile: &Profile) {
    for (question, expected) in [
        ("Atlas release audit", "14 March"),
        ("kitchen budget", "4200"),
        ("hotel near the river", "Marta"),
    ] {
        let texts = search(profile, question)
            .iter()
            .map(text_of)
            .collect::<Vec<_>>()
            .join("\n");
        assert!(
            texts.contains(expected),
            "searching {question:?} shows {expected:?} in:\n{texts}"
        );
    }
}

fn nothing_excluded_can_be_found_or_seen(profile: &Profile) {
    for canary in CANARIES {
        let texts = search(profile, canary)
            .iter()
            .map(text_of)
            .collect::<String>()
            .to_lowercase();
        assert!(
            !texts.contains(&canary.to_lowercase()),
            "{canary} was stored"
        );
    }
    let texts = search(profile, "GITHUB_TOKEN")
        .iter()
        .map(text_of)
        .collect::<String>();
    assert!(
        texts.contains("[secret:"),
        "the token was replaced by a mark: {texts}"
    );
}

fn an_answer_cites_what_it_rests_on(profile: &Profile) {
    let response = profile.must(
        &["ask", "When does the night train to Ljubljana leave?"],
        "",
    );
    let answer = &response["answer"];
    assert!(
        answer["text"].as_str().unwrap().contains("20:40"),
        "{answer}"
    );
    let citations = answer["citations"].as_array().unwrap();
    let frame = citations
        .iter()
        .find_map(|citation| citation["frame"].as_str())
        .expect("a frame is cited");
    assert!(
        citations
            .iter()
            .any(|citation| !citation["boxes"].as_array().unwrap().is_empty()),
        "with the words boxed"
    );
    the_cited_frame_opens(profile, frame.parse().unwrap());
}

fn the_cited_frame_opens(profile: &Profile, id: FrameId) {
    let client = profile.client();
    let Response::Frame { frame } = ask(&client, Request::Frame { id }) else {
        panic!("a frame was asked for")
    };
    assert_eq!((frame.width, frame.height), (1920, 1080));
    assert!(
        !frame.masks.is_empty(),
        "excluded windows were painted over"
    );
    let Response::Image { data, .. } = ask(
        &client,
        Request::FrameImage {
            id,
            size: ImageSize::Full,
        },
    ) else {
        panic!("a picture was asked for")
    };
    let picture =
        image::load_from_memory(&BASE64_STANDARD.decode(data).unwrap()).expect("the picture opens");
    assert_eq!((picture.width(), picture.height()), (1920, 1080));
    keep_artifact("captured-frame.png", &picture);
}

fn memories_were_formed_and_name_their_sources(profile: &Profile) {
    let client = profile.client();
    let all = Request::Memories {
        kind: None,
        text: None,
        offset: 0,
        limit: 200,
    };
    let Response::Memories { memories, .. } = ask(&client, all) else {
        panic!("memories were asked for")
    };
    assert!(!memories.is_empty(), "watching forms memories");
    for memory in memories {
        assert!(
            !memory.content.sources.is_empty(),
            "{:?} names no source",
            memory.content.title
        );
        let Response::Memory { sources, .. } = ask(&client, Request::Memory { id: memory.id })
        else {
            panic!("a memory was asked for")
        };
        for source in &memory.content.sources {
            let observation = sources
                .iter()
                .find(|observation| observation.id == source.observation)
                .expect("its source exists");
            assert!(
                source.span.of(&observation.text).is_some(),
                "its span lies in the source's text"
            );
        }
    }
}

fn no_word_lies_in_the_open(profile: &Profile) {
    let files = profile.files();
    assert!(files.len() >= 3, "a profile has files");
    for file in files {
        let bytes = fs::read(&file).unwrap_or_default();
        for word in [
            "Ljubljana",
            "Priya",
            "kitchen budget",
            CANARIES[0],
            CANARIES[1],
        ] {
            let wide: Vec<u8> = word.encode_utf16().flat_map(u16::to_le_bytes).collect();
            for form in [
                word.as_bytes(),
                &wide,
                BASE64_STANDARD_NO_PAD.encode(word).as_bytes(),
            ] {
                assert!(
                    !bytes.windows(form.len()).any(|part| part == form),
                    "{word} lies in {}",
                    file.display()
                );
            }
        }
        assert!(
            !bytes.starts_with(b"\x89PNG")
                && !bytes.starts_with(b"\xff\xd8\xff")
                && !bytes.starts_with(b"RIFF"),
            "{}",
            file.display()
        );
    }
}

fn search(profile: &Profile, words: &str) -> Vec<Value> {
    profile.must(&["search", words], "")["evidence"]["items"]
        .as_array()
        .cloned()
        .unwrap_or_default()
}

fn text_of(item: &Value) -> String {
    let found: Found = serde_json::from_value(item["found"].clone())
        .expect("search prints what the protocol says");
    found.text() + "\n"
}

/// Pictures of a run are kept for people to look at: `test-artifacts/`.
fn keep_artifact(name: &str, picture: &image::DynamicImage) {
    let folder = Path::new("../test-artifacts");
    fs::create_dir_all(folder).expect("the folder for test pictures can be made");
    picture
        .save(folder.join(name))
        .expect("the picture can be kept");
}
