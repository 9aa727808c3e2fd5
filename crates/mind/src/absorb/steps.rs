//! How something is done: numbered steps under a heading that says so. By rule.

use super::{Batch, claim, cut};
use afterimage_domain::{Body, NewMemory, Observation, Span, memory::ProcedureType};
use regex::Regex;
use std::sync::LazyLock;

/// Fewer numbered lines are a list of something else.
const LEAST_STEPS: usize = 3;
const MOST_STEPS: usize = 30;

static NUMBERED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:(?i:step)\s+)?(\d{1,2})\s*[.):]\s+(\S.{2,})$").expect("a fixed pattern")
});

static HEADING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(how (?:to|I|we)|steps (?:to|for)|guide|tutorial|instructions?|recipe|install(?:ing|ation)?|set(?:ting)? up|workflow|procedure|checklist|routine|to (?:make|build|deploy|release|reset|configure|restart|cook|bake|fix|clean|update)\b)").expect("a fixed pattern")
});

/// One for each list of steps in what is new.
pub(super) fn procedures(batch: &Batch<'_>) -> Vec<NewMemory> {
    batch
        .observations
        .iter()
        .flat_map(|observation| {
            observation
                .fresh
                .iter()
                .filter_map(|span| procedure(observation, *span))
        })
        .collect()
}

fn procedure(observation: &Observation, span: Span) -> Option<NewMemory> {
    let text = span.of(&observation.text)?;
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let first = lines.iter().position(|line| number(line) == Some(1))?;
    let steps = steps(&lines[first..]);
    let heading = lines[..first]
        .iter()
        .rev()
        .filter(|line| !line.is_empty())
        .take(4)
        .find(|line| HEADING.is_match(line))?;
    let heading = heading
        .trim_start_matches(['#', '*', ' '])
        .trim_end_matches([':', ' ', '.']);
    let is_script = steps
        .iter()
        .filter(|step| step.starts_with(['$', '`', '>']))
        .count()
        * 2
        > steps.len();
    let entry_type = if is_script {
        ProcedureType::Script
    } else {
        ProcedureType::Workflow
    };
    (steps.len() >= LEAST_STEPS).then(|| {
        claim(
            observation,
            span,
            cut(heading, 120),
            Body::Procedural { entry_type, steps },
        )
    })
}

/// Lines numbered 1, 2, 3, … without a gap; other lines between them are passed over.
fn steps(lines: &[&str]) -> Vec<String> {
    let mut steps = Vec::new();
    for found in lines.iter().filter_map(|line| NUMBERED.captures(line)) {
        if found[1].parse() != Ok(steps.len() + 1) || steps.len() == MOST_STEPS {
            break;
        }
        steps.push(found[2].trim().to_owned());
    }
    steps
}

fn number(line: &str) -> Option<usize> {
    NUMBERED.captures(line)?[1].parse().ok()
}
