//! The few shapes of Protocol Buffers fields that event files are made of.

/// A message under construction. Fields of value zero are written too; readers take both alike.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Message(Vec<u8>);

/// How the bytes of a field are laid out.
#[derive(Clone, Copy)]
enum Wire {
    Varint = 0,
    Fixed64 = 1,
    Delimited = 2,
    Fixed32 = 5,
}

impl Message {
    /// A message without fields.
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// An integer that is not negative, an enum's number or a bool.
    pub(super) fn integer(mut self, field: u8, value: u64) -> Self {
        self.key(field, Wire::Varint);
        self.varint(value);
        self
    }

    /// A `double`.
    pub(super) fn double(mut self, field: u8, value: f64) -> Self {
        self.key(field, Wire::Fixed64);
        self.0.extend(value.to_le_bytes());
        self
    }

    /// A `float`.
    pub(super) fn float(mut self, field: u8, value: f32) -> Self {
        self.key(field, Wire::Fixed32);
        self.0.extend(value.to_le_bytes());
        self
    }

    /// A `string`.
    pub(super) fn text(self, field: u8, value: &str) -> Self {
        self.bytes(field, value.as_bytes())
    }

    /// A `bytes`, or one element of a repeated one.
    pub(super) fn bytes(mut self, field: u8, value: &[u8]) -> Self {
        self.key(field, Wire::Delimited);
        self.varint(value.len() as u64);
        self.0.extend(value);
        self
    }

    /// A message, or one element of a repeated one.
    pub(super) fn message(self, field: u8, value: &Self) -> Self {
        self.bytes(field, &value.0)
    }

    /// The message as written to a file.
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    fn key(&mut self, field: u8, wire: Wire) {
        self.varint(u64::from(field) << 3 | wire as u64);
    }

    /// Seven bits a byte, the lowest first; the eighth bit says that more follow.
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_laid_out_as_the_encoding_says() {
        // The first two are examples of the encoding's own documentation.
        assert_eq!(Message::new().integer(1, 150).as_bytes(), [0x08, 0x96, 0x01]);
        assert_eq!(Message::new().text(2, "testing").as_bytes(), b"\x12\x07testing");
        let inner = Message::new().integer(1, 150);
        assert_eq!(Message::new().message(3, &inner).as_bytes(), [0x1a, 0x03, 0x08, 0x96, 0x01]);
        assert_eq!(Message::new().float(1, 1.0).as_bytes(), [0x0d, 0, 0, 0x80, 0x3f]);
        assert_eq!(Message::new().double(1, 1.0).as_bytes(), [9, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f]);
        let most = Message::new().integer(1, u64::MAX);
        assert_eq!(most.as_bytes(), [8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1]);
        // From field 16 on the key takes two bytes.
        assert_eq!(Message::new().integer(16, 1).as_bytes(), [0x80, 0x01, 0x01]);
    }
}
