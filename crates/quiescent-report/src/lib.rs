//! Figures and the HTML report of a set of runs, drawn from the contents of run folders alone.
//!
//! ```no_run
//! # fn load() -> Vec<quiescent_report::RunView> { Vec::new() }
//! let runs: Vec<quiescent_report::RunView> = load();
//! let figures = quiescent_report::ReportFigures::draw(&runs);
//! let page = quiescent_report::report_html(&runs, &figures, None, "Reactivation in noisy networks")?;
//! for (folder, figure) in figures.drawn() {
//!     for file in figure.files()? {
//!         std::fs::write(format!("figures/{folder}/{}", file.name), &file.bytes)?;
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod axes;
pub mod color;
mod comparison;
mod density;
mod figure;
mod figures;
mod files;
mod html;
pub mod movie;
mod quantity;
pub mod render;
mod scale;
mod study_view;
mod svg;
mod sweep_view;
mod table;
mod theory_view;
mod view;

pub use comparison::not_compared;
pub use figure::{FULL_WIDTH_MM, Figure, HALF_WIDTH_MM, Missing, Panel};
pub use figures::paper::{paper_figure_names, paper_figures};
pub use figures::rest_map::rest_map_figures;
pub use figures::sweep::sweep_figure;
pub use figures::theory::{TheoryFigure, theory_assumptions, theory_figure_names, theory_figures};
pub use figures::{PaperFigure, ReportFigures, folder_names, run_figures, training_curves};
pub use files::{FIGURES, FigureFile};
pub use html::{
    MappedRun, Paper, ReportError, Theory, paper_html, report_html, rest_map_html, theory_html,
};
pub use render::RenderError;
pub use study_view::{KlCell, KlMatrix, StudyRun};
pub use sweep_view::{SweepPoint, SweepValue, SweepView};
pub use table::{Cell, Table};
pub use theory_view::TheoryRun;
pub use view::RunView;
