//! What holds with the real networks on real screens: `fixtures/screens`, whose `make.py` says how they were made.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::{Line, Ocr, OcrError};
use crate::models::ModelFolder;
use crate::picture::{Image, PictureError, Rect};

fn models() -> PathBuf {
    ModelFolder::from_environment()
        .path()
        .join("pp-ocrv6-small")
}

fn ocr() -> &'static Ocr {
    static OCR: OnceLock<Ocr> = OnceLock::new();
    OCR.get_or_init(|| Ocr::open(&models(), 2).unwrap_or_else(|error| panic!("{error}")))
}

/// A screen and each of its words with left, top, right and bottom edge.
struct Screen {
    width: u32,
    height: u32,
    rgba: Vec<u8>,
    words: Vec<(String, [f64; 4])>,
}

impl Screen {
    fn open(name: &str) -> Self {
        let file = |kind: &str| Path::new("fixtures/screens").join(format!("{name}.{kind}"));
        let pixels = image::open(file("png")).expect("a fixture").to_rgba8();
        let words = std::fs::read_to_string(file("json")).expect("a fixture");
        let words: Vec<(String, f64, f64, f64, f64)> =
            serde_json::from_str(&words).expect("a list of words");
        let edges = |(word, x, y, w, h): (String, f64, f64, f64, f64)| (word, [x, y, x + w, y + h]);
        Self {
            width: pixels.width(),
            height: pixels.height(),
            rgba: pixels.into_raw(),
            words: words.into_iter().map(edges).collect(),
        }
    }

    fn image(&self) -> Image<'_> {
        Image::new(self.width, self.height, &self.rgba).expect("a fixture fits")
    }

    fn read(&self) -> Vec<Line> {
        ocr().read(&self.image()).expect("the reader works")
    }
}

/// The share of the screen's words that are read to the letter with every edge within `pixels` of where they stand.
fn boxed(screen: &Screen, lines: &[Line], pixels: f64) -> f64 {
    let found: Vec<(&str, Rect)> = lines
        .iter()
        .flat_map(|line| {
            line.words
                .iter()
                .map(|word| (&line.text[word.start..word.end], word.rect))
        })
        .collect();
    let close = |rect: Rect, [left, _, right, _]: [f64; 4]| {
        (f64::from(rect.x) - left).abs() <= pixels
            && (f64::from(rect.right()) - right).abs() <= pixels
    };
    // The browser's boxes are as high as the font, ours as the ink: ours must be inside, give or take the rounding of the baseline.
    let inside = |rect: Rect, [_, top, _, bottom]: [f64; 4]| {
        f64::from(rect.y) + 2.0 >= top && f64::from(rect.bottom()) <= bottom + 2.0
    };
    let is_found = |(word, edges): &&(String, [f64; 4])| {
        found
            .iter()
            .any(|(text, rect)| text == word && close(*rect, *edges) && inside(*rect, *edges))
    };
    screen.words.iter().filter(is_found).count() as f64 / screen.words.len() as f64
}

/// Insertions, deletions and substitutions between two texts, per character of the first.
fn error_rate(expected: &str, read: &str) -> f64 {
    let read: Vec<char> = read.chars().collect();
    let mut row: Vec<usize> = (0..=read.len()).collect();
    for (i, expected) in expected.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, read) in read.iter().enumerate() {
            let substituted = diagonal + usize::from(expected != *read);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[read.len()] as f64 / expected.chars().count() as f64
}

fn text(lines: &[Line]) -> String {
    lines
        .iter()
        .map(|line| line.text.as_str())
        .collect::<Vec<_>>()
        .join(" ")
}

fn check_screen(name: &str, most_errors: f64, least_boxed: f64) {
    let screen = Screen::open(name);
    let lines = screen.read();
    let expected = screen
        .words
        .iter()
        .map(|(word, _)| word.as_str())
        .collect::<Vec<_>>()
        .join(" ");
    let (errors, boxed) = (
        error_rate(&expected, &text(&lines)),
        boxed(&screen, &lines, 3.0),
    );
    println!(
        "{name}: {:.2} % of characters wrong, {:.1} % of words right and boxed within 3 pixels",
        errors * 100.0,
        boxed * 100.0
    );
    assert!(
        errors <= most_errors,
        "{name}: {:.2} % of characters are wrong:\n{}",
        errors * 100.0,
        text(&lines)
    );
    assert!(
        boxed >= least_boxed,
        "{name}: only {:.1} % of words are boxed",
        boxed * 100.0
    );
}

#[test]
fn dark_on_light_at_12_pixels_is_read_and_every_word_boxed() {
    check_screen("light-12", 0.01, 0.97);
}

#[test]
fn light_on_dark_at_13_pixels_is_read_and_every_word_boxed() {
    check_screen("dark-13", 0.01, 0.97);
}

#[test]
fn a_terminal_is_read() {
    check_screen("terminal", 0.01, 0.0);
}

#[test]
fn columns_are_read_one_after_the_other_and_tables_row_by_row() {
    let lines = Screen::open("columns").read();
    let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    let side = ["Inbox (3)", "Drafts", "Sent", "Archive", "Spam"];
    let main = [
        "Invoice 2024-0317 from Northwind over 1,284.50 EUR is due on",
        "14 March.",
        "Helena Brandt moved the review to Tuesday 09:30 in room",
        "Amsterdam.",
        "error[E0502]: cannot borrow lines as mutable, see",
        "src/engine/writer.rs:214",
    ];
    let table = [
        "Flour", "350 g", "1.20", "Milk", "125 ml", "0.40", "Eggs", "2", "0.70",
    ];
    let expected: Vec<&str> = side.into_iter().chain(main).chain(table).collect();
    assert_eq!(texts, expected);
}

#[test]
fn a_region_is_read_alone_and_placed_on_the_whole_picture() {
    let screen = Screen::open("columns");
    let region = Rect {
        x: 170,
        y: 20,
        w: 460,
        h: 50,
    };
    let lines = ocr()
        .read_region(&screen.image(), region)
        .expect("the reader works");
    assert_eq!(
        text(&lines),
        "Invoice 2024-0317 from Northwind over 1,284.50 EUR is due on 14 March."
    );
    let (_, [left, top, right, _]) = &screen
        .words
        .iter()
        .find(|(word, _)| word == "Northwind")
        .expect("it is there");
    let line = &lines[0];
    let word = line
        .words
        .iter()
        .find(|word| &line.text[word.start..word.end] == "Northwind")
        .expect("it was read");
    assert!(
        (f64::from(word.rect.x) - left).abs() <= 3.0
            && (f64::from(word.rect.right()) - right).abs() <= 3.0,
        "{:?}",
        word.rect
    );
    assert!(f64::from(word.rect.y) >= *top);
}

#[test]
fn a_line_that_stayed_or_scrolled_is_not_read_again() {
    let screen = Screen::open("columns");
    let ocr = Ocr::open(&models(), 2).expect("the model is there");
    let first = ocr.read(&screen.image()).expect("the reader works");
    let read = ocr.memory.len();
    assert_eq!(ocr.read(&screen.image()).expect("the reader works"), first);
    assert_eq!(ocr.memory.len(), read);
    for scrolled in [3, 14] {
        let moved = Image::new(
            screen.width,
            screen.height - scrolled,
            &screen.rgba[(scrolled * screen.width * 4) as usize..],
        );
        let lines = ocr
            .read(&moved.expect("it is a picture"))
            .expect("the reader works");
        assert_eq!(text(&lines), text(&first));
    }
    let again = ocr.memory.len() - read;
    assert!(
        again * 4 <= read * 2,
        "{again} of {} lines were read again",
        read * 2
    );
    ocr.forget();
    assert_eq!(ocr.memory.len(), 0);
}

#[test]
fn a_region_outside_the_picture_holds_nothing() {
    let screen = Screen::open("columns");
    let region = Rect {
        x: 5000,
        y: 10,
        w: u32::MAX,
        h: 40,
    };
    assert!(
        ocr()
            .read_region(&screen.image(), region)
            .expect("the reader works")
            .is_empty()
    );
}

#[test]
fn pictures_without_text_have_no_lines() {
    let check = |name: &str, width: u32, height: u32, pixel: fn(u32) -> u8| {
        let rgba: Vec<u8> = (0..width * height * 4).map(pixel).collect();
        let image = Image::new(width, height, &rgba).expect("it is a picture");
        assert_eq!(
            ocr().read(&image).expect("the reader works"),
            vec![],
            "{name}"
        );
    };
    check("one pixel", 1, 1, |_| 255);
    check("one row", 300, 1, |at| at as u8);
    check("black", 400, 300, |_| 0);
    check("white", 301, 203, |_| 255);
    check("noise", 320, 200, |at| {
        (at.wrapping_mul(2_654_435_761) >> 24) as u8
    });
}

#[test]
fn what_is_no_picture_is_refused_before_memory_is_taken() {
    let check = |width, height, bytes: usize, expected: PictureError| {
        assert_eq!(
            Image::new(width, height, &vec![0; bytes]).err(),
            Some(expected)
        );
    };
    check(
        0,
        0,
        0,
        PictureError::Empty {
            width: 0,
            height: 0,
        },
    );
    check(
        1920,
        0,
        0,
        PictureError::Empty {
            width: 1920,
            height: 0,
        },
    );
    check(
        10_000,
        10_000,
        0,
        PictureError::TooLarge {
            width: 10_000,
            height: 10_000,
        },
    );
    check(
        u32::MAX,
        u32::MAX,
        0,
        PictureError::TooLarge {
            width: u32::MAX,
            height: u32::MAX,
        },
    );
    check(
        8,
        8,
        255,
        PictureError::WrongLength {
            width: 8,
            height: 8,
            bytes: 255,
        },
    );
    let message = PictureError::TooLarge {
        width: 10_000,
        height: 10_000,
    }
    .to_string();
    assert!(message.contains("64 megapixels"), "{message}");
}

#[test]
fn a_missing_model_names_the_command_that_fetches_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let error = Ocr::open(folder.path(), 1).err().expect("nothing is there");
    assert!(matches!(
        error,
        OcrError::MissingModel {
            file: "det.rten",
            ..
        }
    ));
    assert!(error.to_string().contains("cargo xtask models"), "{error}");
}

#[test]
fn a_broken_model_is_named_and_not_run() {
    let folder = tempfile::tempdir().expect("a folder");
    for file in ["rec.rten", "dict.txt"] {
        std::fs::copy(models().join(file), folder.path().join(file))
            .expect("the model is fetched with `cargo xtask models`");
    }
    std::fs::write(folder.path().join("det.rten"), b"RTEN but not really")
        .expect("it can be written");
    let error = Ocr::open(folder.path(), 1).err().expect("it is broken");
    assert!(
        matches!(
            error,
            OcrError::BrokenModel {
                file: "det.rten",
                ..
            }
        ),
        "{error}"
    );
}
