//! Figure 2e: divergences of the quiescent densities of all networks from the active ones.

use quiescent::readable;

use crate::figures::drawing::{Drawing, Drawn};
use crate::figures::matrix::{nearest_to_own, panels, table};
use crate::study_view::KlMatrix;

pub(super) fn draw(matrix: Option<&KlMatrix>, id: &str) -> Drawing {
    let matrix = matrix
        .ok_or("No matrix of divergences between the densities of these runs has been measured.")?;
    let (rows, columns) = (matrix.rows.len(), matrix.columns.len());
    if matrix.cells.len() != rows || matrix.cells.iter().any(|line| line.len() != columns) {
        return Err(
            "The matrix of divergences does not have one cell for each pair of labels.".into()
        );
    }
    let panels = panels(matrix, id).ok_or("The matrix of divergences holds no finite value.")?;
    let cells = matrix.cells.iter().flatten().flatten();
    let seeds = cells.map(|cell| cell.seeds).max().unwrap_or(0);
    let gaps = matrix.cells.iter().flatten().any(Option::is_none);
    Ok(Drawn {
        caption: format!(
            "Each cell is a divergence KL(quiescent ‖ active), in nats, between densities of \
             decoded positions. Rows: active density. Columns: quiescent density{}, a uniform \
             density, and the quiescent density of the network before training. {} Shades are \
             logarithmic, and a fainter cell is a smaller divergence. A thick outline marks the \
             cells that compare a network with itself. If networks reactivate their own active \
             states, each outlined cell is the faintest of its column. {}",
            matrix.quiescent_s.map_or(String::new(), |seconds| format!(
                " over the first {} s of each trial",
                readable::derived(seconds)
            )),
            if seeds > 1 {
                format!(
                    "The numbers are the mean over seeds (up to {seeds}) and ±1 standard \
                     deviation over them or, where there is only one seed, its interval over \
                     trials."
                )
            } else {
                "The numbers are the value of one seed and its 95 % interval over trials.".into()
            },
            nearest_to_own(matrix),
        ),
        notes: if gaps {
            vec!["A dash means that this divergence was not measured.".into()]
        } else {
            vec![]
        },
        panels,
        data: table(matrix),
    })
}
