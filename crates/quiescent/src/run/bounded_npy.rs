//! Elements of npy arrays that are read in pieces: memory grows with the data that is there, not
//! with what a damaged header promises (an allocation that fails would end the process).

use std::io::Read;

use ndarray::{Array, Dimension};
use ndarray_npy::{ReadDataError, ReadableElement};
use py_literal::Value;

/// Bytes read at a time.
const PIECE: usize = 1 << 16;

/// A number read from an npy array.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounded<T>(T);

/// A little- or big-endian number.
pub(super) trait Number: Copy {
    /// Type descriptor without the byte order.
    const DESCRIPTOR: &'static str;
    /// Bytes of one number.
    const SIZE: usize;
    /// From `SIZE` little-endian bytes.
    fn from_le(bytes: &[u8]) -> Self;
}

macro_rules! number {
    ($type:ty, $descriptor:literal) => {
        impl Number for $type {
            const DESCRIPTOR: &'static str = $descriptor;
            const SIZE: usize = size_of::<$type>();

            fn from_le(bytes: &[u8]) -> Self {
                let mut array = [0; size_of::<$type>()];
                array.copy_from_slice(bytes);
                <$type>::from_le_bytes(array)
            }
        }
    };
}

number!(f32, "f4");
number!(u64, "u8");

impl<T: Number> ReadableElement for Bounded<T> {
    fn read_to_end_exact_vec<R: Read>(
        mut reader: R,
        descriptor: &Value,
        len: usize,
    ) -> Result<Vec<Self>, ReadDataError> {
        let wrong = || ReadDataError::WrongDescriptor(descriptor.clone());
        let Value::String(text) = descriptor else {
            return Err(wrong());
        };
        let (order, kind) = text.split_at_checked(1).ok_or_else(wrong)?;
        if kind != T::DESCRIPTOR || !matches!(order, "<" | ">") {
            return Err(wrong());
        }
        let mut values = Vec::new();
        let mut piece = [0; PIECE];
        while values.len() < len {
            let count = (len - values.len()).min(PIECE / T::SIZE);
            let bytes = &mut piece[..count * T::SIZE];
            reader.read_exact(bytes)?;
            values.extend(bytes.chunks_exact_mut(T::SIZE).map(|bytes| {
                if order == ">" {
                    bytes.reverse();
                }
                Self(T::from_le(bytes))
            }));
        }
        // Reading on also makes the archive compare its checksum.
        match reader.read(&mut piece)? {
            0 => Ok(values),
            extra => Err(ReadDataError::ExtraBytes(extra)),
        }
    }
}

/// The numbers themselves, without a second array for arrays in row-major order.
pub(super) fn unwrap<T: Number, D: Dimension>(array: Array<Bounded<T>, D>) -> Array<T, D> {
    let dim = array.raw_dim();
    if array.is_standard_layout() {
        let (values, _) = array.into_raw_vec_and_offset();
        let values: Vec<T> = values.into_iter().map(|value| value.0).collect();
        // The array was read as a whole, so its vector holds exactly its elements, in order.
        #[allow(clippy::expect_used)]
        Array::from_shape_vec(dim, values).expect("same elements, same shape")
    } else {
        array.mapv(|value| value.0)
    }
}
