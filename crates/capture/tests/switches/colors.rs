//! Flat colours: what may be seen is blue, what may not is red and green, and none is the colour of anything else.

use afterimage_domain::Pixels;

/// A window's colour, as the server takes it: 0xRRGGBB.
pub fn open_color(window: u32) -> u32 {
    0x0000_40ff - (window << 8)
}

/// The colour of what must not be seen in a window.
pub fn private_color(window: u32) -> u32 {
    0x00ff_8000 | (window + 1)
}

/// The first colour that must not be seen in a picture.
pub fn private_in(pixels: &Pixels) -> Option<String> {
    let is_private =
        |pixel: &&[u8]| pixel[0] == 0xff && pixel[1] == 0x80 && (1..=32).contains(&pixel[2]);
    let found = pixels.rgba().chunks_exact(4).find(is_private)?;
    Some(format!("window {}", found[2] - 1))
}
