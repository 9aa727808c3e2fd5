//! Text and pictures that come from elsewhere than the screen.

use crate::{
    api::{Code, Failure, IngestItem, ModelState, Response},
    clock,
    engine::Engine,
    perceiving::Work,
    picture as pictures,
    task::Task,
};
use afterimage_domain::{
    Frame, FrameId, Observation, ObservationId, Origin, Raw, Rect, Span, Timestamp, Trust, Window,
};
use afterimage_mind::redact::Rules;
use afterimage_store::{JobKind, Taken, TakenAs};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use std::{
    sync::mpsc::sync_channel,
    thread,
    time::{Duration, Instant},
};

/// Items of one request.
const MOST_ITEMS: usize = 1_000;
/// Bytes of one item: a long book's chapter.
const MOST_BYTES: usize = 1 << 20;
/// How often settling looks again.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

pub fn lines(engine: &Engine, items: Vec<IngestItem>) -> Result<Response, Failure> {
    Ok(ingested(&store(engine, items, true)?))
}

/// Stores lines; `absorb`, whether they are to be thought about.
pub fn store(engine: &Engine, items: Vec<IngestItem>, absorb: bool) -> Result<Vec<Taken>, Failure> {
    if items.len() > MOST_ITEMS {
        return Err(Failure::new(
            Code::TooLarge,
            format!(
                "{} items at once; at most {MOST_ITEMS} are taken. Send them in parts.",
                items.len()
            ),
        ));
    }
    for (at, item) in items.iter().enumerate() {
        check(item, at + 1)?;
    }
    let clean = |item| Raw::new(observation(item)).clean(&Rules);
    let observations = items.into_iter().map(clean).collect();
    engine.to_writer.ask(|reply| Task::Record {
        observations,
        absorb,
        reply,
    })
}

pub fn picture(
    engine: &Engine,
    image: &str,
    at: Timestamp,
    app: String,
    title: String,
) -> Result<Response, Failure> {
    let file = BASE64_STANDARD
        .decode(image)
        .map_err(|_| Failure::bad_request("`image` must be base64."))?;
    let pixels = pictures::decode(&file)?;
    let whole = Rect::new(0, 0, pixels.width(), pixels.height());
    let frame = Frame {
        id: FrameId(clock::id_at(at)),
        at,
        monitor: "import".into(),
        monitor_bounds: whole,
        windows: vec![Window {
            handle: 0,
            app,
            title,
            pid: 0,
            bounds: whole,
            focused: true,
        }],
        masks: vec![],
        hash: 0,
        changed: vec![whole],
        pixels,
    };
    let (reply, outcome) = sync_channel(1);
    engine.board.note(|facts| facts.reading += 1);
    let work = Work::Picture {
        frame: Box::new(frame),
        reply,
    };
    let sent = engine.frames.send(work).is_ok();
    match (sent, outcome.recv()) {
        (true, Ok(taken)) => Ok(ingested(&taken?)),
        _ => Err(Failure::new(
            Code::Locked,
            "Afterimage was locked before the picture was read. Unlock it and give it again.",
        )),
    }
}

pub fn settle(engine: &Engine, seconds: u32) -> Result<Response, Failure> {
    let end = Instant::now() + Duration::from_secs(seconds.into());
    let _hurry = engine.thinking.hurry();
    loop {
        if is_settled(engine)? {
            return super::capture::status(engine);
        }
        if engine.board.is_locking() {
            return Err(Failure::new(
                Code::Locked,
                "Afterimage was locked meanwhile. What is left goes on after unlocking.",
            ));
        }
        if Instant::now() >= end {
            return Err(Failure::new(
                Code::Timeout,
                format!(
                    "There is still work to do after {seconds} s. It goes on in the background; look again later."
                ),
            ));
        }
        thread::sleep(LOOK_AGAIN);
    }
}

/// Whether nothing waits to be read, embedded or thought about. Work that cannot be done is the failure that says why.
fn is_settled(engine: &Engine) -> Result<bool, Failure> {
    let facts = engine.board.facts();
    let view = engine.readers.begin()?;
    let embed = view.backlog(JobKind::Embed)?.jobs;
    let absorb = match facts.settings.absorb {
        true => view.backlog(JobKind::Absorb)?.jobs,
        false => 0,
    };
    drop(view);
    if embed > 0 {
        engine.embedders.get()?;
    }
    if let (true, ModelState::Unavailable { code, message }) = (absorb > 0, facts.model) {
        return Err(Failure::new(code, message));
    }
    let is_quiet = facts.reading == 0 && !engine.thinking.is_absorbing();
    Ok(is_quiet && embed == 0 && absorb == 0)
}

fn check(item: &IngestItem, number: usize) -> Result<(), Failure> {
    if item.text.len() > MOST_BYTES {
        return Err(Failure::new(
            Code::TooLarge,
            format!(
                "Item {number} holds {:.1} MB of text; at most {} MiB are taken as one. Cut it into parts. Nothing of this request was stored.",
                item.text.len() as f64 / 1e6,
                MOST_BYTES >> 20
            ),
        ));
    }
    let names = [&item.id, &item.thread, &item.source, &item.speaker];
    match item.id.is_empty() || names.iter().any(|name| name.len() > 1_000) {
        true => Err(Failure::bad_request(format!(
            "Item {number} needs an `id`, and its names may have at most 1,000 bytes. Nothing of this request was stored."
        ))),
        false => Ok(()),
    }
}

fn observation(item: IngestItem) -> Observation {
    Observation {
        id: ObservationId(clock::id_at(item.at)),
        at: item.at,
        words: vec![],
        fresh: vec![Span::whole(&item.text)],
        trust: Trust::Client,
        external_id: Some(item.id),
        redactions: 0,
        text: item.text,
        origin: Origin::Import {
            thread: item.thread,
            source: item.source,
            speaker: item.speaker,
        },
    }
}

fn ingested(taken: &[Taken]) -> Response {
    let is_new = |taken: &&Taken| taken.outcome == TakenAs::New;
    Response::Ingested {
        observations: taken.iter().map(|taken| taken.id).collect(),
        known: (taken.len() - taken.iter().filter(is_new).count()) as u32,
    }
}
