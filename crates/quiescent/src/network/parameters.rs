//! Named tensors in one flat vector: a network's parameters, its gradients and Adam's moments all
//! share the shape.

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
}

/// Names, shapes and places of a network's tensors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    tensors: Vec<Tensor>,
    len: usize,
}

impl Layout {
    /// Lays out tensors one behind the other, in the given order.
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

    /// The layout.
    pub fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    /// The flat vector, padding included: for element-wise work such as Adam's.
    pub fn flat(&self) -> &[f32] {
        &self.values
    }

    /// The flat vector, mutably. Padding must stay zero.
    pub fn flat_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }

    /// Every tensor with its values, in layout order.
    pub fn iter(&self) -> impl Iterator<Item = (&Tensor, &[f32])> {
        self.layout.tensors.iter().map(|t| (t, &self.values[t.offset..t.offset + t.len()]))
    }

    /// Values of the `index`-th tensor, row-major.
    ///
    /// # Panics
    /// If the layout has no such tensor: network kinds know their own layout.
    pub fn tensor(&self, index: usize) -> &[f32] {
        let tensor = &self.layout.tensors[index];
        &self.values[tensor.offset..tensor.offset + tensor.len()]
    }

    /// Values of the `index`-th tensor, mutably.
    ///
    /// # Panics
    /// If the layout has no such tensor.
    pub fn tensor_mut(&mut self, index: usize) -> &mut [f32] {
        let tensor = &self.layout.tensors[index];
        &mut self.values[tensor.offset..tensor.offset + tensor.len()]
    }

    /// Values of a tensor by name.
    pub fn named(&self, name: &str) -> Option<&[f32]> {
        let tensor = self.layout.find(name)?;
        Some(&self.values[tensor.offset..tensor.offset + tensor.len()])
    }

    /// Values of a tensor by name, mutably.
    pub fn named_mut(&mut self, name: &str) -> Option<&mut [f32]> {
        let tensor = self.layout.find(name)?;
        let range = tensor.offset..tensor.offset + tensor.len();
        Some(&mut self.values[range])
    }
}
