//! SVG to PNG.

use resvg::tiny_skia::{Color, Pixmap, Transform};

use super::{MM_PER_INCH, PX_PER_INCH, RenderError, tree};

/// Pixels of a picture, at most: they take 400 MB.
const MAX_PIXELS: f64 = 1e8;

/// A figure's SVG as an opaque PNG at a resolution in dots per inch, which the file states.
///
/// # Errors
/// [`RenderError::Svg`] if `svg` cannot be read, [`RenderError::Size`] if its width and height at
/// this resolution make no picture.
pub fn png(svg: &str, dots_per_inch: f64) -> Result<Vec<u8>, RenderError> {
    let tree = tree(svg)?;
    let size = tree.size();
    let inches = [size.width(), size.height()].map(|px| f64::from(px) / PX_PER_INCH);
    let [width, height] = inches.map(|inches| (inches * dots_per_inch).round());
    let mut pixmap = Some((width, height))
        .filter(|(width, height)| *width >= 1.0 && *height >= 1.0 && width * height <= MAX_PIXELS)
        .and_then(|(width, height)| Pixmap::new(width as u32, height as u32))
        .ok_or_else(|| RenderError::Size {
            width_mm: (inches[0] * MM_PER_INCH).round() as u64,
            height_mm: (inches[1] * MM_PER_INCH).round() as u64,
            dots_per_inch: dots_per_inch.to_string(),
        })?;
    // White first: the last row and column may be covered in part only.
    pixmap.fill(Color::WHITE);
    let scale = (dots_per_inch / PX_PER_INCH) as f32;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixmap.as_mut());
    encode(&pixmap, dots_per_inch)
        .map_err(|error| RenderError::Write { format: "PNG", reason: error.to_string() })
}

/// An opaque picture as RGB with its resolution.
fn encode(pixmap: &Pixmap, dots_per_inch: f64) -> Result<Vec<u8>, png::EncodingError> {
    let rgb: Vec<u8> = pixmap.data().chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, pixmap.width(), pixmap.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let per_metre = (dots_per_inch * 1000.0 / MM_PER_INCH).round() as u32;
    encoder.set_pixel_dims(Some(png::PixelDimensions {
        xppu: per_metre,
        yppu: per_metre,
        unit: png::Unit::Meter,
    }));
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&rgb)?;
    writer.finish()?;
    Ok(out)
}
