//! What a recording is of.

/// What is integrated, and so what a file must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quantity {
    /// Positions (x, y) in m.
    Position,
    /// Headings in rad.
    Heading,
}

impl Quantity {
    pub(crate) fn dim(self) -> usize {
        match self {
            Self::Position => 2,
            Self::Heading => 1,
        }
    }

    pub(crate) fn unit(self) -> &'static str {
        match self {
            Self::Position => "m",
            Self::Heading => "rad",
        }
    }

    /// What the values are, for messages.
    pub(crate) fn plural(self) -> &'static str {
        match self {
            Self::Position => "positions",
            Self::Heading => "headings",
        }
    }

    /// Names of the components, for messages.
    pub(crate) fn components(self) -> &'static [&'static str] {
        match self {
            Self::Position => &["x", "y"],
            Self::Heading => &["heading"],
        }
    }

    /// What a file must hold, for messages.
    pub(crate) fn expected(self) -> &'static str {
        match self {
            Self::Position => {
                "A spatial task needs npz arrays `t` [n] and `pos` [n, 2], or CSV columns t,x,y; rename them"
            }
            Self::Heading => {
                "A head-direction task needs npz arrays `t` [n] and `heading` [n], or CSV columns t,heading; rename them"
            }
        }
    }
}
