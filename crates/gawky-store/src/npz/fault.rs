//! [`NpzFault`]: what is wrong with an archive, or with one member of it.

use gawky_buffer::Key;

use crate::StoreError;
use crate::key::KeyFault;

/// What is wrong with an archive, or with one member of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NpzFault {
    /// The file is gone since the archive was opened.
    #[error("the file is gone since it was opened: open it again where it is now")]
    Gone,
    /// No end of a directory.
    #[error(
        "it is no zip archive, or its end was cut off: there is no end of a directory in its last bytes, of \
         {size} in all"
    )]
    NotZip {
        /// How many bytes the file has.
        size: u64,
    },
    /// A directory that contradicts itself, or the file that it lies in.
    #[error("its directory is broken: {why}; the file was damaged, or changed while it was read")]
    Directory {
        /// What contradicts what.
        why: String,
    },
    /// A directory with more bytes than allowed.
    #[error(
        "its directory has {bytes} bytes, and {limit} are allowed: open it with more max_directory_bytes"
    )]
    DirectoryTooLarge {
        /// How many bytes it has.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// A member's name that no key can be.
    #[error("the name of this member cannot be a key: {0}")]
    Name(KeyFault),
    /// A member's name that is no text.
    #[error("the name of this member is not in UTF-8: write the archive anew with such names")]
    NameEncoding,
    /// Two members for one key.
    #[error(
        "two members have this key, {first:?} and {second:?}: which one is meant cannot be told"
    )]
    Duplicate {
        /// The name of one.
        first: String,
        /// The name of the other.
        second: String,
    },
    /// Two members that share bytes.
    #[error("this member shares bytes with {other:?}, as archives do that are made to do harm")]
    Overlap {
        /// The name of the other member, or `the directory`.
        other: String,
    },
    /// An encrypted member.
    #[error("this member is encrypted, which np.savez never does: decrypt the archive first")]
    Encrypted,
    /// A way to compress that is not read.
    #[error(
        "this member is compressed by method {method}, and only 0 (stored) and 8 (deflate) are read, which \
         np.savez and np.savez_compressed use: write the archive anew with one of those"
    )]
    Method {
        /// The number that the zip format gives it.
        method: u16,
    },
    /// A member that is not what the directory says about it.
    #[error("this member is not what the directory says: {why}; the file was damaged, or forged")]
    Header {
        /// What differs.
        why: String,
    },
    /// Compressed bytes that are none.
    #[error("the compressed bytes of this member are broken after {bytes} bytes came out: {why}")]
    Deflate {
        /// How many bytes came out before.
        bytes: u64,
        /// What is wrong then.
        why: &'static str,
    },
    /// A checksum that does not fit.
    #[error(
        "this member should have the CRC-32 {expected:08x} and has {found:08x}: it was damaged"
    )]
    Checksum {
        /// What the directory says.
        expected: u32,
        /// What the bytes give.
        found: u32,
    },
    /// A member that would be larger than allowed.
    #[error(
        "this member has {bytes} bytes uncompressed, and {limit} are allowed: if the archive is to be \
         trusted, open it with more max_member_bytes"
    )]
    MemberTooLarge {
        /// How many bytes it has.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// Members that together would be larger than allowed.
    #[error(
        "with this member one call would uncompress {bytes} bytes, and {limit} are allowed: if the archive \
         is to be trusted, open it with more max_call_bytes, or ask for less at once"
    )]
    CallTooLarge {
        /// How many bytes the members of the call up to this one have.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// An array without a proper NumPy header.
    #[error("this member is no array as np.save writes them: {why}")]
    Array {
        /// What is wrong with its header.
        why: String,
    },
    /// An array of a dtype that gawky does not have.
    #[error("this array has the dtype {descr}, which is not read: {why}")]
    DType {
        /// The dtype as the header has it.
        descr: String,
        /// Why not, and what to do instead.
        why: &'static str,
    },
    /// An array with more or fewer bytes than its shape says.
    #[error("this array of shape {shape} needs {needed} bytes, and has {have}")]
    Length {
        /// The shape, as Python writes it.
        shape: String,
        /// How many bytes that takes.
        needed: String,
        /// How many are there.
        have: u64,
    },
    /// A name under which something else would be read back.
    #[error(
        "a file that is no array cannot be put under a name that ends in .npy, as it would be read as one: \
         rename it"
    )]
    RawName,
    /// A name that does not fit into an archive.
    #[error(
        "its name would have {len} bytes, and {limit} fit into an archive: choose a shorter key"
    )]
    LongName {
        /// How many bytes the name of the member would have.
        len: usize,
        /// The limit.
        limit: usize,
    },
}

impl NpzFault {
    /// This fault of a whole archive, as an error.
    pub(super) fn of_file(self, file: &str) -> StoreError {
        self.of(file, file)
    }

    /// This fault of one member, as an error.
    pub(super) fn of(self, key: &str, file: &str) -> StoreError {
        StoreError::Npz {
            key: key.to_owned(),
            file: file.to_owned(),
            fault: Box::new(self),
        }
    }

    pub(super) fn directory(why: impl Into<String>) -> Self {
        Self::Directory { why: why.into() }
    }

    pub(super) fn array(why: impl Into<String>) -> Self {
        Self::Array { why: why.into() }
    }

    pub(super) fn header(why: impl Into<String>) -> Self {
        Self::Header { why: why.into() }
    }
}

/// What is wrong with a member, and which.
#[derive(Debug)]
pub(super) struct MemberFault {
    /// Its key, or its name as far as it can be shown.
    pub(super) key: Key,
    pub(super) fault: NpzFault,
}

impl MemberFault {
    /// As an error; a fault without a key is the whole file's.
    pub(super) fn in_file(self, file: &str) -> StoreError {
        if self.key.is_empty() {
            self.fault.of_file(file)
        } else {
            self.fault.of(&self.key, file)
        }
    }
}
