//! The assumptions' measures as a table: a page shows them as text, not as a figure.

use quiescent::analysis::Verdict;

use super::networks::{about, fields, networks};
use crate::figures::rows::Rows;
use crate::table::Table;
use crate::theory_view::TheoryRun;

/// The measures of the paper's assumptions (appendix B), one row for each network and assumption.
pub fn theory_assumptions(runs: &[TheoryRun<'_>]) -> Table {
    let mut rows = Rows::new(
        "run,network,assumption,statement,measure,value,low,high,unit,criterion,verdict,\
         reason_if_not_measured",
    );
    for run in runs {
        for (kind, found) in networks(run) {
            about(&mut rows, run, kind);
            for assumption in &found.assumptions {
                rows.always("assumption", assumption.id.as_str());
                rows.always("statement", assumption.statement.as_str());
                rows.always("measure", assumption.measure.as_str());
                rows.always("unit", assumption.unit.as_str());
                rows.always("criterion", assumption.criterion.as_str());
                rows.always("verdict", assumption.verdict.map(Verdict::name));
                match &assumption.measured {
                    Ok(measured) => rows.push(fields(measured)),
                    Err(reason) => {
                        rows.push([("reason_if_not_measured", reason.message.as_str().into())])
                    }
                }
            }
        }
    }
    rows.finish()
}
