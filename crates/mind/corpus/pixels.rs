//! The samples as a screen shows them: set in a font, read by the text reader, judged by what is painted over.

use super::corpus::{LOOK_ALIKES, Outcome, SECRETS, Sample, rows, samples};
use ab_glyph::{Font, FontVec, PxScale, ScaleFont, point};
use afterimage_domain::{
    Frame, FrameId, ObservationId, Rect, Timestamp, Window, frame::Pixels, id::uuid_v7,
};
use afterimage_infer::ocr::Ocr;
use afterimage_mind::{
    perceive::{Shown, perceive},
    sites::Sites,
};
use std::{collections::HashSet, path::Path};

/// Where Debian's `fonts-dejavu-core` puts its fonts; the set-up installs it.
const FONTS: [&str; 3] = ["DejaVuSansMono", "DejaVuSans", "DejaVuSerif"];
const FOLDER: &str = "/usr/share/fonts/truetype/dejavu";
/// A window this wide breaks longer lines, as a terminal does.
const WIDTH: u32 = 960;
const MARGIN: f32 = 12.0;
/// What is painted over reaches this far beyond a word's ink; the engine's margin.
const PAINTED_MARGIN: u32 = 2;
/// Kinds whose difference from another kind cannot be seen.
const INVISIBLE: &[&str] = &["broken apart by marks"];

/// A picture, and the centre of each letter and digit of its secrets.
struct Picture {
    pixels: Pixels,
    secrets: Vec<(i32, i32)>,
}

/// The fonts that screens are drawn in here.
pub struct Typesetter(Vec<FontVec>);

impl Typesetter {
    /// The fonts of this machine.
    pub fn open() -> Self {
        let open = |name: &str| {
            let path = format!("{FOLDER}/{name}.ttf");
            let file = std::fs::read(&path)
                .unwrap_or_else(|error| panic!("{path}: {error}; install fonts-dejavu-core"));
            FontVec::try_from_vec(file).expect("a font")
        };
        Self(FONTS.into_iter().map(open).collect())
    }

    /// `None` where the font lacks a character.
    fn set(&self, sample: &Sample, nth: usize) -> Option<Picture> {
        let font = &self.0[nth % self.0.len()];
        let size = [15.0, 17.0, 19.0, 22.0][nth / 3 % 4];
        let (ink, paper): ([u8; 3], [u8; 3]) = match nth / 2 % 3 {
            0 => ([30, 30, 34], [255, 255, 255]),
            1 => ([225, 228, 230], [24, 26, 30]),
            _ => ([20, 40, 70], [246, 246, 240]),
        };
        let scaled = font.as_scaled(PxScale::from(size));
        let line_height = size * 1.45;
        let (mut x, mut y) = (MARGIN, MARGIN);
        let (mut glyphs, mut secrets) = (Vec::new(), Vec::new());
        for (at, character) in sample.text.char_indices() {
            let wide = if character == '\t' { 4.0 } else { 1.0 };
            let id = font.glyph_id(if character == '\t' { ' ' } else { character });
            if id.0 == 0 && character != '\n' {
                return None;
            }
            let advance = wide * scaled.h_advance(id);
            if character == '\n' || x + advance > WIDTH as f32 - MARGIN {
                (x, y) = (MARGIN, y + line_height);
            }
            if character == '\n' {
                continue;
            }
            if character.is_alphanumeric()
                && sample.secrets.iter().any(|secret| secret.contains(&at))
            {
                secrets.push(((x + advance / 2.0) as i32, (y + line_height / 2.0) as i32));
            }
            glyphs.push(id.with_scale_and_position(
                size,
                point(x, y + scaled.ascent() + (line_height - size) / 2.0),
            ));
            x += advance;
        }
        let height = (y + line_height + MARGIN) as u32;
        let mut rgba = [paper[0], paper[1], paper[2], 255].repeat((WIDTH * height) as usize);
        for outline in glyphs
            .into_iter()
            .filter_map(|glyph| font.outline_glyph(glyph))
        {
            let bounds = outline.px_bounds();
            outline.draw(|dx, dy, cover| {
                let (x, y) = (bounds.min.x as u32 + dx, bounds.min.y as u32 + dy);
                let pixel =
                    &mut rgba[((y.min(height - 1) * WIDTH + x.min(WIDTH - 1)) * 4) as usize..][..3];
                for (value, ink) in pixel.iter_mut().zip(ink) {
                    *value = (f32::from(*value)
                        + (f32::from(ink) - f32::from(*value)) * cover.min(1.0))
                        as u8;
                }
            });
        }
        let pixels = Pixels::new(WIDTH, height, rgba)?;
        Some(Picture { pixels, secrets })
    }
}

/// How many were left out because no font here or the text reader has their letters (Cyrillic, Hebrew and Arabic are among those it has
/// not), and what became of the rest: `count` pictures a kind. `folder` holds the reader's files.
pub fn measure_read(
    seed: u64,
    count: usize,
    folder: &Path,
    kinds: impl Fn(&str) -> bool,
) -> (usize, Outcome) {
    let ocr = Ocr::open(folder, 2).unwrap_or_else(|error| panic!("{error}"));
    let dictionary =
        std::fs::read_to_string(folder.join("dict.txt")).expect("the reader opened it");
    let letters: HashSet<char> = dictionary.chars().collect();
    let is_readable = |sample: &Sample| {
        let mut characters = sample.text.chars();
        characters.all(|c| letters.contains(&c) || !c.is_alphabetic())
    };
    let typesetter = Typesetter::open();
    let (mut left, mut number) = (0, 0);
    let mut read = |table| {
        let mut samples = samples(table, seed, count);
        samples.retain(|sample| kinds(sample.kind) && !INVISIBLE.contains(&sample.kind));
        let wanted = table.as_ptr() == SECRETS.as_ptr();
        let pictures: Vec<(Sample, Picture)> = samples
            .into_iter()
            .filter_map(|sample| {
                number += 1;
                let picture = Some(&sample).filter(|sample| is_readable(sample));
                let picture = picture.and_then(|sample| typesetter.set(sample, number));
                left += usize::from(picture.is_none());
                picture.map(|picture| (sample, picture))
            })
            .collect();
        let judged = pictures.into_iter().map(|(mut sample, picture)| {
            let (gone, text) = judge(&picture, &ocr);
            sample.text = format!("{}\n=> {text}", sample.text);
            (sample, gone)
        });
        rows(judged, wanted)
    };
    let (secrets, look_alikes) = (read(SECRETS), read(LOOK_ALIKES));
    let outcome = Outcome {
        secrets,
        look_alikes,
        spill: (0, 1),
    };
    (left, outcome)
}

/// Whether every letter of every secret is painted over; without secrets, whether anything is. And the text that is kept.
fn judge(picture: &Picture, ocr: &Ocr) -> (bool, String) {
    let bounds = Rect::new(0, 0, picture.pixels.width(), picture.pixels.height());
    let at = Timestamp::from_millis(1_700_000_000_000);
    let frame = Frame {
        id: FrameId(uuid_v7(at, [1; 10])),
        at,
        monitor: "one".into(),
        monitor_bounds: bounds,
        windows: vec![Window {
            handle: 1,
            app: "xterm".into(),
            title: "work".into(),
            pid: 1,
            bounds,
            focused: true,
        }],
        masks: vec![],
        pixels: picture.pixels.clone(),
        hash: 0,
        changed: vec![bounds],
    };
    let mut next_id = || ObservationId(uuid_v7(at, [2; 10]));
    let perceived = perceive(
        &frame,
        ocr,
        &Shown::default(),
        &Sites::default(),
        &mut next_id,
    )
    .expect("the reader works");
    let texts: Vec<_> = perceived
        .observations
        .iter()
        .map(|seen| seen.text.as_str())
        .collect();
    let is_painted = |&(x, y): &(i32, i32)| {
        let mut masks = perceived.masks.iter();
        masks.any(|mask| mask.grown(PAINTED_MARGIN).contains(x, y))
    };
    let gone = match picture.secrets.as_slice() {
        [] => !perceived.masks.is_empty(),
        secrets => secrets.iter().all(is_painted),
    };
    (gone, texts.join("\n"))
}
