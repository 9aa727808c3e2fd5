//! Observations made from a line, for tests.

use afterimage_domain::{
    FrameId, Observation, ObservationId, Origin, Rect, Span, ThreadId, Timestamp, Trust,
    id::uuid_v7,
};
use std::sync::atomic::{AtomicU64, Ordering};

/// Thursday 2026-03-12 09:00 UTC.
pub(crate) const START: Timestamp = Timestamp::from_millis(1_773_306_000_000);

pub(crate) fn entropy() -> [u8; 10] {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let mut entropy = [0; 10];
    entropy[2..].copy_from_slice(&NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    entropy
}

pub(crate) fn screen(seconds: i64, app: &str, title: &str, text: &str) -> Observation {
    let at = START.plus_seconds(seconds);
    let frame = FrameId(uuid_v7(at, entropy()));
    let origin = Origin::Screen {
        frame,
        app: app.into(),
        title: title.into(),
        url: None,
        bounds: Rect::new(0, 0, 800, 600),
    };
    observation(at, origin, text, Trust::Screen)
}

pub(crate) fn page(seconds: i64, title: &str, url: &str, text: &str) -> Observation {
    let mut observation = screen(seconds, "firefox", title, text);
    if let Origin::Screen { url: address, .. } = &mut observation.origin {
        *address = Some(url.into());
    }
    observation
}

pub(crate) fn chat(seconds: i64, text: &str) -> Observation {
    turn(seconds, true, text)
}

pub(crate) fn turn(seconds: i64, by_user: bool, text: &str) -> Observation {
    let thread = ThreadId(uuid_v7(START, [3; 10]));
    observation(
        START.plus_seconds(seconds),
        Origin::Chat { thread, by_user },
        text,
        Trust::Chat,
    )
}

pub(crate) fn import(seconds: i64, speaker: &str, text: &str) -> Observation {
    let origin = Origin::Import {
        thread: "t1".into(),
        source: "chat".into(),
        speaker: speaker.into(),
    };
    observation(START.plus_seconds(seconds), origin, text, Trust::Client)
}

fn observation(at: Timestamp, origin: Origin, text: &str, trust: Trust) -> Observation {
    Observation {
        id: ObservationId(uuid_v7(at, entropy())),
        at,
        origin,
        text: text.into(),
        words: vec![],
        fresh: vec![Span::whole(text)],
        trust,
        external_id: None,
        redactions: 0,
    }
}
