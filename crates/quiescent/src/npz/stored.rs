//! A zip archive with uncompressed members, written from front to back.
//!
//! The crate `zip` also has a writer. It always finishes its archive when it is dropped, even
//! after an error, and prints to the terminal if this fails. On a full disk, that would be a
//! second message besides our own. Here sizes and checksums are known before a member is written,
//! so there is nothing to rewrite and nothing to finish.

use std::io::{self, Write};

/// Smallest size or offset that does not fit the archive's 32-bit fields. The fields then hold
/// this value, and 64-bit fields are added.
const LIMIT: u64 = u32::MAX as u64;
/// Version of the format that a reader must know, without and with fields of 64 bits.
const VERSIONS: [u16; 2] = [10, 45];
/// An archive made on Unix, where a file's attributes are its mode.
const UNIX: u16 = 3 << 8;
/// A regular file, `rw-r--r--`.
const MODE: u32 = 0o100_644;
/// The first date that an archive can name, so that equal arrays give equal bytes at any time.
const DATE: u16 = 1 << 5 | 1;

/// An archive that is being written.
pub(super) struct Stored<W> {
    out: W,
    written: u64,
    directory: Fields,
    members: u16,
    /// [`LIMIT`], but for tests.
    limit: u64,
}

impl<W: Write> Stored<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out, written: 0, directory: Fields::default(), members: 0, limit: LIMIT }
    }

    /// An archive with 64-bit fields from `limit` on.
    #[cfg(test)]
    pub(super) fn with_limit(out: W, limit: u64) -> Self {
        Self { limit, ..Self::new(out) }
    }

    /// Adds a member of `size` bytes with this checksum. `write` writes its contents.
    ///
    /// # Errors
    /// The operating system's.
    ///
    /// # Panics
    /// If a member's name or the number of members needs more than 16 bits.
    pub(super) fn add(
        &mut self,
        name: &str,
        size: u64,
        crc: u32,
        write: impl FnOnce(&mut W) -> io::Result<()>,
    ) -> io::Result<()> {
        let offset = self.written;
        let sizes = if size >= self.limit { &[size, size][..] } else { &[] };
        let offsets = if offset >= self.limit { &[offset][..] } else { &[] };
        let common = |extra: &Fields| {
            let version = VERSIONS[usize::from(!extra.0.is_empty())];
            let fields = Fields::default().u16(version).u16(0).u16(0).u16(0).u16(DATE).u32(crc);
            let fields = fields.u32(self.narrow(size)).u32(self.narrow(size));
            (version, fields.length(name.as_bytes()).length(&extra.0))
        };
        let extra = wide(sizes, &[]);
        let (_, fields) = common(&extra);
        let local = Fields::default().bytes(b"PK\x03\x04").bytes(&fields.0);
        let local = local.bytes(name.as_bytes()).bytes(&extra.0);

        let extra = wide(sizes, offsets);
        let (version, fields) = common(&extra);
        let entry = Fields::default().bytes(b"PK\x01\x02").u16(UNIX | version).bytes(&fields.0);
        // No comment, the first disk, no internal attributes.
        let entry = entry.u16(0).u16(0).u16(0).u32(MODE << 16).u32(self.narrow(offset));
        let entry = entry.bytes(name.as_bytes()).bytes(&extra.0);

        self.directory.0.extend(entry.0);
        self.members += 1;
        self.out.write_all(&local.0)?;
        write(&mut self.out)?;
        self.written += local.0.len() as u64 + size;
        Ok(())
    }

    /// Writes the directory and gives the writer back, unflushed.
    ///
    /// # Errors
    /// The operating system's.
    pub(super) fn finish(mut self) -> io::Result<W> {
        let (at, size, members) = (self.written, self.directory.0.len() as u64, self.members);
        let mut end = Fields::default();
        if at.max(size) >= self.limit {
            let version = VERSIONS[1];
            end = end.bytes(b"PK\x06\x06").u64(44).u16(UNIX | version).u16(version).u32(0).u32(0);
            end = end.u64(members.into()).u64(members.into()).u64(size).u64(at);
            end = end.bytes(b"PK\x06\x07").u32(0).u64(at + size).u32(1);
        }
        end = end.bytes(b"PK\x05\x06").u16(0).u16(0).u16(members).u16(members);
        end = end.u32(self.narrow(size)).u32(self.narrow(at)).u16(0);
        self.out.write_all(&self.directory.0)?;
        self.out.write_all(&end.0)?;
        Ok(self.out)
    }

    /// A 32-bit field, which marks whether a 64-bit field exists.
    fn narrow(&self, value: u64) -> u32 {
        if value >= self.limit { u32::MAX } else { value as u32 }
    }
}

/// The extra field with values that need 64 bits; none if no value does.
fn wide(sizes: &[u64], offset: &[u64]) -> Fields {
    let values = [sizes, offset].concat();
    if values.is_empty() {
        return Fields::default();
    }
    let head = Fields::default().u16(1).u16(8 * values.len() as u16);
    values.into_iter().fold(head, Fields::u64)
}

/// Fields of an archive, one after the other.
#[derive(Default)]
struct Fields(Vec<u8>);

impl Fields {
    fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.extend(bytes);
        self
    }

    fn u16(self, value: u16) -> Self {
        self.bytes(&value.to_le_bytes())
    }

    fn u32(self, value: u32) -> Self {
        self.bytes(&value.to_le_bytes())
    }

    fn u64(self, value: u64) -> Self {
        self.bytes(&value.to_le_bytes())
    }

    /// Length of a later part.
    #[allow(clippy::expect_used)]
    fn length(self, of: &[u8]) -> Self {
        self.u16(u16::try_from(of.len()).expect("a short name"))
    }
}
