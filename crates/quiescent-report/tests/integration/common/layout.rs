//! Whether texts of a panel keep clear of each other and of its edges.

pub trait Panels {
    fn svg_panels(&self) -> Vec<String>;
}

impl Panels for quiescent_report::Figure {
    fn svg_panels(&self) -> Vec<String> {
        self.rows.iter().flatten().map(|panel| panel.svg()).collect()
    }
}

/// Boxes around the texts of each panel, from the size of the type, must not meet; 8 pt at least.
pub fn assert_no_overlap(panels: &[String]) {
    for panel in panels {
        let document = roxmltree::Document::parse(panel).unwrap();
        let view: Vec<f64> = document
            .root_element()
            .attribute("viewBox")
            .unwrap()
            .split(' ')
            .map(|v| v.parse().unwrap())
            .collect();
        let mut boxes: Vec<(String, [f64; 4])> = Vec::new();
        for node in document.descendants().filter(|node| node.has_tag_name("text")) {
            let number = |name: &str| node.attribute(name).unwrap().parse::<f64>().unwrap();
            let (x, y, size) = (number("x"), number("y"), number("font-size"));
            assert!(size >= 10.67, "type of {size} units is below 8 pt");
            let text = node.text().unwrap();
            let width = 0.55 * size * text.chars().count() as f64;
            let left = match node.attribute("text-anchor").unwrap() {
                "start" => 0.0,
                "middle" => -width / 2.0,
                _ => -width,
            };
            // y is the base line; a quarter of the size hangs below it at most.
            let (top, bottom) = (-0.75 * size, 0.22 * size);
            let place = if node.attribute("transform").is_some() {
                [x + top, x + bottom, y - left - width, y - left]
            } else {
                [x + left, x + left + width, y + top, y + bottom]
            };
            assert!(
                place[0] >= -1.0 && place[1] <= view[2] + 1.0,
                "{text} leaves the panel: {place:?}"
            );
            assert!(
                place[2] >= -1.0 && place[3] <= view[3] + 1.0,
                "{text} leaves the panel: {place:?}"
            );
            for (other, taken) in &boxes {
                let apart = place[0] >= taken[1]
                    || place[1] <= taken[0]
                    || place[2] >= taken[3]
                    || place[3] <= taken[2];
                assert!(apart, "“{text}” {place:?} meets “{other}” {taken:?}");
            }
            boxes.push((text.to_owned(), place));
        }
    }
}
