//! Figure C.2: gated networks, which there are none of yet.

use super::Drawing;
use crate::figure::Missing;

pub(super) fn draw() -> Drawing {
    Err(Missing {
        title: "Gated recurrent networks".into(),
        reason: "Figure C.2 is of GRU networks, which are not available yet.".into(),
    })
}
