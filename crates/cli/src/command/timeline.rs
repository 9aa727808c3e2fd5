//! `timeline`.

use crate::{
    arguments::Timeline,
    output::{Output, brief},
    session::{Session, unexpected},
    when::{self, Moment},
};
use afterimage_engine::api::{
    Code, Failure, FrameId, FrameView, Gap, ImageSize, Request, Response, TimeRange, TimelineFrame,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use std::{fs, path::Path};

pub fn timeline(session: &Session, output: &Output, options: &Timeline) -> Result<(), Failure> {
    match (options.frame, &options.picture) {
        (Some(frame), Some(path)) => save(session, output, frame, path),
        (Some(id), None) => show(session, output, Request::Frame { id }),
        _ if options.days => show(session, output, Request::Days),
        _ => show(
            session,
            output,
            Request::Timeline {
                range: range(options)?,
                limit: options.limit,
            },
        ),
    }
}

fn show(session: &Session, output: &Output, request: Request) -> Result<(), Failure> {
    let response = session.call(request)?;
    let text = match &response {
        Response::Timeline {
            frames,
            gaps,
            total,
        } => span(frames, gaps, *total),
        Response::Days { days } => days
            .iter()
            .map(|day| {
                format!(
                    "{}  {:>6} frames  {:>5} memories",
                    day.date, day.frames, day.memories
                )
            })
            .collect::<Vec<_>>()
            .join("\n"),
        Response::Frame { frame } => texts(frame),
        _ => return Err(unexpected()),
    };
    output.response(&response, || text);
    Ok(())
}

fn save(session: &Session, output: &Output, id: FrameId, path: &Path) -> Result<(), Failure> {
    let response = session.call(Request::FrameImage {
        id,
        size: ImageSize::Full,
    })?;
    let Response::Image { mime, data } = &response else {
        return Err(unexpected());
    };
    let bytes = BASE64_STANDARD.decode(data).map_err(|_| unexpected())?;
    fs::write(path, &bytes).map_err(|error| Failure {
        code: Code::BadRequest,
        message: format!("{} cannot be written: {error}.", path.display()),
    })?;
    let document = serde_json::json!({ "path": path, "mime": mime, "bytes": bytes.len() });
    output.document(&document, || format!("{} ({mime})", path.display()));
    Ok(())
}

fn range(options: &Timeline) -> Result<TimeRange, Failure> {
    if options.from.is_some() || options.to.is_some() {
        let to = options.to.map_or_else(when::now, |moment| moment.0);
        let from = options
            .from
            .map_or(to.plus_seconds(-86_400), |moment| moment.0);
        return Ok(TimeRange { from, to });
    }
    let today = || when::shown(when::now())[..10].to_owned();
    let day = options.day.clone().unwrap_or_else(today);
    let start: Moment = day.parse().map_err(|problem| Failure {
        code: Code::BadRequest,
        message: format!("The day {problem}."),
    })?;
    Ok(TimeRange {
        from: start.0,
        to: start.0.plus_seconds(86_400),
    })
}

fn span(frames: &[TimelineFrame], gaps: &[Gap], total: u32) -> String {
    let mut lines: Vec<_> = frames
        .iter()
        .map(|frame| {
            let line = format!(
                "{}  {:<16} {}  {}",
                when::clock(frame.at),
                frame.app,
                frame.id,
                brief(&frame.title, 60)
            );
            (frame.at, line)
        })
        .collect();
    lines.extend(gaps.iter().map(|gap| {
        let reason = format!("{:?}", gap.reason).to_lowercase();
        let line = format!(
            "{}  -- nothing until {}: {reason} --",
            when::clock(gap.range.from),
            when::clock(gap.range.to)
        );
        (gap.range.from, line)
    }));
    lines.sort();
    let lines: Vec<_> = lines.into_iter().map(|(_, line)| line).collect();
    format!("{}\n{} of {total} frames", lines.join("\n"), frames.len())
}

fn texts(frame: &FrameView) -> String {
    let texts = frame
        .texts
        .iter()
        .map(|text| format!("{} · {}\n{}", text.app, text.title, text.text));
    format!(
        "{}  {}  {} x {}\n\n{}",
        when::shown(frame.at),
        frame.monitor,
        frame.width,
        frame.height,
        texts.collect::<Vec<_>>().join("\n\n")
    )
}
