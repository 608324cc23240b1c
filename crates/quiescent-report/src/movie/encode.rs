//! Films as files: GIF and APNG here, MP4 by ffmpeg where it is found.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use super::film::{Movie, Picture};
use super::frames::{frame_count, frames};
use crate::color::{ACTIVE, QUIESCENT};

/// Shades of each colour, from itself to white.
const SHADES: usize = 63;
/// The palette's place for what has not changed since the frame before.
const UNCHANGED: u8 = 255;

/// A kind of film.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MovieFormat {
    /// GIF.
    Gif,
    /// Animated PNG.
    Apng,
    /// MP4 (H.264), by ffmpeg.
    Mp4,
}

impl MovieFormat {
    /// By the ending of a file's name; none for any other than `gif`, `apng`, `png` and `mp4`.
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "gif" => Some(Self::Gif),
            "apng" | "png" => Some(Self::Apng),
            "mp4" => Some(Self::Mp4),
            _ => None,
        }
    }
}

/// Draws and writes a film, frame by frame. The same movie gives the same bytes (of one version of ffmpeg). A file
/// that was there is replaced by a whole one, or stays. It ends early if `goes_on` says so.
///
/// # Errors
/// If there is no frame, one cannot be drawn, the file cannot be written, ffmpeg is not found or fails, or it is to
/// end early.
pub fn write_movie(
    path: &Path,
    format: MovieFormat,
    movie: &Movie,
    goes_on: impl Fn() -> bool,
) -> io::Result<usize> {
    let mut drawn = frames(movie)
        .map(|frame| match goes_on() {
            true => frame.map_err(io::Error::other),
            false => Err(io::Error::other("stopped")),
        })
        .peekable();
    let Some(first) = drawn.peek() else { return Err(io::Error::other("a movie needs a frame")) };
    let (width, height) = match first {
        Ok(first) => (first.width, first.height),
        Err(error) => return Err(io::Error::other(error.to_string())),
    };
    let size = Size { width, height, count: frame_count(movie), frames_per_s: movie.frames_per_s };
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".partial");
    let partial = path.with_file_name(name);
    let written = match format {
        MovieFormat::Gif => gif(BufWriter::new(File::create(&partial)?), &size, drawn),
        MovieFormat::Apng => apng(BufWriter::new(File::create(&partial)?), &size, drawn),
        MovieFormat::Mp4 => mp4(&partial, &size, drawn),
    };
    let written = written.and_then(|()| std::fs::rename(&partial, path));
    if written.is_err() {
        // It may not be there, if ffmpeg is not.
        let _ = std::fs::remove_file(&partial);
    }
    written.map(|()| size.count)
}

/// What all frames share.
struct Size {
    width: u32,
    height: u32,
    count: usize,
    frames_per_s: u32,
}

fn gif(
    mut out: impl Write,
    size: &Size,
    frames: impl Iterator<Item = io::Result<Picture>>,
) -> io::Result<()> {
    let side = |length: u32| u16::try_from(length).map_err(io::Error::other);
    let (width, height) = (side(size.width)?, side(size.height)?);
    let mut palette = Palette::new();
    let mut encoder =
        gif::Encoder::new(&mut out, width, height, &palette.bytes()).map_err(io::Error::other)?;
    encoder.set_repeat(gif::Repeat::Infinite).map_err(io::Error::other)?;
    let mut before: Option<Vec<u8>> = None;
    // In hundredths of a second, rounded so that the whole film is as long as it should be.
    let until = |frame: usize| (100.0 * frame as f64 / f64::from(size.frames_per_s)).round() as u64;
    for (number, frame) in frames.enumerate() {
        let now = palette.places(&frame?.rgba);
        let buffer: Vec<u8> = match &before {
            None => now.clone(),
            Some(before) => now
                .iter()
                .zip(before)
                .map(|(&now, &before)| if now == before { UNCHANGED } else { now })
                .collect(),
        };
        let frame = gif::Frame {
            width,
            height,
            delay: (until(number + 1) - until(number)) as u16,
            dispose: gif::DisposalMethod::Keep,
            transparent: Some(UNCHANGED),
            buffer: Cow::Owned(buffer),
            ..gif::Frame::default()
        };
        encoder.write_frame(&frame).map_err(io::Error::other)?;
        before = Some(now);
    }
    drop(encoder);
    out.flush()
}

fn apng(
    mut out: impl Write,
    size: &Size,
    frames: impl Iterator<Item = io::Result<Picture>>,
) -> io::Result<()> {
    let mut palette = Palette::new();
    let mut encoder = png::Encoder::new(&mut out, size.width, size.height);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(palette.bytes());
    encoder.set_animated(u32::try_from(size.count).map_err(io::Error::other)?, 0)?;
    encoder.set_frame_delay(1, size.frames_per_s.try_into().unwrap_or(u16::MAX))?;
    let mut writer = encoder.write_header()?;
    for frame in frames {
        writer.write_image_data(&palette.places(&frame?.rgba))?;
    }
    writer.finish()?;
    out.flush()
}

fn mp4(
    path: &Path,
    size: &Size,
    mut frames: impl Iterator<Item = io::Result<Picture>>,
) -> io::Result<()> {
    let sides = format!("{}x{}", size.width, size.height);
    let rate = size.frames_per_s.to_string();
    // A name with a colon or a dash in front is a file's, and no protocol or option.
    let mut file = OsString::from("file:");
    file.push(path);
    let mut ffmpeg = Command::new("ffmpeg")
        .args(["-loglevel", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgba", "-s", &sides, "-r", &rate, "-i", "-"])
        // One thread and no names of versions: the same bytes each time.
        .args(["-threads", "1", "-pix_fmt", "yuv420p", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-f", "mp4"])
        .arg(file)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => io::Error::new(
                io::ErrorKind::NotFound,
                "mp4 is made by ffmpeg, which is not in PATH; install it, or give a name that ends in .gif or .apng",
            ),
            _ => error,
        })?;
    let mut input = ffmpeg.stdin.take().expect("it was asked for");
    let written = frames.try_for_each(|frame| input.write_all(&frame?.rgba));
    drop(input);
    let output = ffmpeg.wait_with_output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(io::Error::other(format!("ffmpeg failed: {}", said.trim())));
    }
    written
}

/// Every colour of a drawing is one of three, lightened.
struct Palette {
    colors: Vec<[u8; 3]>,
    known: HashMap<[u8; 3], u8>,
}

impl Palette {
    fn new() -> Self {
        let base = |hex: &str| {
            [1, 3, 5]
                .map(|at| u8::from_str_radix(hex.get(at..at + 2).unwrap_or("00"), 16).unwrap_or(0))
        };
        let mut colors = Vec::new();
        for color in [[0; 3], base(ACTIVE), base(QUIESCENT)] {
            for shade in 0..SHADES {
                let white = shade as f64 / (SHADES - 1) as f64;
                colors.push(
                    color.map(|x| (f64::from(x) * (1.0 - white) + 255.0 * white).round() as u8),
                );
            }
        }
        Self { colors, known: HashMap::new() }
    }

    /// Red, green and blue of 256 colours.
    fn bytes(&self) -> Vec<u8> {
        let mut bytes: Vec<u8> = self.colors.concat();
        bytes.resize(3 * 256, 255);
        bytes
    }

    /// The nearest colour of every pixel.
    fn places(&mut self, rgba: &[u8]) -> Vec<u8> {
        let Self { colors, known } = self;
        let nearest = |pixel: [u8; 3]| {
            let distance = |color: &[u8; 3]| -> u32 {
                color.iter().zip(pixel).map(|(&a, b)| u32::from(a.abs_diff(b)).pow(2)).sum()
            };
            let best = colors.iter().enumerate().min_by_key(|(_, color)| distance(color));
            best.map_or(0, |(place, _)| place as u8)
        };
        rgba.chunks_exact(4)
            .map(|pixel| {
                let pixel = [pixel[0], pixel[1], pixel[2]];
                *known.entry(pixel).or_insert_with(|| nearest(pixel))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn picture(seed: u8) -> Picture {
        let pixel = |i: usize| {
            if i % 7 == usize::from(seed) { [0, 114, 178, 255] } else { [255, 255, 255, 255] }
        };
        Picture { width: 8, height: 4, rgba: (0..32).flat_map(pixel).collect() }
    }

    fn size(count: usize, frames_per_s: u32) -> Size {
        Size { width: 8, height: 4, count, frames_per_s }
    }

    #[test]
    fn a_gif_has_the_frames_that_were_drawn() {
        let frames = [picture(0), picture(1), picture(1), picture(3)];
        let mut bytes = Vec::new();
        gif(&mut bytes, &size(4, 25), frames.iter().cloned().map(Ok)).unwrap();
        let mut options = gif::DecodeOptions::new();
        options.set_color_output(gif::ColorOutput::RGBA);
        let mut decoder = options.read_info(&bytes[..]).unwrap();
        let mut canvas = vec![0; 4 * 32];
        let mut count = 0;
        while let Some(frame) = decoder.read_next_frame().unwrap() {
            assert_eq!(frame.delay, 4);
            for (to, from) in canvas.chunks_exact_mut(4).zip(frame.buffer.chunks_exact(4)) {
                if from[3] > 0 {
                    to.copy_from_slice(from);
                }
            }
            assert_eq!(canvas, frames[count].rgba, "frame {count}");
            count += 1;
        }
        assert_eq!(count, 4);
    }

    #[test]
    fn an_apng_has_the_frames_that_were_drawn() {
        let frames = [picture(2), picture(5)];
        let mut bytes = Vec::new();
        apng(&mut bytes, &size(2, 10), frames.iter().cloned().map(Ok)).unwrap();
        let mut decoder = png::Decoder::new(io::Cursor::new(&bytes));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().unwrap();
        assert_eq!(reader.info().animation_control().unwrap().num_frames, 2);
        for frame in &frames {
            let mut buffer = vec![0; reader.output_buffer_size().unwrap()];
            reader.next_frame(&mut buffer).unwrap();
            let expected: Vec<u8> =
                frame.rgba.chunks_exact(4).flat_map(|pixel| pixel[..3].to_vec()).collect();
            assert_eq!(buffer[..expected.len()], expected);
        }
    }

    #[test]
    fn formats_go_by_the_name() {
        for (name, format) in [
            ("a.gif", Some(MovieFormat::Gif)),
            ("A.GIF", Some(MovieFormat::Gif)),
            ("a.png", Some(MovieFormat::Apng)),
            ("a.apng", Some(MovieFormat::Apng)),
            ("a.mp4", Some(MovieFormat::Mp4)),
            ("a.webm", None),
            ("gif", None),
        ] {
            assert_eq!(MovieFormat::of(Path::new(name)), format, "{name}");
        }
    }
}
