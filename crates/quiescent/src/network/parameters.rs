//! Named tensors in one flat vector: a network's parameters, its gradients and Adam's moments all
//! share the shape.

use ndarray::{ArrayViewD, Dimension, IxDyn};
use std::ops::{Index, IndexMut, Range};
use std::sync::Arc;

/// Alignment of every tensor within the flat vector, in elements (one cache line of `f32`).
const ALIGNMENT: usize = 16;

/// One tensor of a [`Layout`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tensor {
    /// Name in a PyTorch `state_dict`, such as `w_rec.weight`.
    pub name: String,
    /// Shape, slowest axis first; weights are (out, in).
    pub shape: Vec<usize>,
    offset: usize,
}

impl Tensor {
    /// Number of elements.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether the tensor has no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Its range in the flat vector.
    fn range(&self) -> Range<usize> {
        self.offset..self.offset + self.len()
    }
}

/// Names, shapes and positions of a network's tensors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    tensors: Vec<Tensor>,
    len: usize,
}

impl Layout {
    /// Lays out tensors one after the other, in the given order.
    pub fn new<'a>(tensors: impl IntoIterator<Item = (&'a str, Vec<usize>)>) -> Arc<Self> {
        let mut layout = Self { tensors: Vec::new(), len: 0 };
        for (name, shape) in tensors {
            let tensor = Tensor { name: name.to_owned(), shape, offset: layout.len };
            layout.len += tensor.len().next_multiple_of(ALIGNMENT);
            layout.tensors.push(tensor);
        }
        Arc::new(layout)
    }

    /// The tensors in order.
    pub fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    /// Number of parameters (without padding).
    pub fn parameter_count(&self) -> usize {
        self.tensors.iter().map(Tensor::len).sum()
    }

    /// Length of the flat vector (with padding).
    pub fn flat_len(&self) -> usize {
        self.len
    }

    /// Finds a tensor by name.
    pub fn find(&self, name: &str) -> Option<&Tensor> {
        self.tensors.iter().find(|tensor| tensor.name == name)
    }
}

/// Values for every tensor of a layout. Padding is always zero.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameters {
    layout: Arc<Layout>,
    values: Vec<f32>,
}

impl Parameters {
    /// All zeros.
    pub fn zeros(layout: &Arc<Layout>) -> Self {
        Self { layout: Arc::clone(layout), values: vec![0.0; layout.flat_len()] }
    }

    /// Takes the values of named arrays, slowest axis first and weights as (out, in). `layout`
    /// defines the required arrays (see [`layout`](super::layout())).
    ///
    /// ```
    /// use ndarray::{arr1, arr2};
    /// use quiescent::network::{Layout, Parameters};
    ///
    /// let layout = Layout::new([("w.weight", vec![2, 1]), ("w.bias", vec![2])]);
    /// let (weight, bias) = (arr2(&[[0.5], [-0.5]]), arr1(&[0.0, 1.0]));
    /// let named = [("w.bias", bias.view().into_dyn()), ("w.weight", weight.view().into_dyn())];
    /// let parameters = Parameters::from_named(&layout, named)?;
    /// assert_eq!(parameters["w.weight"], [0.5, -0.5]);
    /// # Ok::<(), quiescent::network::ParameterError>(())
    /// ```
    ///
    /// # Errors
    /// [`ParameterError`] if an array is missing, does not belong to the network, is given twice,
    /// has a different shape or holds a number that is not finite.
    pub fn from_named<'a>(
        layout: &Arc<Layout>,
        named: impl IntoIterator<Item = (&'a str, ArrayViewD<'a, f32>)>,
    ) -> Result<Self, ParameterError> {
        let mut parameters = Self::zeros(layout);
        let mut missing: Vec<&Tensor> = layout.tensors.iter().collect();
        let mut extra = Vec::new();
        for (name, array) in named {
            let Some(tensor) = layout.find(name) else {
                extra.push(name.to_owned());
                continue;
            };
            let Some(at) = missing.iter().position(|tensor| tensor.name == name) else {
                return Err(ParameterError::Twice { tensor: name.to_owned() });
            };
            missing.swap_remove(at);
            if array.shape() != tensor.shape {
                return Err(ParameterError::Shape {
                    tensor: name.to_owned(),
                    expected: tensor.shape.clone(),
                    given: array.shape().to_vec(),
                });
            }
            if let Some((index, value)) = array.indexed_iter().find(|(_, value)| !value.is_finite())
            {
                return Err(ParameterError::NotFinite {
                    tensor: name.to_owned(),
                    index: index.as_array_view().to_vec(),
                    value: *value,
                });
            }
            parameters[name].iter_mut().zip(&array).for_each(|(to, from)| *to = *from);
        }
        if missing.is_empty() && extra.is_empty() {
            return Ok(parameters);
        }
        let mut missing: Vec<String> = missing.iter().map(|tensor| tensor.name.clone()).collect();
        missing.sort();
        Err(ParameterError::Names { missing, extra })
    }

    /// The same arrays in the order of `layout`.
    pub(crate) fn laid_out(self, layout: &Arc<Layout>) -> Result<Self, ParameterError> {
        match self.layout == *layout {
            true => Ok(self),
            false => Self::from_named(layout, self.views()),
        }
    }

    /// The layout.
    pub fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    /// The flat vector, including padding, for element-wise work such as Adam's.
    pub fn flat(&self) -> &[f32] {
        &self.values
    }

    /// The flat vector, mutably. Padding must remain zero.
    pub fn flat_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }

    /// Every tensor with its values, row-major, in layout order.
    pub fn iter(&self) -> impl Iterator<Item = (&Tensor, &[f32])> {
        self.layout.tensors.iter().map(|tensor| (tensor, &self.values[tensor.range()]))
    }

    /// Values of a tensor by name, row-major.
    pub fn named(&self, name: &str) -> Option<&[f32]> {
        Some(&self.values[self.layout.find(name)?.range()])
    }

    /// Values of a tensor by name, mutably.
    pub fn named_mut(&mut self, name: &str) -> Option<&mut [f32]> {
        let range = self.layout.find(name)?.range();
        Some(&mut self.values[range])
    }

    /// A tensor by name, in its shape.
    pub fn view(&self, name: &str) -> Option<ArrayViewD<'_, f32>> {
        self.views().find(|(other, _)| *other == name).map(|(_, view)| view)
    }

    /// Every tensor in its shape, by name, in layout order, as [`from_named`](Self::from_named)
    /// takes them.
    pub fn views(&self) -> impl Iterator<Item = (&str, ArrayViewD<'_, f32>)> {
        self.iter().filter_map(|(tensor, values)| {
            // The number of values matches the shape.
            let view = ArrayViewD::from_shape(IxDyn(&tensor.shape), values).ok()?;
            Some((tensor.name.as_str(), view))
        })
    }
}

/// Values of a tensor by name, row-major. Panics if the layout has no such tensor.
impl Index<&str> for Parameters {
    type Output = [f32];

    fn index(&self, name: &str) -> &[f32] {
        match self.named(name) {
            Some(values) => values,
            None => panic!("no tensor `{name}` in this layout"),
        }
    }
}

impl IndexMut<&str> for Parameters {
    fn index_mut(&mut self, name: &str) -> &mut [f32] {
        match self.named_mut(name) {
            Some(values) => values,
            None => panic!("no tensor `{name}` in this layout"),
        }
    }
}

/// Why parameters do not fit a network.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ParameterError {
    /// The tensors differ from the network's.
    #[error("{}", names(.missing, .extra))]
    Names {
        /// Tensors of the network that were not given.
        missing: Vec<String>,
        /// Given tensors that the network does not have.
        extra: Vec<String>,
    },
    /// A tensor that was given twice.
    #[error("`{tensor}` was given twice")]
    Twice {
        /// Its name.
        tensor: String,
    },
    /// A tensor has the wrong shape.
    #[error("`{tensor}`: expected the shape {expected:?}, got {given:?}")]
    Shape {
        /// Its name.
        tensor: String,
        /// The network's shape.
        expected: Vec<usize>,
        /// The shape that was given.
        given: Vec<usize>,
    },
    /// A value that is not a finite number.
    #[error("`{tensor}` holds {value} at {index:?} (counted from 0); expected finite numbers")]
    NotFinite {
        /// The tensor's name.
        tensor: String,
        /// The index of the value.
        index: Vec<usize>,
        /// The value.
        value: f32,
    },
}

fn names(missing: &[String], extra: &[String]) -> String {
    let list = |names: &[String]| format!("`{}`", names.join("`, `"));
    let parts = [
        (!missing.is_empty()).then(|| format!("{} missing", list(missing))),
        (!extra.is_empty()).then(|| format!("{} not in this network", list(extra))),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use ndarray::{Array1, Array2};

    fn layout() -> Arc<Layout> {
        Layout::new([("w.weight", vec![2, 3]), ("w.bias", vec![2])])
    }

    #[test]
    fn named_arrays_come_back_as_views_whatever_their_order_in_memory() {
        let weight = Array2::from_shape_fn((3, 2), |(i, j)| (10 * i + j) as f32);
        let bias = Array1::from_vec(vec![1.0, 2.0]);
        let named = [("w.bias", bias.view().into_dyn()), ("w.weight", weight.t().into_dyn())];
        let parameters = Parameters::from_named(&layout(), named).unwrap();
        assert_eq!(parameters.view("w.weight").unwrap(), weight.t().into_dyn());
        assert_eq!(parameters["w.weight"], [0.0, 10.0, 20.0, 1.0, 11.0, 21.0]);
        assert_eq!(parameters.view("w.bias").unwrap(), bias.view().into_dyn());
        assert!(parameters.view("w").is_none());
    }

    #[test]
    fn what_is_wrong_with_named_arrays_is_named() {
        let (weight, bias) = (Array2::<f32>::zeros((2, 3)), Array1::<f32>::zeros(2));
        let (weight, bias) = (weight.view().into_dyn(), bias.view().into_dyn());
        let refused = |named: &[(&str, ArrayViewD<'_, f32>)]| {
            Parameters::from_named(&layout(), named.iter().cloned()).unwrap_err()
        };
        let found = refused(&[("w.weight", weight.clone()), ("v.bias", bias.clone())]);
        assert_eq!(found.to_string(), "`w.bias` missing; `v.bias` not in this network");
        let found = refused(&[("w.bias", bias.clone()), ("w.bias", bias.clone())]);
        assert_eq!(found, ParameterError::Twice { tensor: "w.bias".into() });
        let found = refused(&[("w.weight", weight.clone().reversed_axes())]);
        let (expected, given) = (vec![2, 3], vec![3, 2]);
        assert_eq!(found, ParameterError::Shape { tensor: "w.weight".into(), expected, given });
        let mut hole = Array2::zeros((2, 3));
        hole[[1, 2]] = f32::INFINITY;
        let found = refused(&[("w.bias", bias), ("w.weight", hole.view().into_dyn())]);
        assert!(matches!(found, ParameterError::NotFinite { index, .. } if index == [1, 2]));
    }
}
