//! Numbers of several rounds, and the cells of a table made of them.

/// The middle one, or nothing where nothing was measured.
pub fn median(mut numbers: Vec<f64>) -> Option<f64> {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied()
}

/// `123`, or `4.5` below ten, or a dash.
pub fn cell(number: Option<f64>) -> String {
    match number {
        None => "-".into(),
        Some(number) if number < 10.0 => format!("{number:.1}"),
        Some(number) => format!("{number:.0}"),
    }
}

/// How many times `ours` is `theirs`.
pub fn ratio(ours: Option<f64>, theirs: Option<f64>) -> String {
    match (ours, theirs) {
        (Some(ours), Some(theirs)) => format!("{:.2}", ours / theirs),
        _ => "-".into(),
    }
}

/// `1.23 s`, or a dash.
pub fn seconds(number: Option<f64>) -> String {
    number.map_or("-".into(), |number| format!("{number:.2} s"))
}
