//! Pictures in and out: decoding what a client gives, within limits, and encoding what is kept.

use crate::api::{Code, Failure};
use afterimage_domain::{Painted, Pixels};
use afterimage_infer::picture::LARGEST_PICTURE;
use afterimage_store::{PaintedPicture, Picture};
use image::{
    DynamicImage, ImageReader, Limits, RgbaImage, codecs::jpeg::JpegEncoder, imageops::thumbnail,
};
use std::io::Cursor;

/// Width of the small pictures.
const THUMBNAIL_WIDTH: u32 = 320;
/// Text stays sharp at 80 and takes a third of what a lossless file takes.
const FULL_QUALITY: u8 = 80;
const THUMBNAIL_QUALITY: u8 = 70;

/// The pixels of a PNG, JPEG or WebP file.
pub fn decode(file: &[u8]) -> Result<Pixels, Failure> {
    let reader = || ImageReader::new(Cursor::new(file)).with_guessed_format();
    let (width, height) = reader()
        .map_err(|_| damaged())?
        .into_dimensions()
        .map_err(|_| damaged())?;
    if u64::from(width) * u64::from(height) > LARGEST_PICTURE {
        return Err(Failure::new(
            Code::TooLarge,
            format!(
                "The picture has {width} x {height} pixels; at most {} megapixels are read. Scale it down or cut it into parts.",
                LARGEST_PICTURE >> 20
            ),
        ));
    }
    let mut reader = reader().map_err(|_| damaged())?;
    let mut limits = Limits::default();
    // Four bytes a pixel, and as much again for the decoder.
    limits.max_alloc = Some(LARGEST_PICTURE * 8);
    reader.limits(limits);
    let image = reader.decode().map_err(|_| damaged())?.into_rgba8();
    Pixels::new(width, height, image.into_raw()).ok_or_else(damaged)
}

/// The pictures of one frame.
pub struct Pictures {
    /// Small.
    pub thumbnail: PaintedPicture,
    /// Whole.
    pub full: PaintedPicture,
}

/// A small picture, half as wide as usual when it is hard to keep up, and the whole one. Of painted pixels only.
pub fn encode(painted: Painted<Pixels>, is_half: bool) -> Result<Pictures, Failure> {
    let widest = THUMBNAIL_WIDTH / (1 + u32::from(is_half));
    let image = painted.into_made(|pixels| {
        let (width, height) = (pixels.width(), pixels.height());
        RgbaImage::from_raw(width, height, pixels.into_rgba()).ok_or_else(damaged)
    })?;
    let thumbnail = image.clone().into_made(|image| small(&image, widest))?;
    let full = image.into_made(|image| jpeg(image, FULL_QUALITY))?;
    Ok(Pictures {
        thumbnail: thumbnail.into(),
        full: full.into(),
    })
}

/// At most 320 pixels wide.
pub fn encode_small(pixels: Pixels) -> Result<Picture, Failure> {
    let (width, height) = (pixels.width(), pixels.height());
    let image = RgbaImage::from_raw(width, height, pixels.into_rgba()).ok_or_else(damaged)?;
    small(&image, THUMBNAIL_WIDTH)
}

fn small(image: &RgbaImage, widest: u32) -> Result<Picture, Failure> {
    let width = image.width().min(widest);
    let height = u64::from(image.height()) * u64::from(width) / u64::from(image.width().max(1));
    jpeg(
        thumbnail(image, width, (height as u32).max(1)),
        THUMBNAIL_QUALITY,
    )
}

fn jpeg(image: RgbaImage, quality: u8) -> Result<Picture, Failure> {
    let mut bytes = Vec::new();
    let image = DynamicImage::ImageRgba8(image).into_rgb8();
    image
        .write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, quality))
        .map_err(|_| Failure::new(Code::Internal, "A picture could not be encoded."))?;
    Ok(Picture {
        mime: "image/jpeg".into(),
        bytes,
    })
}

fn damaged() -> Failure {
    Failure::new(
        Code::BadImage,
        "The picture is damaged or of an unknown format. Give a PNG, JPEG or WebP file.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::ImageFormat;

    fn file(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
        let mut file = Cursor::new(Vec::new());
        let image = DynamicImage::new_rgb8(width, height);
        image.write_to(&mut file, format).unwrap();
        file.into_inner()
    }

    #[test]
    fn pictures_of_the_three_formats_are_read() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
            let pixels = decode(&file(7, 5, format)).unwrap();
            assert_eq!((pixels.width(), pixels.height()), (7, 5));
        }
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        let whole = file(64, 64, ImageFormat::Png);
        let mut flipped = whole.clone();
        let middle = flipped.len() / 2;
        flipped[middle] ^= 0xff;
        for bytes in [&b""[..], b"GIF89a", &whole[..whole.len() / 2], &flipped] {
            assert_eq!(
                decode(bytes).err().map(|failure| failure.code),
                Some(Code::BadImage)
            );
        }
    }

    #[test]
    fn a_hundred_megapixels_are_refused_before_they_are_unpacked() {
        let mut bomb = file(1, 1, ImageFormat::Png);
        // Width and height of the header, and its checksum.
        bomb[16..24].copy_from_slice(&[0, 0, 0x27, 0x10, 0, 0, 0x27, 0x10]);
        let crc = crc32(&bomb[12..29]);
        bomb[29..33].copy_from_slice(&crc.to_be_bytes());
        let failure = decode(&bomb).err().unwrap();
        assert_eq!(failure.code, Code::TooLarge);
        assert!(failure.message.contains("10000 x 10000"));
    }

    fn crc32(bytes: &[u8]) -> u32 {
        let step = |crc: u32, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
        let all = bytes.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), step)
        });
        !all
    }

    #[test]
    fn the_small_picture_keeps_the_shape() {
        let pixels = Pixels::new(1920, 1080, vec![0; 1920 * 1080 * 4]).unwrap();
        let painted = |pixels: &Pixels| Painted::over(pixels.clone(), &[]);
        let half = encode(painted(&pixels), true).unwrap().thumbnail;
        assert_eq!(decode(&half.bytes).unwrap().width(), 160, "f5");
        let Pictures {
            thumbnail: small,
            full,
        } = encode(painted(&pixels), false).unwrap();
        let size = |picture: &Picture| {
            decode(&picture.bytes).map(|pixels| (pixels.width(), pixels.height()))
        };
        assert_eq!(size(&small).unwrap(), (320, 180));
        assert_eq!(size(&full).unwrap(), (1920, 1080));
    }
}
