//! SVG to PDF, for the shapes that the figures are made of.
//!
//! Each SVG text becomes one PDF text, so that it can be searched, copied and edited as a whole.

use std::collections::HashMap;

use krilla::color::rgb;
use krilla::geom::{Path, PathBuilder, Point, Transform};
use krilla::metadata::Metadata;
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::{
    Fill, FillRule, LineCap, LineJoin, LinearGradient, Paint, SpreadMethod, Stop, Stroke,
    StrokeDash,
};
use krilla::surface::Surface;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use krilla::{Data, Document};
use resvg::usvg::tiny_skia_path::{self, PathSegment};
use resvg::usvg::{self, fontdb};

use super::{PX_PER_INCH, RenderError, tree};

const POINTS_PER_INCH: f64 = 72.0;
/// Width of the line around the cells of a map, in CSS pixels.
const OVERLAP_PX: f32 = 0.5;

/// A figure's SVG as a PDF of one page of the figure's size, with text as text in fonts that the
/// file carries.
///
/// # Errors
/// [`RenderError::Svg`] if `svg` cannot be read, [`RenderError::Unsupported`] if it holds what no
/// figure of this crate does.
pub fn pdf(svg: &str) -> Result<Vec<u8>, RenderError> {
    let tree = tree(svg)?;
    let scale = (POINTS_PER_INCH / PX_PER_INCH) as f32;
    let size = tree.size();
    let page = PageSettings::from_wh(size.width() * scale, size.height() * scale)
        .ok_or(RenderError::Svg("the picture has no size".into()))?;
    let mut document = Document::new();
    let creator = format!("quiescent {}", env!("CARGO_PKG_VERSION"));
    document.set_metadata(Metadata::new().creator(creator));
    let mut page = document.start_page_with(page);
    let mut surface = page.surface();
    surface.push_transform(&Transform::from_scale(scale, scale));
    let mut painter = Painter { fonts: tree.fontdb(), loaded: HashMap::new() };
    let drawn = painter.group(tree.root(), &mut surface);
    surface.pop();
    surface.finish();
    page.finish();
    drawn?;
    document
        .finish()
        .map_err(|error| RenderError::Write { format: "PDF", reason: format!("{error:?}") })
}

struct Painter<'a> {
    fonts: &'a fontdb::Database,
    loaded: HashMap<fontdb::ID, Font>,
}

impl Painter<'_> {
    fn group(&mut self, group: &usvg::Group, surface: &mut Surface<'_>) -> Result<(), RenderError> {
        if group.opacity() != usvg::Opacity::ONE
            || group.blend_mode() != usvg::BlendMode::Normal
            || group.mask().is_some()
            || !group.filters().is_empty()
        {
            return Err(RenderError::Unsupported("a group with effects"));
        }
        let clip = group.clip_path().map(clip).transpose()?;
        surface.push_transform(&transform(group.transform()));
        if let Some(path) = &clip {
            surface.push_clip_path(path, &FillRule::NonZero);
        }
        // An error within leaves pushes behind, and krilla panics over those: pop, then report.
        let drawn = group.children().iter().try_for_each(|node| match node {
            usvg::Node::Group(group) => self.group(group, surface),
            usvg::Node::Path(path) => draw_path(path, surface),
            usvg::Node::Text(text) => self.text(text, surface),
            usvg::Node::Image(_) => Err(RenderError::Unsupported("an image")),
        });
        if clip.is_some() {
            surface.pop();
        }
        surface.pop();
        drawn
    }

    fn text(&mut self, text: &usvg::Text, surface: &mut Surface<'_>) -> Result<(), RenderError> {
        for span in text.layouted().iter().filter(|span| span.visible) {
            let fill = span.fill.as_ref().map(fill).transpose()?;
            let stroke = span.stroke.as_ref().map(stroke).transpose()?;
            let size = span.font_size.get();
            for run in span.positioned_glyphs.chunk_by(|a, b| a.font == b.font) {
                let font = self.font(run[0].font)?;
                let Some(run) = Run::new(run, &font, size) else { continue };
                surface.push_transform(&transform(run.place));
                // A rim is drawn as a shape, below: the text must be in the file once.
                if stroke.is_some() {
                    surface.set_fill(None);
                    surface.set_stroke(stroke.clone());
                    run.draw(&font, size, true, surface);
                }
                if fill.is_some() {
                    surface.set_fill(fill.clone());
                    surface.set_stroke(None);
                    run.draw(&font, size, false, surface);
                }
                surface.pop();
            }
        }
        Ok(())
    }

    fn font(&mut self, id: fontdb::ID) -> Result<Font, RenderError> {
        if let Some(font) = self.loaded.get(&id) {
            return Ok(font.clone());
        }
        let font = self
            .fonts
            .face_source(id)
            .and_then(|(source, index)| match source {
                fontdb::Source::Binary(data) => Font::new(Data::from(data), index),
            })
            .ok_or(RenderError::Unsupported("a font of an unknown kind"))?;
        self.loaded.insert(id, font.clone());
        Ok(font)
    }
}

/// Glyphs of one font along one base line.
struct Run {
    /// From the base line's coordinates, in user units, to those of the SVG.
    place: tiny_skia_path::Transform,
    glyphs: Vec<KrillaGlyph>,
    text: String,
}

impl Run {
    /// `None` where the text is scaled to nothing.
    fn new(glyphs: &[usvg::layout::PositionedGlyph], font: &Font, size: f32) -> Option<Self> {
        // Glyph transforms start from the font's own units.
        let unscale = font.units_per_em() / size;
        let at = |glyph: &usvg::layout::PositionedGlyph| {
            glyph.transform().pre_concat(tiny_skia_path::Transform::from_scale(unscale, unscale))
        };
        let place = at(&glyphs[0]);
        let back = place.invert()?;
        let offsets: Vec<tiny_skia_path::Transform> =
            glyphs.iter().map(|glyph| back.pre_concat(at(glyph))).collect();
        let mut text = String::new();
        let glyphs = glyphs
            .iter()
            .enumerate()
            .map(|(i, glyph)| {
                let start = text.len();
                text.push_str(&glyph.text);
                // Advances are what leads to the next glyph, in parts of the size of type.
                let next = offsets.get(i + 1).unwrap_or(&offsets[i]);
                KrillaGlyph::new(
                    GlyphId::new(glyph.id.0),
                    (next.tx - offsets[i].tx) / size,
                    0.0,
                    -offsets[i].ty / size,
                    0.0,
                    start..text.len(),
                    None,
                )
            })
            .collect();
        Some(Self { place, glyphs, text })
    }

    fn draw(&self, font: &Font, size: f32, outlined: bool, surface: &mut Surface<'_>) {
        let start = Point::from_xy(0.0, 0.0);
        surface.draw_glyphs(start, &self.glyphs, font.clone(), &self.text, size, outlined);
    }
}

fn draw_path(path: &usvg::Path, surface: &mut Surface<'_>) -> Result<(), RenderError> {
    let fill = path.fill().map(fill).transpose()?;
    let mut stroke = path.stroke().map(stroke).transpose()?;
    if !path.is_visible() || (fill.is_none() && stroke.is_none()) {
        return Ok(());
    }
    if path.paint_order() != usvg::PaintOrder::FillAndStroke {
        return Err(RenderError::Unsupported("a path whose line is below its filling"));
    }
    // Viewers smooth the edges of cells, which lets the paper shine through between them: a thin
    // line makes them overlap.
    if let (usvg::ShapeRendering::CrispEdges, Some(fill), None) =
        (path.rendering_mode(), &fill, &stroke)
    {
        let (x, y) = path.abs_transform().get_scale();
        let width = OVERLAP_PX / (x * y).sqrt();
        stroke = Some(Stroke { paint: fill.paint.clone(), width, ..Stroke::default() });
    }
    let mut outline = PathBuilder::new();
    trace(path, tiny_skia_path::Transform::identity(), &mut outline);
    if let Some(outline) = outline.finish() {
        surface.set_fill(fill);
        surface.set_stroke(stroke);
        surface.draw_path(&outline);
    }
    Ok(())
}

/// The outline of a clip path made of paths alone.
fn clip(clip: &usvg::ClipPath) -> Result<Path, RenderError> {
    let unsupported = RenderError::Unsupported("an intricate clip path");
    let mut outline = PathBuilder::new();
    for node in clip.root().children() {
        match node {
            usvg::Node::Path(path) => trace(path, clip.transform(), &mut outline),
            _ => return Err(unsupported),
        }
    }
    match clip.clip_path() {
        None => outline.finish().ok_or(unsupported),
        Some(_) => Err(unsupported),
    }
}

fn trace(path: &usvg::Path, by: tiny_skia_path::Transform, outline: &mut PathBuilder) {
    let Some(data) = path.data().clone().transform(by) else { return };
    for segment in data.segments() {
        match segment {
            PathSegment::MoveTo(p) => outline.move_to(p.x, p.y),
            PathSegment::LineTo(p) => outline.line_to(p.x, p.y),
            PathSegment::QuadTo(p, q) => outline.quad_to(p.x, p.y, q.x, q.y),
            PathSegment::CubicTo(p, q, r) => outline.cubic_to(p.x, p.y, q.x, q.y, r.x, r.y),
            PathSegment::Close => outline.close(),
        }
    }
}

fn fill(fill: &usvg::Fill) -> Result<Fill, RenderError> {
    Ok(Fill {
        paint: paint(fill.paint())?,
        opacity: fraction(fill.opacity().get()),
        rule: match fill.rule() {
            usvg::FillRule::NonZero => FillRule::NonZero,
            usvg::FillRule::EvenOdd => FillRule::EvenOdd,
        },
    })
}

fn stroke(stroke: &usvg::Stroke) -> Result<Stroke, RenderError> {
    Ok(Stroke {
        paint: paint(stroke.paint())?,
        width: stroke.width().get(),
        miter_limit: stroke.miterlimit().get(),
        line_cap: match stroke.linecap() {
            usvg::LineCap::Butt => LineCap::Butt,
            usvg::LineCap::Round => LineCap::Round,
            usvg::LineCap::Square => LineCap::Square,
        },
        line_join: match stroke.linejoin() {
            usvg::LineJoin::Miter | usvg::LineJoin::MiterClip => LineJoin::Miter,
            usvg::LineJoin::Round => LineJoin::Round,
            usvg::LineJoin::Bevel => LineJoin::Bevel,
        },
        opacity: fraction(stroke.opacity().get()),
        dash: stroke
            .dasharray()
            .map(|array| StrokeDash { array: array.to_vec(), offset: stroke.dashoffset() }),
    })
}

fn paint(paint: &usvg::Paint) -> Result<Paint, RenderError> {
    match paint {
        usvg::Paint::Color(color) => Ok(rgb::Color::new(color.red, color.green, color.blue).into()),
        usvg::Paint::LinearGradient(gradient) => Ok(LinearGradient {
            x1: gradient.x1(),
            y1: gradient.y1(),
            x2: gradient.x2(),
            y2: gradient.y2(),
            transform: transform(gradient.transform()),
            spread_method: SpreadMethod::Pad,
            stops: gradient
                .stops()
                .iter()
                .map(|stop| Stop {
                    offset: fraction(stop.offset().get()),
                    color: rgb::Color::new(stop.color().red, stop.color().green, stop.color().blue)
                        .into(),
                    opacity: fraction(stop.opacity().get()),
                })
                .collect(),
            anti_alias: false,
        }
        .into()),
        usvg::Paint::RadialGradient(_) => Err(RenderError::Unsupported("a radial gradient")),
        usvg::Paint::Pattern(_) => Err(RenderError::Unsupported("a pattern")),
    }
}

fn transform(t: tiny_skia_path::Transform) -> Transform {
    Transform::from_row(t.sx, t.ky, t.kx, t.sy, t.tx, t.ty)
}

/// usvg's fractions lie between 0 and 1, as krilla's must.
fn fraction(value: f32) -> NormalizedF32 {
    NormalizedF32::new(value).unwrap_or(NormalizedF32::ONE)
}
