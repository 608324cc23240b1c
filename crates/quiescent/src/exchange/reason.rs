//! Reasons why a file is not a network, by type, for callers that can react to them.

use super::options::Orientation;
use super::shown::list;
use crate::run::RunError;
use crate::task::TaskError;
use std::io;

/// The lines of Python that turn a pickle into a file that can be imported.
const CONVERSION: &str = "convert it with a few lines of Python where it was trained:\n  \
    import torch\n  \
    from safetensors.torch import save_file\n  \
    model = torch.load(\"model.pt\", map_location=\"cpu\", weights_only=False)\n  \
    weights = model.state_dict() if hasattr(model, \"state_dict\") else model\n  \
    save_file({n: w.clone().contiguous() for n, w in weights.items()}, \"weights.safetensors\")\n\
    docs/formats.md, \"Networks from and to PyTorch\", has more";

/// Why a file could not be imported or exported. Names from files are escaped and cut.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// The operating system could not read the file.
    #[error("cannot be read: {0}")]
    Unreadable(io::Error),
    /// A pickle, which only Python can read (and which may run any code when it is read).
    #[error(
        "this is a Python pickle, as written by torch.save, which can only be read by running it; \
         {CONVERSION}"
    )]
    Pickle,
    /// The format is unknown; the text says what the file looks like.
    #[error("this is neither a safetensors nor an npz or npy file: {0}")]
    Format(String),
    /// A file that was cut short or changed, or that makes impossible claims; the text says
    /// where.
    #[error("the file is damaged: {0}")]
    Damaged(String),
    /// A run's checkpoint, which also holds the optimiser's state.
    #[error(
        "this is a run's checkpoint, which holds more than a network; export the run's network instead"
    )]
    Checkpoint,
    /// The arrays differ from those of the experiment's network.
    #[error(transparent)]
    Arrays(Box<ArraysReason>),
    /// A recurrent module of PyTorch that this program does not have.
    #[error(transparent)]
    Module(#[from] ModuleReason),
    /// The start of the network is unknown, or differs from the request.
    #[error(transparent)]
    Start(#[from] StartReason),
    /// Settings of the experiment that conflict with the network in the file.
    #[error("{conflict}: set {}", .settings.join(" "))]
    Settings {
        /// The conflict.
        conflict: String,
        /// The settings that fit the file, as `key=value`.
        settings: Vec<String>,
    },
    /// An array whose shape differs from that of the experiment's network.
    #[error("`{tensor}`: expected {expected:?}, got {got:?}{}", hint_text(.hint.as_ref()))]
    Shape {
        /// The array's name.
        tensor: String,
        /// The experiment's shape, as the file should have it.
        expected: Vec<usize>,
        /// The file's.
        got: Vec<u64>,
        /// A possible cause of the shape.
        hint: Option<ShapeHint>,
    },
    /// An array that does not hold floating-point numbers.
    #[error(
        "`{tensor}` is of type {dtype}; expected floating-point numbers of half, single or double \
         precision, or bfloat16"
    )]
    Type {
        /// The array's name.
        tensor: String,
        /// Its type, in the file's notation.
        dtype: String,
    },
    /// A number that is not finite in single precision.
    #[error(
        "`{tensor}` holds {value} at {index:?} (counted from 0); expected finite numbers of single \
         precision: the network may have diverged in training"
    )]
    NotFinite {
        /// The array's name.
        tensor: String,
        /// Where, in the file's order of axes.
        index: Vec<usize>,
        /// The value.
        value: f64,
    },
    /// Cells that the experiment's task cannot have.
    #[error(transparent)]
    Cells(#[from] TaskError),
    /// The file to be exported to exists.
    #[error("the file exists and must not be overwritten")]
    Exists,
    /// The file to be exported to could not be written. The error names the file.
    #[error(transparent)]
    Write(#[from] RunError),
}

impl From<ArraysReason> for Reason {
    fn from(reason: ArraysReason) -> Self {
        Self::Arrays(Box::new(reason))
    }
}

impl Reason {
    pub(super) fn damaged(detail: impl AsRef<str>) -> Self {
        Self::Damaged(super::shown::detail(detail.as_ref()))
    }
}

/// How the arrays of a file differ from those of the experiment's network.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArraysReason {
    /// Some are missing or unused.
    #[error("{}", mismatch(.missing, .extra, .present, .remedy))]
    Mismatch {
        /// Weights of the network that the file lacks.
        missing: Vec<String>,
        /// Unused arrays of the file.
        extra: Vec<String>,
        /// All arrays of the file.
        present: Vec<String>,
        /// A remedy.
        remedy: Remedy,
    },
    /// Two arrays could be the same tensor.
    #[error(
        "`{first}` and `{second}` could both be `{tensor}`; save the arrays of one network only"
    )]
    Ambiguous {
        /// The network's tensor.
        tensor: String,
        /// One of the arrays.
        first: String,
        /// Another one.
        second: String,
    },
    /// An encoder's biases without its weights.
    #[error("it holds `{bias}` but lacks `{weight}`")]
    HalfEncoder {
        /// The array with the biases.
        bias: String,
        /// The weights' name.
        weight: String,
    },
    /// There are several arrays, and none has the name of cells.
    #[error("it holds {count} arrays; expected only the cells, or an array `{name}`")]
    NotCells {
        /// How many there are.
        count: usize,
        /// The name of the cells in a file with other arrays.
        name: &'static str,
    },
}

/// A remedy for arrays that do not fit the network.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remedy {
    /// PyTorch computes a weight from the named array; save the weights themselves.
    SaveWeights(String),
    /// The file is a network of another kind, which these settings (`key=value`) select.
    OtherKind {
        /// The file's network, such as "an RNN".
        network: &'static str,
        /// The settings.
        settings: Vec<String>,
    },
    /// Save only the network's arrays, which are these.
    SaveOnly(Vec<String>),
    /// Rename the arrays to the network's, which are these.
    Rename(Vec<String>),
}

fn mismatch(missing: &[String], extra: &[String], present: &[String], remedy: &Remedy) -> String {
    let mut parts = Vec::new();
    if !missing.is_empty() {
        parts.push(format!("it lacks {}", list(missing)));
    }
    if !extra.is_empty() {
        parts.push(format!(
            "it holds {}, which the experiment's network does not have",
            list(extra)
        ));
    }
    if !missing.is_empty() {
        parts.push(match present {
            [] => "there are no arrays in it".to_owned(),
            _ => format!("there are {}", list(present)),
        });
    }
    parts.push(match remedy {
        Remedy::SaveWeights(part) => format!(
            "`{part}` is a part that PyTorch computes a weight from; save the weights themselves, \
             after torch.nn.utils.parametrize.remove_parametrizations (or remove_weight_norm, \
             remove_spectral_norm, prune.remove)"
        ),
        Remedy::OtherKind { network, settings } => {
            format!("the file's network is {network}: set {}", settings.join(" "))
        }
        Remedy::SaveOnly(own) => {
            format!("save only the arrays of the experiment's network: {}", list(own))
        }
        Remedy::Rename(own) => format!(
            "if its equations are those of docs/formats.md, rename its arrays to those of the \
             experiment's network: {}",
            list(own)
        ),
    });
    parts.join("; ")
}

/// Why a recurrent module of PyTorch cannot be imported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModuleReason {
    /// There are several.
    #[error(
        "it holds {} recurrent modules of PyTorch: {}; this program's networks have one recurrent \
         layer",
        .modules.len(),
        list(.modules)
    )]
    Several {
        /// Their names.
        modules: Vec<String>,
    },
    /// It reads its input in both directions.
    #[error(
        "`{array}`: its recurrent module is bidirectional: half of it reads the motion backwards \
         from its end, which a network that integrates motion as it comes cannot do"
    )]
    Bidirectional {
        /// One of its arrays.
        array: String,
    },
    /// It has several layers.
    #[error(
        "`{array}`: its recurrent module has {layers} layers; this program's networks have one, whose \
         states are measured"
    )]
    Layers {
        /// One of its arrays.
        array: String,
        /// How many there are.
        layers: u64,
    },
    /// It is an `nn.LSTM`.
    #[error(
        "`{array}`: its recurrent module is an nn.LSTM{}; its cells have a state beside their \
         activity, which this program's networks (RNN, GRU) do not have",
        if *.projections { " with projections" } else { "" }
    )]
    Lstm {
        /// One of its arrays.
        array: String,
        /// Whether it has projections.
        projections: bool,
    },
    /// Some of its arrays are missing.
    #[error("`{array}`: it holds the {has} of a PyTorch recurrent module but no `{lacks}…`")]
    Incomplete {
        /// One of its arrays.
        array: String,
        /// The arrays that are present.
        has: &'static str,
        /// Prefix of the missing arrays' names.
        lacks: &'static str,
    },
    /// The recurrent weights have a shape that does not fit any module.
    #[error(
        "`{array}` is {shape:?}; expected [units, units] (nn.RNN) or [3 units, units] (nn.GRU){}",
        if let Some(other) = .fits { other_order(*other) } else { String::new() }
    )]
    Gates {
        /// The array.
        array: String,
        /// Its shape.
        shape: Vec<u64>,
        /// The order of axes in which it would fit.
        fits: Option<Orientation>,
    },
}

/// Why the start of a network is unknown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartReason {
    /// The file does not have an encoder or an array with the name of a learnt start state.
    #[error(
        "it lacks `encoder.weight`, the matrix that makes the first state of the first position or \
         heading, and no array has the name of a learnt start state{}. A network that always begins \
         in the same state cannot know where it starts, only how far it has gone",
        if .others.is_empty() { String::new() } else { format!(" (left over: {})", list(.others)) }
    )]
    Unknown {
        /// The first array without another use that has the shape of a state.
        fits: Option<String>,
        /// All arrays without another use.
        others: Vec<String>,
    },
    /// Several arrays have the name of a learnt start state.
    #[error(
        "it lacks `encoder.weight`, and more than one array looks like a learnt start state: {}",
        list(.arrays)
    )]
    Several {
        /// Their names.
        arrays: Vec<String>,
    },
    /// The requested array is missing, or has another use.
    #[error(
        "`{array}` is not an array that could be a start state; {}",
        if .others.is_empty() {
            "every array has another use".to_owned()
        } else {
            format!("arrays without another use: {}", list(.others))
        }
    )]
    NoSuchArray {
        /// The name that was asked for.
        array: String,
        /// All arrays without another use.
        others: Vec<String>,
    },
    /// The file has an encoder, which determines the start of the network.
    #[error(
        "the file has an encoder, `{encoder}`, that makes the first state of the first position or \
         heading; no other start state can be chosen"
    )]
    Encoder {
        /// The array.
        encoder: String,
    },
}

/// A possible cause of an unexpected shape.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ShapeHint {
    /// All shapes fit in the other order of axes, which is this one.
    OtherOrder(Orientation),
    /// The network takes one number as its input: it integrates headings.
    Headings,
    /// The network takes two numbers as its input: it integrates positions.
    Positions,
    /// The network has other sizes, which these settings (`key=value`) select.
    Sizes(Vec<String>),
    /// The array was requested as a start state.
    OneState,
    /// The experiment has no cells.
    NoCells,
    /// The cells are along the second axis.
    Transposed,
    /// The file has another number of cells.
    CellCount,
}

fn other_order(orientation: Orientation) -> String {
    format!("; in the other order of axes, {}, it would fit", orientation.name())
}

fn hint_text(hint: Option<&ShapeHint>) -> String {
    let text = match hint {
        None => return String::new(),
        Some(ShapeHint::OtherOrder(orientation)) => {
            return format!(
                "; all shapes fit matrices in the other order of axes, {}",
                orientation.name()
            );
        }
        Some(ShapeHint::Sizes(settings)) => {
            return format!("; for a network of the file's size set {}", settings.join(" "));
        }
        Some(ShapeHint::Headings) => "its input is one number: choose a head_direction experiment",
        Some(ShapeHint::Positions) => "its input is two numbers: choose a spatial experiment",
        Some(ShapeHint::OneState) => "a start state is one number per unit",
        Some(ShapeHint::NoCells) => "with task.cells.tuning=position there are no cells: omit them",
        Some(ShapeHint::Transposed) => "transpose it",
        Some(ShapeHint::CellCount) => "task.cells.count says how many cells there are",
    };
    format!("; {text}")
}
