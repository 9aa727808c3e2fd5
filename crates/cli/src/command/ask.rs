//! `ask`.

use crate::{
    arguments::Ask,
    command::search::filter,
    output::{Output, brief, note},
    session::{Session, unexpected},
    when,
};
use afterimage_engine::api::{Answer, AnswerPart, Failure, Request, Response};

pub fn ask(session: &Session, output: &Output, options: &Ask) -> Result<(), Failure> {
    let request = Request::Ask {
        thread: options.thread,
        text: options.text.join(" "),
        filter: filter(&options.narrow),
        temporary: options.temporary,
        at: None,
    };
    let client = session.connect()?;
    let mut streamed = String::new();
    let response = client.stream(request, |part| match part {
        AnswerPart::Text { text } => {
            output.words(&text);
            streamed.push_str(&text);
        }
        AnswerPart::Step { label } if output.is_for_people() => note(&format!("{label} …")),
        _ => {}
    })?;
    let Response::Answered { answer, thread, .. } = &response else {
        return Err(unexpected());
    };
    output.line("");
    output.response(&response, || {
        let whole = match answer.text.trim() == streamed.trim() {
            true => String::new(),
            // What was streamed is a draft until its citations are checked.
            false => format!("{}\n", answer.text),
        };
        format!("{whole}{}\nconversation {thread}", citations(answer))
    });
    Ok(())
}

fn citations(answer: &Answer) -> String {
    let lines = answer.citations.iter().enumerate().map(|(at, citation)| {
        format!(
            "[{}] {}  {}  {}",
            at + 1,
            when::shown(citation.at),
            citation.app,
            brief(&citation.label, 100)
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}
