//! The files of a figure: sizes, resolution, text that is text, and the same bytes every time. With
//! `QUIESCENT_FIGURES_PREVIEW` set to a folder, the files of the synthetic runs are written there.

use crate::common;
use std::collections::BTreeSet;
use std::sync::Arc;

use quiescent_report::render::{PRINT_DPI, pdf, png};
use quiescent_report::{
    Cell, FULL_WIDTH_MM, Figure, HALF_WIDTH_MM, RenderError, RunView, run_figures, training_curves,
};
use resvg::usvg::{self, fontdb};

/// Every figure of every synthetic run.
fn figures() -> Vec<Figure> {
    let runs = common::all();
    let of_runs = runs.iter().flat_map(|run| run_figures(run, "r"));
    training_curves(&runs, "t").into_iter().chain(of_runs).map(Result::unwrap).collect()
}

fn figure(run: &RunView, name: &str) -> Figure {
    let figures = run_figures(run, "r");
    figures.iter().flatten().find(|figure| figure.name == name).unwrap().clone()
}

struct Picture {
    width: u32,
    height: u32,
    rgb: Vec<u8>,
    dots_per_metre: u32,
}

fn decode(bytes: &[u8]) -> Picture {
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
    let mut rgb = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut rgb).unwrap();
    assert_eq!((info.color_type, info.bit_depth), (png::ColorType::Rgb, png::BitDepth::Eight));
    let dims = reader.info().pixel_dims.unwrap();
    assert_eq!((dims.unit, dims.xppu), (png::Unit::Meter, dims.yppu));
    Picture { width: info.width, height: info.height, rgb, dots_per_metre: dims.xppu }
}

fn without_text(svg: &str) -> String {
    let mut bare = svg.to_owned();
    while let Some(start) = bare.find("<text") {
        let end = start + bare[start..].find("</text>").unwrap() + "</text>".len();
        bare.replace_range(start..end, "");
    }
    bare
}

/// The numbers of the PDF's `/MediaBox`, in points.
fn media_box(pdf: &[u8]) -> Vec<f64> {
    let text = String::from_utf8_lossy(pdf);
    let start = text.find("/MediaBox").unwrap();
    let inside = text[start..].split(['[', ']']).nth(1).unwrap();
    inside.split_whitespace().map(|v| v.parse().unwrap()).collect()
}

#[test]
fn pictures_have_the_printed_size_at_300_dots_per_inch() {
    for (name, mm, pixels) in
        [("trajectories", FULL_WIDTH_MM, 2161), ("variance", HALF_WIDTH_MM, 1051)]
    {
        let svg = figure(&common::unbiased(), name).svg();
        assert!(svg.contains(&format!(" width=\"{mm}mm\" ")), "{}", &svg[..300]);
        let picture = decode(&png(&svg, PRINT_DPI).unwrap());
        assert!(picture.width.abs_diff(pixels) <= 1, "{name}: {}", picture.width);
        assert_eq!(picture.dots_per_metre, 11811);
        let root = roxmltree::Document::parse(&svg).unwrap();
        let view: Vec<f64> = root
            .root_element()
            .attribute("viewBox")
            .unwrap()
            .split(' ')
            .map(|v| v.parse().unwrap())
            .collect();
        let aspect = f64::from(picture.width) / f64::from(picture.height);
        assert!((aspect / (view[2] / view[3]) - 1.0).abs() < 2e-3, "{aspect}");
    }
}

#[test]
fn type_is_at_least_six_points_in_print() {
    for figure in figures() {
        let svg = figure.svg();
        let document = roxmltree::Document::parse(&svg).unwrap();
        let root = document.root_element();
        let width: f64 = root.attribute("width").unwrap().trim_end_matches("mm").parse().unwrap();
        let units: f64 =
            root.attribute("viewBox").unwrap().split(' ').nth(2).unwrap().parse().unwrap();
        for text in document.descendants().filter(|node| node.has_tag_name("text")) {
            let size: f64 = text.attribute("font-size").unwrap().parse().unwrap();
            let points = size * width / units / 25.4 * 72.0;
            assert!(points >= 6.0, "{}: {:?} is {points} pt", figure.name, text.text());
        }
    }
}

#[test]
fn pictures_show_shapes_and_text() {
    for figure in figures() {
        let svg = figure.svg();
        let full = decode(&png(&svg, 100.0).unwrap());
        let bare = decode(&png(&without_text(&svg), 100.0).unwrap());
        let ink = |picture: &Picture| picture.rgb.iter().filter(|v| **v < 250).count();
        assert!(ink(&bare) > 1000, "{}", figure.name);
        assert!(ink(&full) > ink(&bare) + 500, "{}: {} {}", figure.name, ink(&full), ink(&bare));
    }
}

#[test]
fn bold_is_a_face_of_its_own() {
    let svg = |weight: &str| {
        format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 30" width="90mm" height="30mm" font-family="Helvetica, Arial, sans-serif"><text x="5" y="20" font-size="14"{weight}>Quiescent</text></svg>"#
        )
    };
    let ink = |weight: &str| -> u64 {
        let picture = decode(&png(&svg(weight), 200.0).unwrap());
        picture.rgb.iter().map(|v| u64::from(255 - v)).sum()
    };
    let (regular, bold) = (ink(""), ink(r#" font-weight="bold""#));
    assert!(bold as f64 > 1.3 * regular as f64, "{regular} {bold}");
    let file = pdf(&svg(r#" font-weight="bold""#)).unwrap();
    assert!(String::from_utf8_lossy(&file).contains("+DejaVuSansCondensed-Bold"));
}

#[test]
fn pages_have_the_printed_size_and_carry_their_fonts() {
    for figure in figures() {
        let file = pdf(&figure.svg()).unwrap();
        assert!(file.starts_with(b"%PDF-"));
        let text = String::from_utf8_lossy(&file);
        for part in ["/FontFile2", "/ToUnicode", "+DejaVuSansCondensed"] {
            assert!(text.contains(part), "{}: {part}", figure.name);
        }
        for part in ["CreationDate", "ModDate", "/Subtype/Image", "/Subtype /Image"] {
            assert!(!text.contains(part), "{}: {part}", figure.name);
        }
        let page = media_box(&file);
        let mm = if figure.name == "variance" { HALF_WIDTH_MM } else { FULL_WIDTH_MM };
        assert!((page[2] - mm / 25.4 * 72.0).abs() < 0.5, "{}: {page:?}", figure.name);
    }
}

/// The SVG's shapes, with text laid out in the fonts that the crate carries.
fn tree(svg: &str) -> usvg::Tree {
    let mut fonts = fontdb::Database::new();
    for face in [dejavu::sans_condensed::regular(), dejavu::sans_condensed::bold()] {
        fonts.load_font_source(fontdb::Source::Binary(Arc::new(face)));
    }
    fonts.set_sans_serif_family("DejaVu Sans");
    let options = usvg::Options { fontdb: Arc::new(fonts), ..usvg::Options::default() };
    usvg::Tree::from_str(svg, &options).unwrap()
}

fn texts(group: &usvg::Group) -> Vec<&usvg::Text> {
    let mut found = Vec::new();
    for node in group.children() {
        match node {
            usvg::Node::Group(group) => found.extend(texts(group)),
            usvg::Node::Text(text) => found.push(&**text),
            _ => {}
        }
    }
    found
}

/// Characters that the font lacks.
fn missing(text: &str, weight: &str) -> String {
    let lacks = |c: &char| {
        let escaped = format!("&#{};", u32::from(*c));
        let svg = format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text xml:space="preserve" font-family="DejaVu Sans" font-weight="{weight}" y="9">x{escaped}x</text></svg>"#
        );
        let tree = tree(&svg);
        let texts = texts(tree.root());
        let spans = texts.iter().flat_map(|text| text.layouted());
        let glyphs: Vec<u32> =
            spans.flat_map(|span| &span.positioned_glyphs).map(|glyph| glyph.id.0).collect();
        glyphs.len() < 3 || glyphs.contains(&0)
    };
    text.chars().filter(lacks).collect()
}

#[test]
fn every_character_has_a_glyph() {
    let mut used: BTreeSet<char> = ('!'..='~').collect();
    used.extend("κστπΔλμ⁰¹²³⁴⁵⁶⁷⁸⁹⁻−×√‖±°→≤≥∞…–’“”·\u{a0}\u{202f}éüß".chars());
    for figure in figures() {
        let svg = figure.svg();
        let document = roxmltree::Document::parse(&svg).unwrap();
        for text in document.descendants().filter(|node| node.has_tag_name("text")) {
            used.extend(text.text().unwrap().chars().filter(|c| *c != ' '));
        }
    }
    let used: String = used.into_iter().collect();
    assert_eq!(missing(&used, "normal"), "");
    assert_eq!(missing(&used, "bold"), "");
    assert_eq!(missing("漢", "normal"), "漢", "the test sees gaps");
}

#[test]
fn texts_keep_clear_of_each_other_in_the_fonts_printed() {
    for figure in figures() {
        let tree = tree(&figure.svg());
        let size = tree.size();
        let boxes: Vec<(String, [f32; 4])> = texts(tree.root())
            .into_iter()
            .map(|text| {
                let inside = text.abs_bounding_box();
                // Lines have room above and below their letters.
                let room = 0.18 * inside.width().min(inside.height());
                let words = text.chunks().iter().map(|chunk| chunk.text()).collect();
                let low = [inside.left() + room, inside.top() + room];
                (words, [low[0], low[1], inside.right() - room, inside.bottom() - room])
            })
            .collect();
        assert!(boxes.len() > 5, "{}", figure.name);
        for (i, (text, a)) in boxes.iter().enumerate() {
            let within =
                a[0] >= 0.0 && a[1] >= 0.0 && a[2] <= size.width() && a[3] <= size.height();
            assert!(within, "{}: “{text}” leaves the page: {a:?}", figure.name);
            for (other, b) in &boxes[..i] {
                let apart = a[0] >= b[2] || a[2] <= b[0] || a[1] >= b[3] || a[3] <= b[1];
                assert!(apart, "{}: “{text}” {a:?} meets “{other}” {b:?}", figure.name);
            }
        }
    }
}

#[test]
fn the_same_figure_gives_the_same_bytes() {
    let of_recorded = ["trajectories", "occupancy", "components", "variance"];
    let names = of_recorded.map(|name| (common::recorded(), name));
    for (run, name) in names.into_iter().chain([(common::unbiased(), "movement")]) {
        let first = figure(&run, name).files().unwrap();
        for _ in 0..3 {
            assert!(figure(&run, name).files().unwrap() == first, "{name}");
        }
    }
}

#[test]
fn names_in_any_script_are_drawn_as_far_as_the_font_goes() {
    let mut run = common::unbiased();
    run.name = "e\u{301}q\u{308} fi κ 漢字 🐀 العربية \u{200f}<&>".into();
    let curves = training_curves(&[run], "t");
    let svg = curves[0].as_ref().unwrap().svg();
    assert!(png(&svg, 50.0).is_ok() && pdf(&svg).is_ok());
}

#[test]
fn what_is_no_figure_is_refused_in_words() {
    for broken in ["", "<svg", "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"0\"/>"] {
        assert!(matches!(png(broken, 300.0), Err(RenderError::Svg(_))), "{broken}");
        assert!(matches!(pdf(broken), Err(RenderError::Svg(_))), "{broken}");
    }
    let svg = figure(&common::ring(), "variance").svg();
    for dots in [0.0, -300.0, f64::NAN, f64::INFINITY, 1e6] {
        let error = png(&svg, dots).unwrap_err();
        assert!(matches!(error, RenderError::Size { width_mm: 89, .. }), "{error}");
    }
    let faded =
        svg.replacen("<rect", "<g opacity=\"0.5\"><rect/><path d=\"M0 0h9v9z\"/></g><rect", 1);
    let error = pdf(&faded).unwrap_err();
    assert!(error.to_string().contains("a group with effects"), "{error}");
    assert!(png(&faded, 50.0).is_ok());
}

#[test]
fn a_figure_has_a_file_of_each_kind() {
    for (index, figure) in figures().into_iter().enumerate() {
        let files = figure.files().unwrap();
        let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
        let expected = ["svg", "pdf", "png", "csv"].map(|kind| format!("{}.{kind}", figure.name));
        assert_eq!(names, expected);
        assert_eq!(files[0].bytes, figure.svg().into_bytes());
        if let Some(folder) = std::env::var_os("QUIESCENT_FIGURES_PREVIEW") {
            std::fs::create_dir_all(&folder).unwrap();
            for file in files {
                let path = std::path::Path::new(&folder).join(format!("{index}-{}", file.name));
                std::fs::write(path, file.bytes).unwrap();
            }
        }
    }
}

fn header(figure: &Figure) -> String {
    figure.data.as_ref().unwrap().csv().lines().next().unwrap().to_owned()
}

#[test]
fn data_are_what_is_drawn_with_units() {
    let (spatial, heading) = (common::recorded(), common::ring());
    for (run, name, columns, rows) in [
        (&spatial, "recording", "kind,stretch,t_s,x_m,y_m", 6000 + 24),
        (&spatial, "trajectories", "phase,trial,step,x_m,y_m", 12 * (100 + 200)),
        (&heading, "trajectories", "phase,trial,step,heading_rad", 8 * (100 + 200)),
        (&spatial, "occupancy", "phase,x_m,y_m,density_per_m2", 3 * 2500),
        (&heading, "occupancy", "phase,heading_rad,density_per_rad", 2 * 72),
        (&spatial, "components", "phase,pc1,pc2,decoded_distance_from_centre_m", 0),
        (&heading, "components", "phase,pc1,pc2,decoded_heading_rad", 0),
        (&spatial, "variance", "component,phase,cumulative_explained_variance", 2 * 10),
        // Bins, lags, times and places of waking, rest and two null models.
        (
            &heading,
            "movement",
            "part,paths,length_from_rad,length_to_rad,share,lag_s,squared_displacement_rad2,time_s,covered,\
             cosine,cosine_low,cosine_high,exponent,exponent_low,exponent_high",
            4 * (4 + 5 + 4 + 1),
        ),
    ] {
        let figure = figure(run, name);
        assert_eq!(header(&figure), columns);
        let table = figure.data.as_ref().unwrap();
        if rows > 0 {
            assert_eq!(table.rows().len(), rows, "{name}");
        } else {
            let dots = figure.svg().matches("h0").count();
            assert_eq!(table.rows().len(), dots, "{name}");
        }
    }
    let curves = training_curves(&[spatial.clone(), common::biased()], "t");
    let curves = curves[0].as_ref().unwrap();
    assert_eq!(
        header(curves),
        "run,batch,test_loss,decode_error_m,constant_answer_loss,constant_answer_decode_error_m"
    );
    assert_eq!(curves.data.as_ref().unwrap().rows().len(), 2 * 30);
}

#[test]
fn trajectories_read_back_to_the_phase() {
    let run = common::unbiased();
    let figure = figure(&run, "trajectories");
    let text = figure.data.as_ref().unwrap().csv();
    for line in text.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let [trial, step] = [1, 2].map(|i| fields[i].parse::<usize>().unwrap());
        let decoded = &run.phases[fields[0]].decoded;
        for axis in 0..2 {
            assert_eq!(fields[3 + axis].parse::<f32>().unwrap(), decoded[[trial, step - 1, axis]]);
        }
    }
}

#[test]
fn densities_in_the_data_integrate_to_one() {
    let sum = |run: &RunView, phase: &str| -> f64 {
        let figure = figure(run, "occupancy");
        let rows = figure.data.as_ref().unwrap().rows();
        rows.iter()
            .filter(|row| row[0] == Cell::from(phase))
            .map(|row| match row.last() {
                Some(Cell::Single(density)) => f64::from(*density),
                Some(Cell::Number(density)) => *density,
                other => panic!("{other:?}"),
            })
            .sum()
    };
    let cell_m2 = (2.0 * common::HALF_M / 50.0).powi(2);
    assert!((sum(&common::recorded(), "recorded") * cell_m2 - 1.0).abs() < 1e-6);
    let bin_rad = std::f64::consts::TAU / 72.0;
    assert!((sum(&common::ring(), "quiescent") * bin_rad - 1.0).abs() < 1e-9);
}

#[test]
fn missing_evaluations_are_empty_fields() {
    let mut run = common::unbiased();
    run.metrics[1].decode_error = None;
    run.metrics[3].test_loss = Some(f64::NAN);
    let curves = training_curves(&[run], "t");
    let text = curves[0].as_ref().unwrap().data.as_ref().unwrap().csv();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[1].starts_with("noisy_unbiased,20,") && lines[1].ends_with(','), "{}", lines[1]);
    assert!(lines[2].starts_with("noisy_unbiased,40,,0."), "{}", lines[2]);
}
