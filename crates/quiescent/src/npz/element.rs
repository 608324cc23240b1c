//! Types of numbers in which arrays are written, and read without conversion.

/// A number of an npy array.
pub(crate) trait Element: Copy {
    /// Numpy's name of the type, without the byte order.
    const NAME: &'static str;

    /// Writes the number as little-endian bytes, as many as it has.
    fn put(self, bytes: &mut [u8]);

    /// The number of its little-endian (or big-endian) bytes.
    fn get(bytes: &[u8], big_endian: bool) -> Self;
}

macro_rules! element {
    ($type:ty, $name:literal) => {
        impl Element for $type {
            const NAME: &'static str = $name;

            fn put(self, bytes: &mut [u8]) {
                bytes.copy_from_slice(&self.to_le_bytes());
            }

            fn get(bytes: &[u8], big_endian: bool) -> Self {
                let mut word = [0; size_of::<$type>()];
                word.copy_from_slice(bytes);
                if big_endian { <$type>::from_be_bytes(word) } else { <$type>::from_le_bytes(word) }
            }
        }
    };
}

element!(f32, "f4");
element!(f64, "f8");
element!(u64, "u8");
