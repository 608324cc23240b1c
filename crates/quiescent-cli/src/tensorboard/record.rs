//! TFRecord: the frames of an event file, with their checksums.

use crc::{CRC_32_ISCSI, Crc};

const CRC32C: Crc<u32> = Crc::<u32>::new(&CRC_32_ISCSI);

/// A record: length, checksum of the length, data, checksum of the data, all little-endian.
pub(super) fn framed(data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u64).to_le_bytes();
    let mut record = Vec::with_capacity(data.len() + 16);
    record.extend(length);
    record.extend(masked(&length).to_le_bytes());
    record.extend(data);
    record.extend(masked(data).to_le_bytes());
    record
}

/// A checksum of data that hold checksums is weak; the format turns and shifts it therefore.
fn masked(data: &[u8]) -> u32 {
    CRC32C.checksum(data).rotate_right(15).wrapping_add(0xa282_ead8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_framed() {
        // Check value of CRC-32C in every catalogue; its lower 15 bits, 0x1283, go to the top.
        assert_eq!(CRC32C.checksum(b"123456789"), 0xe306_9283);
        let turned = (0x1283_u32 << 17) + 0x0001_c60d;
        assert_eq!(masked(b"123456789"), turned.wrapping_add(0xa282_ead8));
        let record = framed(b"123456789");
        assert_eq!(record.len(), 8 + 4 + 9 + 4);
        assert_eq!(record[..8], [9, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(record[8..12], masked(&record[..8]).to_le_bytes());
        assert_eq!(record[21..], masked(b"123456789").to_le_bytes());
    }
}
