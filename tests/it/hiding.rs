//! What the user wants left out or hidden besides secrets, on a real screen: sites in the preview, personal details in what is kept.

use crate::{
    display::Display,
    program::{Profile, ask},
};
use afterimage_engine::api::{Detail, FrameText, ImageSize, Request, Response};
use base64::prelude::*;
use image::RgbImage;
use std::time::{Duration, Instant};

const ACCOUNTS: &str = "https://bank.example/accounts
Savings and everything else";
const CONTACTS: &str = "Contacts of the laboratory
Ingrid Lindqvist leads the research.
Phone: +1 (415) 555-0132 before noon.
";
/// Found within, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

fn desk() -> Display {
    let mut display = Display::start(1280, 800);
    let title = "Accounts - Mozilla Firefox";
    display.terminal("firefox", title, "50x12+20+20", ACCOUNTS);
    display.terminal("xterm", "Contacts", "60x12+20+420", CONTACTS);
    display
}

#[test]
fn w7_r12_r13_what_is_left_out_shows_in_the_preview_and_what_is_hidden_is_in_nothing_kept() {
    let display = desk();
    let profile = Profile::new(Some(&display.name)).init();
    let wishes = ["excluded_sites=bank.example", "hide_details=phone,address"];
    profile.must(&[&["settings", "set"], &wishes[..]].concat(), "");
    the_preview_leaves_the_site_out(&profile);
    profile.must(&["watch", "--for", "10s", "--consent"], "");
    profile.must(&["settle", "--within", "9m"], "");
    let (text, picture) = kept(&profile);
    assert!(text.text.contains("[private:phone]"), "{}", text.text);
    assert!(!text.text.contains("555"), "{}", text.text);
    assert!(text.text.contains("Ingrid"), "{}", text.text);
    the_number_is_painted_over(&text, &picture);
    names_are_marked(&profile);
}

fn the_preview_leaves_the_site_out(profile: &Profile) {
    let Response::CapturePreview { monitors } = ask(&profile.client(), Request::CapturePreview)
    else {
        panic!("a preview was asked for")
    };
    let [monitor] = &monitors[..] else {
        panic!("one monitor")
    };
    let masked: Vec<&str> = monitor
        .masks
        .iter()
        .map(|mask| mask.reason.as_str())
        .collect();
    assert!(masked.contains(&"excluded site"), "{masked:?}");
    let read: Vec<&str> = monitor
        .windows
        .iter()
        .map(|window| window.app.as_str())
        .collect();
    assert_eq!(read, ["xterm"]);
}

/// The text of the contacts and the picture it was read off.
fn kept(profile: &Profile) -> (FrameText, RgbImage) {
    let found = profile.must(&["search", "laboratory research"], "");
    let items = found["evidence"]["items"].as_array().expect("items");
    let frame = items
        .iter()
        .find_map(|item| item["found"]["observation"]["origin"]["frame"].as_str())
        .expect("it was seen");
    let id = frame.parse().unwrap();
    let client = profile.client();
    let Response::Frame { frame } = ask(&client, Request::Frame { id }) else {
        panic!("a frame was asked for")
    };
    let size = ImageSize::Full;
    let Response::Image { data, .. } = ask(&client, Request::FrameImage { id, size }) else {
        panic!("a picture was asked for")
    };
    let file = BASE64_STANDARD.decode(data).unwrap();
    let picture = image::load_from_memory(&file).unwrap().into_rgb8();
    let mut texts = frame.texts.into_iter();
    let text = texts.find(|text| text.app.contains("xterm"));
    (text.expect("the terminal was read"), picture)
}

fn the_number_is_painted_over(text: &FrameText, picture: &RgbImage) {
    let marker = text.text.find("[private:phone]").unwrap() as u32;
    let words = text
        .words
        .iter()
        .filter(|word| word.span.start <= marker && marker < word.span.end);
    let mut looked_at = 0;
    for word in words {
        let bounds = word.bounds;
        for (x, y) in (0..bounds.width).flat_map(|x| (0..bounds.height).map(move |y| (x, y))) {
            let [red, green, blue] = picture
                .get_pixel(bounds.x as u32 + x, bounds.y as u32 + y)
                .0;
            assert!(red < 60 && green < 60 && blue < 60, "a letter is left");
            looked_at += 1;
        }
    }
    assert!(looked_at > 100, "the marker stands somewhere");
}

fn names_are_marked(profile: &Profile) {
    let begun = Instant::now();
    loop {
        let (text, _) = kept(profile);
        if text.details.contains(&Detail::Name) {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "nothing was marked");
        std::thread::sleep(Duration::from_millis(300));
    }
}
