//! Figures and the HTML report of a set of runs, drawn from the contents of run folders alone.
//!
//! ```no_run
//! # fn load() -> Vec<quiescent_report::RunView> { Vec::new() }
//! let runs: Vec<quiescent_report::RunView> = load();
//! let page = quiescent_report::report_html(&runs, "Reactivation in noisy networks")?;
//! for figure in quiescent_report::RunFigures::draw(&runs[0], "r0").drawn() {
//!     let (file, svg) = (format!("{}.svg", figure.name), figure.svg());
//! }
//! # Ok::<(), quiescent_report::ReportError>(())
//! ```

mod axes;
pub mod color;
mod density;
mod figure;
mod figures;
mod format;
mod html;
mod scale;
mod study_view;
mod svg;
mod view;

pub use figure::{Figure, Missing, Panel};
pub use figures::paper::{self, PaperFigure, paper_figures};
pub use figures::{RunFigures, training_curves};
pub use html::{ReportError, report_html};
pub use study_view::{KlCell, KlMatrix, StudyRun};
pub use view::RunView;
