//! Figures as files for print: from SVG to PNG and PDF, with the same fonts on every machine.
//!
//! The files depend on the SVG alone, not on installed fonts or on the time.

mod pdf;
mod png;

use std::sync::{Arc, LazyLock};

use resvg::usvg::{self, fontdb};

pub use self::pdf::pdf;
pub use self::png::png;

/// Resolution that journals ask of printed pictures, in dots per inch.
pub const PRINT_DPI: f64 = 300.0;

/// usvg measures pictures in CSS pixels.
const PX_PER_INCH: f64 = 96.0;
const MM_PER_INCH: f64 = 25.4;

/// Why a figure cannot be rendered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RenderError {
    /// The SVG is not one.
    #[error("the figure’s SVG cannot be read: {0}")]
    Svg(String),
    /// The picture would have no pixels, or more than memory should hold.
    #[error(
        "a picture of {width_mm} × {height_mm} mm at {dots_per_inch} dots per inch cannot be \
         drawn: it must have 1 to 100 million pixels, so choose another resolution"
    )]
    Size {
        /// Width in mm, rounded.
        width_mm: u64,
        /// Height in mm, rounded.
        height_mm: u64,
        /// Resolution asked for, as text, since it may not be a number.
        dots_per_inch: String,
    },
    /// The SVG has something that no figure of this crate has.
    #[error(
        "the SVG holds {0}, which cannot be written as PDF here: only paths, plain groups, \
         rectangular clips, linear gradients and text can"
    )]
    Unsupported(&'static str),
    /// The file could not be put together.
    #[error("the {format} file cannot be written: {reason}")]
    Write {
        /// `PNG` or `PDF`.
        format: &'static str,
        /// What the writer says.
        reason: String,
    },
}

/// The condensed faces of DejaVu Sans: as wide as Helvetica, which the figures are laid out for,
/// with Greek, superscripts and mathematical signs.
static FONTS: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = fontdb::Database::new();
    for face in [dejavu::sans_condensed::regular(), dejavu::sans_condensed::bold()] {
        fonts.load_font_source(fontdb::Source::Binary(Arc::new(face)));
    }
    // Whatever family is asked for, these are the fonts: the last resort is a serif.
    fonts.set_sans_serif_family(FAMILY);
    fonts.set_serif_family(FAMILY);
    Arc::new(fonts)
});
const FAMILY: &str = "DejaVu Sans";

/// The SVG's shapes, with text laid out.
pub(crate) fn tree(svg: &str) -> Result<usvg::Tree, RenderError> {
    let options = usvg::Options {
        font_family: FAMILY.into(),
        fontdb: Arc::clone(&FONTS),
        // Pictures within a picture would be read from files.
        image_href_resolver: usvg::ImageHrefResolver {
            resolve_data: Box::new(|_, _, _| None),
            resolve_string: Box::new(|_, _| None),
        },
        ..usvg::Options::default()
    };
    usvg::Tree::from_str(svg, &options).map_err(|error| RenderError::Svg(error.to_string()))
}
