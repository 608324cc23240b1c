//! The size of a report, and a way to look at one: with `QUIESCENT_REPORT_PREVIEW` set to a path, the
//! synthetic report is written there.

#[test]
fn a_report_of_four_runs_stays_below_three_megabytes() {
    let runs = crate::common::all();
    let page = quiescent_report::report_html(
        &runs,
        &quiescent_report::ReportFigures::draw(&runs),
        None,
        "Reactivation at rest: a preview",
    )
    .unwrap();
    assert!(page.len() < 3_000_000, "{} bytes", page.len());
    if let Some(path) = std::env::var_os("QUIESCENT_REPORT_PREVIEW") {
        let path = std::path::Path::new(&path);
        std::fs::write(path, page).unwrap();
        // The whole figures beside it, as a run folder would hold them.
        for figure in
            quiescent_report::run_figures(&crate::common::recorded(), "r").into_iter().flatten()
        {
            std::fs::write(path.with_file_name(format!("{}.svg", figure.name)), figure.svg())
                .unwrap();
        }
    }
}
