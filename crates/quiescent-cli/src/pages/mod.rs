//! What `demo`, `report`, `reproduce` and `theory` show of runs: views of their folders, the paper's
//! claims and figures, the files of figures.

pub(crate) mod figures;
pub(crate) mod numbers;
pub(crate) mod paper;
pub(crate) mod theory;
pub(crate) mod views;
