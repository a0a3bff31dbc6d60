//! Archives put together byte by byte, so that any of them can be wrong.

use std::io::Write;

use flate2::Compression;
use flate2::write::DeflateEncoder;

/// A member with everything that is written about it, twice.
#[derive(Clone, Debug)]
pub(crate) struct RawMember {
    pub(crate) name: Vec<u8>,
    pub(crate) flags: u16,
    pub(crate) method: u16,
    pub(crate) checksum: u32,
    pub(crate) uncompressed: u64,
    /// What lies in the file.
    pub(crate) data: Vec<u8>,
    /// What the directory says of the length of `data`; that, unless set.
    pub(crate) compressed: Option<u64>,
    pub(crate) local_extra: Vec<u8>,
    pub(crate) central_extra: Vec<u8>,
    /// What follows the data: a descriptor, or a gap.
    pub(crate) behind: Vec<u8>,
    /// What the directory says about where it is, unless that is right.
    pub(crate) offset: Option<u32>,
}

impl RawMember {
    /// Bytes as they are.
    pub(crate) fn stored(name: &str, data: &[u8]) -> Self {
        Self {
            name: name.into(),
            flags: 0,
            method: 0,
            checksum: crc32fast::hash(data),
            uncompressed: data.len() as u64,
            data: data.to_vec(),
            compressed: None,
            local_extra: vec![],
            central_extra: vec![],
            behind: vec![],
            offset: None,
        }
    }

    /// The same, compressed.
    pub(crate) fn deflated(name: &str, data: &[u8]) -> Self {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(data).unwrap();
        Self {
            method: 8,
            data: encoder.finish().unwrap(),
            ..Self::stored(name, data)
        }
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// Sizes and checksum behind the data, as who cannot go back writes them.
    pub(crate) fn streamed(mut self) -> Self {
        self.flags |= 1 << 3;
        self.behind = [
            b"PK\x07\x08".to_vec(),
            self.checksum.to_le_bytes().to_vec(),
            (self.data.len() as u32).to_le_bytes().to_vec(),
            (self.uncompressed as u32).to_le_bytes().to_vec(),
        ]
        .concat();
        self
    }

    fn compressed(&self) -> u64 {
        self.compressed.unwrap_or(self.data.len() as u64)
    }

    /// From the flags to the sizes, which both headers have.
    fn shared(&self, local: bool) -> Vec<u8> {
        let hidden = local && self.flags & (1 << 3) != 0;
        let number = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        let (checksum, compressed, uncompressed) = if hidden {
            (0, 0, 0)
        } else {
            (
                self.checksum,
                number(self.compressed()),
                number(self.uncompressed),
            )
        };
        let mut bytes = Vec::new();
        bytes.extend(self.flags.to_le_bytes());
        bytes.extend(self.method.to_le_bytes());
        bytes.extend([0, 0, 0x21, 0]);
        bytes.extend(checksum.to_le_bytes());
        bytes.extend(compressed.to_le_bytes());
        bytes.extend(uncompressed.to_le_bytes());
        bytes.extend((self.name.len() as u16).to_le_bytes());
        let extra = if local {
            &self.local_extra
        } else {
            &self.central_extra
        };
        bytes.extend((extra.len() as u16).to_le_bytes());
        bytes
    }

    fn local(&self) -> Vec<u8> {
        let mut bytes = b"PK\x03\x04\x14\0".to_vec();
        bytes.extend(self.shared(true));
        bytes.extend(&self.name);
        bytes.extend(&self.local_extra);
        bytes.extend(&self.data);
        bytes.extend(&self.behind);
        bytes
    }

    fn central(&self, offset: u32) -> Vec<u8> {
        let mut bytes = b"PK\x01\x02\x14\0\x14\0".to_vec();
        bytes.extend(self.shared(false));
        // No comment, first disk, no attributes.
        bytes.extend([0; 10]);
        bytes.extend(self.offset.unwrap_or(offset).to_le_bytes());
        bytes.extend(&self.name);
        bytes.extend(&self.central_extra);
        bytes
    }
}

/// An archive in its three parts.
#[derive(Clone, Debug)]
pub(crate) struct RawArchive {
    pub(crate) members: Vec<u8>,
    pub(crate) directory: Vec<u8>,
    pub(crate) end: RawEnd,
}

/// What the end of the directory says.
#[derive(Clone, Debug)]
pub(crate) struct RawEnd {
    pub(crate) disk: u16,
    pub(crate) members: u16,
    pub(crate) bytes: u32,
    pub(crate) offset: u32,
    pub(crate) comment: Vec<u8>,
    /// The length of the comment, unless that is right.
    pub(crate) comment_len: Option<u16>,
}

impl RawEnd {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = b"PK\x05\x06".to_vec();
        bytes.extend(self.disk.to_le_bytes());
        bytes.extend([0, 0]);
        bytes.extend(self.members.to_le_bytes());
        bytes.extend(self.members.to_le_bytes());
        bytes.extend(self.bytes.to_le_bytes());
        bytes.extend(self.offset.to_le_bytes());
        let len = self.comment_len.unwrap_or(self.comment.len() as u16);
        bytes.extend(len.to_le_bytes());
        bytes.extend(&self.comment);
        bytes
    }
}

impl RawArchive {
    pub(crate) fn of(members: &[RawMember]) -> Self {
        let (mut bytes, mut directory) = (Vec::new(), Vec::new());
        for member in members {
            directory.extend(member.central(bytes.len() as u32));
            bytes.extend(member.local());
        }
        let end = RawEnd {
            disk: 0,
            members: members.len() as u16,
            bytes: directory.len() as u32,
            offset: bytes.len() as u32,
            comment: vec![],
            comment_len: None,
        };
        Self {
            members: bytes,
            directory,
            end,
        }
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut RawEnd)) -> Self {
        change(&mut self.end);
        self
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        [&self.members[..], &self.directory, &self.end.bytes()].concat()
    }

    /// With a zip64 end before the other, which says that.
    pub(crate) fn wide(&self, change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
        let mut wide = b"PK\x06\x06".to_vec();
        wide.extend(44_u64.to_le_bytes());
        wide.extend([45, 0, 45, 0]);
        wide.extend([0; 8]);
        wide.extend(u64::from(self.end.members).to_le_bytes());
        wide.extend(u64::from(self.end.members).to_le_bytes());
        wide.extend(u64::from(self.end.bytes).to_le_bytes());
        wide.extend(u64::from(self.end.offset).to_le_bytes());
        let at = (self.members.len() + self.directory.len()) as u64;
        wide.extend(b"PK\x06\x07\0\0\0\0");
        wide.extend(at.to_le_bytes());
        wide.extend([1, 0, 0, 0]);
        change(&mut wide);
        let mut end = self.end.clone();
        (end.members, end.bytes, end.offset) = (u16::MAX, u32::MAX, u32::MAX);
        [&self.members[..], &self.directory, &wide, &end.bytes()].concat()
    }
}

/// An archive of these members, as it should be.
pub(crate) fn archive(members: &[RawMember]) -> Vec<u8> {
    RawArchive::of(members).bytes()
}

/// An array as `np.save` writes it, with any header of any version.
pub(crate) fn npy(version: u8, header: &str, elements: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY".to_vec();
    bytes.extend([version, 0]);
    match version {
        1 => bytes.extend((header.len() as u16).to_le_bytes()),
        _ => bytes.extend((header.len() as u32).to_le_bytes()),
    }
    bytes.extend(header.as_bytes());
    bytes.extend(elements);
    bytes
}

/// One axis of little-endian `int16`.
pub(crate) fn int16s(numbers: &[i16]) -> Vec<u8> {
    let header = format!(
        "{{'descr': '<i2', 'fortran_order': False, 'shape': ({},), }}\n",
        numbers.len()
    );
    let elements: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
    npy(1, &header, &elements)
}
