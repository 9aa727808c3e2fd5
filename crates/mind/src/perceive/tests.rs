//! What is observed in which window, and what is not observed twice.

use super::*;
use crate::testing::{START, entropy};
use afterimage_domain::{FrameId, Pixels, id::uuid_v7};
use afterimage_infer::{ocr, picture};

const LINE: u32 = 20;

fn window(handle: u32, app: &str, title: &str, bounds: Rect) -> Window {
    Window {
        handle,
        app: app.into(),
        title: title.into(),
        pid: 1,
        bounds,
        focused: false,
    }
}

fn frame(windows: Vec<Window>, changed: Vec<Rect>) -> Frame {
    Frame {
        id: FrameId(uuid_v7(START, entropy())),
        at: START,
        monitor: "one".into(),
        monitor_bounds: Rect::new(0, 0, 800, 600),
        windows,
        masks: vec![],
        pixels: Pixels::new(800, 600, vec![0; 800 * 600 * 4]).unwrap(),
        hash: 0,
        changed,
    }
}

/// A line at (`x`, `y`), each letter 10 pixels wide.
fn line(x: u32, y: u32, text: &str) -> Line {
    let mut words = Vec::new();
    let mut start = 0;
    for word in text.split(' ') {
        let rect = picture::Rect {
            x: x + start as u32 * 10,
            y,
            w: word.len() as u32 * 10,
            h: LINE - 4,
        };
        words.push(ocr::Word {
            start,
            end: start + word.len(),
            rect,
        });
        start += word.len() + 1;
    }
    let rect = picture::Rect {
        x,
        y,
        w: text.len() as u32 * 10,
        h: LINE - 4,
    };
    Line {
        text: text.into(),
        rect,
        confidence: 1.0,
        words,
    }
}

fn see(frame: &Frame, lines: &[Line], shown: &Shown) -> Perceived {
    see_without(&[], frame, lines, shown)
}

/// What is seen while `sites` are left out.
fn see_without(sites: &[&str], frame: &Frame, lines: &[Line], shown: &Shown) -> Perceived {
    let sites: Vec<_> = sites.iter().map(ToString::to_string).collect();
    let sites = Sites::new(&sites).unwrap();
    let regions = regions::to_read(frame, shown);
    let read: Vec<_> = lines
        .iter()
        .filter(|line| {
            regions.iter().any(|region| {
                region
                    .intersection(&window_text::domain_rect(&line.rect))
                    .is_some()
            })
        })
        .cloned()
        .collect();
    understand(frame, &regions, &read, shown, &sites, &mut || {
        ObservationId(uuid_v7(START, entropy()))
    })
}

fn whole() -> Vec<Rect> {
    vec![Rect::new(0, 0, 800, 600)]
}

#[test]
fn words_belong_to_the_front_most_window() {
    let front = window(1, "xterm", "shell", Rect::new(0, 0, 200, 600));
    let back = window(2, "gedit", "a.md", Rect::new(0, 0, 800, 600));
    let seen = see(
        &frame(vec![front, back], whole()),
        &[
            line(10, 10, "cargo test ok then prose"),
            line(300, 40, "a second line"),
        ],
        &Shown::default(),
    );
    let texts: Vec<_> = seen
        .observations
        .iter()
        .map(|o| (o.origin.app(), o.text.as_str()))
        .collect();
    assert_eq!(
        texts,
        [
            ("xterm", "cargo test ok then"),
            ("gedit", "prose\na second line")
        ]
    );
}

#[test]
fn an_unchanged_window_is_not_observed_again_and_new_lines_are_fresh() {
    let windows = || vec![window(1, "gedit", "a.md", Rect::new(0, 0, 800, 600))];
    let first = [
        line(10, 10, "The first line here"),
        line(10, 30, "The second line here"),
    ];
    let one = see(&frame(windows(), whole()), &first, &Shown::default());
    assert_eq!(one.observations.len(), 1);
    let two = see(&frame(windows(), whole()), &first, &one.shown);
    assert!(two.observations.is_empty());
    let more = [first.to_vec(), vec![line(10, 50, "Something entirely new")]].concat();
    let three = see(&frame(windows(), whole()), &more, &two.shown);
    let observation = &three.observations[0];
    assert_eq!(
        observation
            .fresh
            .iter()
            .map(|span| span.of(&observation.text).unwrap())
            .collect::<Vec<_>>(),
        ["Something entirely new"]
    );
}

#[test]
fn a_page_scrolled_back_shows_nothing_new() {
    let windows = || vec![window(1, "gedit", "a.md", Rect::new(0, 0, 800, 600))];
    let page = |from: u32| {
        (from..from + 10)
            .map(|n| {
                line(
                    10,
                    10 + (n - from) * LINE,
                    &format!("line number {n} of a text"),
                )
            })
            .collect::<Vec<_>>()
    };
    let top = see(&frame(windows(), whole()), &page(0), &Shown::default());
    let below = see(&frame(windows(), whole()), &page(8), &top.shown);
    assert_eq!(below.observations[0].fresh.len(), 1);
    assert!(
        see(&frame(windows(), whole()), &page(0), &below.shown)
            .observations
            .is_empty()
    );
}

#[test]
fn only_what_changed_is_read_and_the_rest_is_carried_over() {
    let windows = || vec![window(1, "gedit", "a.md", Rect::new(0, 0, 800, 600))];
    let old = [
        line(10, 10, "Heading stays"),
        line(10, 300, "this line is replaced"),
        line(10, 500, "Footer stays"),
    ];
    let one = see(&frame(windows(), whole()), &old, &Shown::default());
    let changed = frame(windows(), vec![Rect::new(0, 296, 300, 24)]);
    let regions = regions::to_read(&changed, &one.shown);
    assert_eq!(regions.len(), 1);
    assert!(regions[0].height < 80, "{regions:?}");
    let two = see(
        &changed,
        &[line(10, 300, "by words nobody saw")],
        &one.shown,
    );
    assert_eq!(
        two.observations[0].text,
        "Heading stays\nby words nobody saw\nFooter stays"
    );
    assert_eq!(two.observations[0].words.len(), 8);
}

#[test]
fn a_line_that_a_changed_region_cuts_is_read_whole() {
    let windows = || vec![window(1, "gedit", "a.md", Rect::new(0, 0, 800, 600))];
    let one = see(
        &frame(windows(), whole()),
        &[line(10, 100, "a rather long line of words")],
        &Shown::default(),
    );
    let regions = regions::to_read(
        &frame(windows(), vec![Rect::new(200, 104, 10, 4)]),
        &one.shown,
    );
    assert!(
        regions[0].x <= 10 && regions[0].right() >= 280,
        "{regions:?}"
    );
}

#[test]
fn a_moved_window_is_read_again_but_its_old_lines_are_known() {
    let at = |x| vec![window(1, "gedit", "a.md", Rect::new(x, 0, 400, 600))];
    let one = see(
        &frame(at(0), whole()),
        &[line(10, 10, "The first line here")],
        &Shown::default(),
    );
    let moved = frame(at(300), vec![]);
    assert_eq!(
        regions::to_read(&moved, &one.shown),
        [Rect::new(300, 0, 400, 600)]
    );
    assert!(
        see(&moved, &[line(310, 10, "The first line here")], &one.shown)
            .observations
            .is_empty()
    );
}

#[test]
fn a_frame_without_change_reads_nothing() {
    let windows = || vec![window(1, "gedit", "a.md", Rect::new(0, 0, 800, 600))];
    let one = see(
        &frame(windows(), whole()),
        &[line(10, 10, "The first line here")],
        &Shown::default(),
    );
    assert_eq!(regions::to_read(&frame(windows(), vec![]), &one.shown), []);
    assert!(
        see(&frame(windows(), vec![]), &[], &one.shown)
            .observations
            .is_empty()
    );
}

#[test]
fn secrets_are_replaced_and_their_words_masked_as_long_as_they_are_shown() {
    let windows = || {
        vec![window(
            1,
            "gedit",
            "PIN: 4821 - gedit",
            Rect::new(0, 0, 800, 600),
        )]
    };
    let lines = [
        line(10, 10, "Password"),
        line(10, 30, "hunter2"),
        line(10, 50, "card 4111 1111 1111 1111 valid"),
    ];
    let one = see(&frame(windows(), whole()), &lines, &Shown::default());
    let observation = &one.observations[0];
    assert_eq!(
        observation.text,
        "Password\n[secret:password]\ncard [secret:card] valid"
    );
    assert_eq!(observation.origin.title(), "PIN: [secret:pin] - gedit");
    assert_eq!(observation.redactions, 3);
    assert_eq!(one.masks.len(), 5);
    assert!(one.masks[0].contains(15, 35));
    let marked: Vec<_> = observation
        .words
        .iter()
        .map(|word| word.span.of(&observation.text).unwrap())
        .collect();
    assert_eq!(
        marked,
        [
            "Password",
            "[secret:password]",
            "card",
            "[secret:card]",
            "[secret:card]",
            "[secret:card]",
            "[secret:card]",
            "valid"
        ]
    );
    // Nothing is read again, and the secret is still on the picture.
    assert_eq!(
        see(&frame(windows(), vec![]), &[], &one.shown).masks.len(),
        5
    );
}

#[test]
fn other_monitors_keep_what_they_showed() {
    let windows = || vec![window(1, "gedit", "a.md", Rect::new(0, 0, 800, 600))];
    let one = see(
        &frame(windows(), whole()),
        &[line(10, 10, "The first line here")],
        &Shown::default(),
    );
    let mut other = frame(
        vec![window(2, "xterm", "t", Rect::new(0, 0, 800, 600))],
        whole(),
    );
    other.monitor = "two".into();
    let two = see(&other, &[line(10, 10, "Another screen's line")], &one.shown);
    assert!(
        see(&frame(windows(), vec![]), &[], &two.shown)
            .observations
            .is_empty()
    );
    assert_eq!(regions::to_read(&frame(windows(), vec![]), &two.shown), []);
}

#[test]
fn w4_a_browser_on_a_site_that_is_left_out_is_not_observed_nor_are_its_menus() {
    let left = Rect::new(0, 0, 400, 600);
    let windows = vec![
        window(3, "firefox", "", Rect::new(10, 40, 200, 100)),
        window(1, "firefox", "Accounts — Firefox", left),
        window(2, "firefox", "News — Firefox", Rect::new(400, 0, 400, 600)),
    ];
    let lines = [
        line(20, 60, "account one"),
        line(10, 10, "bank.example/home"),
        line(10, 200, "balance 120"),
        line(410, 10, "news.test/today"),
        line(410, 200, "rain tomorrow"),
    ];
    let frame = frame(windows, whole());
    let all = see(&frame, &lines, &Shown::default());
    assert_eq!((all.observations.len(), all.left_out.len()), (3, 0));
    let seen = see_without(&["bank.example"], &frame, &lines, &Shown::default());
    assert_eq!(seen.left_out, BTreeSet::from([0, 1]));
    assert_eq!(seen.observations.len(), 1);
    assert!(seen.observations[0].text.contains("rain tomorrow"));
}

#[test]
fn w4_a_page_stays_left_out_while_its_address_is_covered_and_until_it_shows_another() {
    let page = |title: &str| window(1, "firefox", title, Rect::new(0, 0, 800, 600));
    let sites = ["bank.example"];
    let first = see_without(
        &sites,
        &frame(vec![page("Accounts")], whole()),
        &[
            line(10, 10, "bank.example/home"),
            line(10, 300, "balance 120"),
        ],
        &Shown::default(),
    );
    assert_eq!(first.left_out.len(), 1);
    let full_screen = see_without(
        &sites,
        &frame(vec![page("Accounts")], whole()),
        &[line(10, 300, "balance 121")],
        &first.shown,
    );
    assert!(full_screen.observations.is_empty() && full_screen.left_out.len() == 1);
    let elsewhere = see_without(
        &sites,
        &frame(vec![page("News")], whole()),
        &[
            line(10, 10, "news.test/today"),
            line(10, 300, "rain tomorrow"),
        ],
        &full_screen.shown,
    );
    assert!(elsewhere.observations.len() == 1 && elsewhere.left_out.is_empty());
}
