//! Texts of the paper's figures keep clear of each other and of the edges.

use crate::common::layout::{Panels, assert_no_overlap};
use crate::common::study::{borrowed, every_condition, matrix};
use quiescent_report::paper_figures;

#[test]
fn texts_keep_clear_of_each_other_and_of_the_edges() {
    for seeds in [1, 3] {
        let runs = every_condition(seeds);
        let matrix = matrix(seeds as usize);
        for figure in paper_figures(&borrowed(&runs), Some(&matrix), "p") {
            if let Ok(drawn) = &figure.figure {
                assert_no_overlap(&drawn.svg_panels());
            }
        }
    }
}
