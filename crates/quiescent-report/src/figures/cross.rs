//! Which network's active density each network's quiescent density resembles.

use quiescent::analysis::Verdict;

use super::matrix::{nearest_to_own, panels, table};
use crate::comparison::groups;
use crate::figure::{Figure, Missing};
use crate::study_view::KlMatrix;
use crate::view::{RunView, TaskKind};
use quiescent::readable;

/// A matrix for each set of two or more runs that can be compared. Networks that have not learned are not
/// among them, since their decoded values mean nothing. `prefix` begins element ids.
pub(super) fn draw(runs: &[RunView], prefix: &str) -> Vec<Result<Figure, Missing>> {
    let mut several = groups(runs);
    for group in &mut several {
        group.runs.retain(|run| run.learned() != Some(Verdict::Fails));
    }
    several.retain(|group| group.runs.len() > 1);
    let number =
        |index: usize| if several.len() > 1 { format!("_{}", index + 1) } else { String::new() };
    several
        .iter()
        .enumerate()
        .map(|(index, group)| {
            let name = format!("divergences{}", number(index));
            of_group(&group.runs, name, &format!("{prefix}-cross-{index}"))
        })
        .collect()
}

fn of_group(runs: &[&RunView], name: String, id: &str) -> Result<Figure, Missing> {
    let decoded = match runs[0].task() {
        TaskKind::Spatial => "decoded positions",
        TaskKind::HeadDirection => "decoded headings",
    };
    let title = format!("Divergences between densities of {decoded}");
    let matrix = KlMatrix::of_runs(runs);
    let Some(rows) = panels(&matrix, id) else {
        let reason = "None of these divergences has been measured.".into();
        return Err(Missing { title, reason });
    };
    let notes = match matrix.quiescent_s {
        Some(_) => vec![],
        None => {
            let each = runs.iter().filter_map(|run| {
                Some(format!("{} {} s", run.name, readable::derived(run.quiescent_s()?)))
            });
            let each: Vec<String> = each.collect();
            vec![format!(
                "The quiescent densities are of trials of different length: {}.",
                each.join(", ")
            )]
        }
    };
    Ok(Figure {
        name,
        title,
        caption: format!(
            "Each cell is KL(quiescent ‖ active), in nats with its 95 % interval over trials. Rows: \
             active density. Columns: quiescent density{}. Shades are logarithmic, and a fainter \
             cell is a smaller divergence. A thick outline marks the cells that compare a network \
             with itself. If networks reactivate their own active states, each outlined cell is \
             the faintest of its column. {}",
            matrix.quiescent_s.map_or(String::new(), |seconds| format!(
                " over the first {} s of each trial",
                readable::derived(seconds)
            )),
            nearest_to_own(&matrix)
        ),
        notes,
        rows,
        data: Some(table(&matrix).finish()),
    })
}
