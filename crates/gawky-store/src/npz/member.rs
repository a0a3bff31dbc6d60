//! One member of an archive: from its bytes in the file to the blob that it holds.

use std::ops::Range;

use flate2::{Decompress, FlushDecompress, Status};
use gawky_buffer::{Buffer, BufferError, BufferMut, DType, Key};

use super::NpzOptions;
use super::array_header::ArrayHeader;
use super::fault::NpzFault;
use super::fields::Fields;
use crate::StoreError;

const LOCAL: &[u8] = b"PK\x03\x04";

const STORED: u16 = 0;
const DEFLATED: u16 = 8;

/// NumPy's own header is as long as a multiple of this, so elements lie as well as their header does.
const ALIGNMENT: u64 = 64;

/// Bits of a member's flags: that it is encrypted, or what is written about it is.
const ENCRYPTED: u16 = 1 | 1 << 6 | 1 << 13;
/// That its sizes and checksum come after its bytes, because its writer could not go back.
const SIZES_BEHIND: u16 = 1 << 3;

/// How long a member's own header is, with some extra data, but without its name.
const LOCAL_HEADER: u64 = 30 + 64;
/// How much of an array is read to learn how long its header is. Compressed, a header is no longer than that before its length is out.
const ARRAY_HEADER: u64 = 512;

/// No deflated bytes come to more than this many times as many.
const DEFLATE_MAX: u64 = 1032;

/// What a member is by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `x.npy`, an array under the key `x`.
    Array,
    /// Anything else: bytes under its whole name.
    Raw,
}

/// A member as the directory tells of it.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) key: Key,
    pub(super) kind: Kind,
    pub(super) name: Box<[u8]>,
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) checksum: u32,
    pub(super) compressed: u64,
    pub(super) uncompressed: u64,
    /// Which bytes of the file it lies in: `lead` bytes that are not its own, its own header, its bytes.
    pub(super) range: Range<u64>,
    /// So many bytes before its header are read, too, so that its bytes come to lie well.
    pub(super) lead: u64,
}

/// What a member holds.
#[derive(Clone, Debug)]
pub(super) struct Content {
    pub(super) bytes: Buffer,
    /// `None` for bytes that are no array.
    pub(super) dtype: Option<DType>,
}

/// How many bytes one call may still uncompress.
pub(super) struct Allowance {
    limit: u64,
    used: u64,
}

impl Allowance {
    pub(super) fn new(options: &NpzOptions) -> Self {
        Self {
            limit: options.max_call_bytes,
            used: 0,
        }
    }

    fn spend(&mut self, bytes: u64) -> Result<(), NpzFault> {
        self.used = self.used.saturating_add(bytes);
        if self.used > self.limit {
            return Err(NpzFault::CallTooLarge {
                bytes: self.used,
                limit: self.limit,
            });
        }
        Ok(())
    }
}

impl Member {
    /// Lets the range begin so much earlier that bytes which are stored as they are lie at a multiple of
    /// [`ALIGNMENT`] in memory, if the range does: how long the header before them is stands only in that, but they
    /// mostly end where the next member begins. Where they do not, they are copied when they are used, at worst.
    pub(super) fn lead_in(&mut self) {
        let header = (self.range.end - self.range.start).saturating_sub(self.compressed);
        let lead = header.next_multiple_of(ALIGNMENT) - header;
        if self.method == STORED && lead <= self.range.start {
            self.range.start -= lead;
            self.lead = lead;
        }
    }

    /// As much of it as mostly tells how many bytes its elements have.
    pub(super) fn beginning(&self) -> Range<u64> {
        let headers = self.lead + LOCAL_HEADER + self.name.len() as u64 + ARRAY_HEADER;
        let end = self.range.start.saturating_add(headers);
        self.range.start..end.min(self.range.end)
    }

    /// How many bytes its elements have, by its [`beginning`](Self::beginning); `None` where that does not tell, or is not as it should
    /// be: who reads it whole is told what is wrong.
    pub(super) fn elements(&self, beginning: &[u8]) -> Option<u64> {
        let piece = beginning.get(usize::try_from(self.lead).ok()?..)?;
        let mut fields = Fields::signed(piece, LOCAL)?;
        let local = Local::read(&mut fields)?;
        fields.take(local.extra_len.into())?;
        if local.differs(self).is_some() || self.flags & ENCRYPTED != 0 {
            return None;
        }
        let packed = fields.take(fields.len())?;
        let begins = match self.method {
            STORED => ArrayHeader::length(packed)?,
            DEFLATED => {
                let mut unpacked = [0; 16];
                let mut inflater = Decompress::new(false);
                inflater
                    .decompress(packed, &mut unpacked, FlushDecompress::None)
                    .ok()?;
                let made = usize::try_from(inflater.total_out()).ok()?;
                ArrayHeader::length(unpacked.get(..made)?)?
            }
            _ => return None,
        };
        self.uncompressed.checked_sub(begins)
    }

    /// The name, as well as it can be shown.
    pub(super) fn shown_name(&self) -> String {
        String::from_utf8_lossy(&self.name).into_owned()
    }

    /// What it holds, of the bytes of the file that it lies in.
    pub(super) fn content(
        &self,
        file: &str,
        piece: &Buffer,
        options: &NpzOptions,
        allowance: &mut Allowance,
    ) -> Result<Content, StoreError> {
        let fault = |fault: NpzFault| fault.of(&self.key, file);
        let no_view = |source| StoreError::Buffer {
            key: self.key.to_string(),
            source,
        };
        let lead = usize::try_from(self.lead).unwrap_or(usize::MAX);
        let piece = piece.slice(lead..piece.len()).map_err(no_view)?;
        let data = self.data(piece.bytes().map_err(no_view)?).map_err(fault)?;
        let packed = piece.slice(data).map_err(no_view)?;
        let unpacked = match self.method {
            STORED => packed,
            _ => {
                self.allow(options, allowance).map_err(fault)?;
                let packed = packed.bytes().map_err(no_view)?;
                let mut unpacked = BufferMut::with_capacity(0);
                let broken = self.inflate(packed, &mut unpacked).map_err(no_view)?;
                if let Some(why) = broken {
                    let bytes = unpacked.len() as u64;
                    return Err(fault(NpzFault::Deflate { bytes, why }));
                }
                unpacked.freeze()
            }
        };
        let found = crc32fast::hash(unpacked.bytes().map_err(no_view)?);
        if found != self.checksum {
            let expected = self.checksum;
            return Err(fault(NpzFault::Checksum { expected, found }));
        }
        match self.kind {
            Kind::Raw => Ok(Content {
                bytes: unpacked,
                dtype: None,
            }),
            Kind::Array => {
                let array = ArrayHeader::read(unpacked.bytes().map_err(no_view)?).map_err(fault)?;
                let bytes = array.row_major(&unpacked).map_err(no_view)?;
                Ok(Content {
                    bytes,
                    dtype: Some(array.dtype()),
                })
            }
        }
    }

    /// Where its bytes are, after its own header, which must say what the directory says.
    fn data(&self, piece: &[u8]) -> Result<Range<usize>, NpzFault> {
        if self.flags & ENCRYPTED != 0 {
            return Err(NpzFault::Encrypted);
        }
        match self.method {
            STORED if self.compressed != self.uncompressed => {
                return Err(NpzFault::header(format!(
                    "it is stored as it is, in {} bytes, and should have {}",
                    self.compressed, self.uncompressed
                )));
            }
            STORED | DEFLATED => {}
            method => return Err(NpzFault::Method { method }),
        }
        let none = || NpzFault::header("its own header is not where it should be");
        let mut fields = Fields::signed(piece, LOCAL).ok_or_else(none)?;
        let local = Local::read(&mut fields).ok_or_else(none)?;
        if let Some(what) = local.differs(self) {
            return Err(NpzFault::header(format!(
                "its own header tells another {what}"
            )));
        }
        let before = piece.len() - fields.len();
        fields
            .take(local.extra_len.into())
            .and_then(|extra| {
                let start = before + extra.len();
                let end = start.checked_add(usize::try_from(self.compressed).ok()?)?;
                (end <= piece.len()).then_some(start..end)
            })
            .ok_or_else(|| NpzFault::header("its bytes reach into those of the next member"))
    }

    /// Refuses what would be too much, before a byte of it is made.
    fn allow(&self, options: &NpzOptions, allowance: &mut Allowance) -> Result<(), NpzFault> {
        let (bytes, limit) = (self.uncompressed, options.max_member_bytes);
        if bytes > limit {
            return Err(NpzFault::MemberTooLarge { bytes, limit });
        }
        if bytes / DEFLATE_MAX > self.compressed {
            return Err(NpzFault::header(format!(
                "{bytes} bytes should come out of {}, and deflate cannot do that",
                self.compressed
            )));
        }
        allowance.spend(bytes)
    }

    /// Uncompresses; memory grows with the bytes that come out, whatever their number should be. Answers what is
    /// wrong with the compressed bytes, if anything.
    fn inflate(
        &self,
        packed: &[u8],
        unpacked: &mut BufferMut,
    ) -> Result<Option<&'static str>, BufferError> {
        let Ok(whole) = usize::try_from(self.uncompressed) else {
            return Err(BufferError::OutOfMemory {
                what: format!("a member of {} bytes", self.uncompressed),
            });
        };
        let usual = packed.len().saturating_mul(8).saturating_add(4096);
        let mut inflater = Decompress::new(false);
        let mut rest = packed;
        loop {
            let have = unpacked.len();
            let room = usual.max(have).min(whole - have);
            unpacked.try_extend_zeros(room)?;
            let (_, free) = unpacked.as_mut_slice().split_at_mut(have);
            // One byte more, to see whether there is more than there should be.
            let mut beyond = [0];
            let target = if room == 0 { &mut beyond } else { free };
            let (read, written) = (inflater.total_in(), inflater.total_out());
            let status = inflater.decompress(rest, target, FlushDecompress::None);
            let step = |now: u64, then: u64| usize::try_from(now - then).unwrap_or(usize::MAX);
            let made = step(inflater.total_out(), written);
            let used = step(inflater.total_in(), read);
            if room == 0 && made > 0 {
                return Ok(Some("more come out than the directory says"));
            }
            unpacked.truncate(have + made);
            rest = rest.get(used..).unwrap_or_default();
            match status {
                Err(_) => return Ok(Some("deflate never writes such bytes")),
                Ok(Status::StreamEnd) if unpacked.len() < whole => {
                    return Ok(Some("fewer come out than the directory says"));
                }
                Ok(Status::StreamEnd) if !rest.is_empty() => {
                    return Ok(Some("bytes follow their end"));
                }
                Ok(Status::StreamEnd) => return Ok(None),
                Ok(_) if made == 0 && used == 0 => return Ok(Some("their end is missing")),
                Ok(_) => {}
            }
        }
    }
}

/// What a member's own header says.
struct Local<'a> {
    flags: u16,
    method: u16,
    checksum: u32,
    compressed: u32,
    uncompressed: u32,
    name: &'a [u8],
    extra_len: u16,
}

impl<'a> Local<'a> {
    fn read(fields: &mut Fields<'a>) -> Option<Self> {
        let _version = fields.u16()?;
        let (flags, method) = (fields.u16()?, fields.u16()?);
        let _modified = fields.u32()?;
        let checksum = fields.u32()?;
        let (compressed, uncompressed) = (fields.u32()?, fields.u32()?);
        let (name_len, extra_len) = (fields.u16()?, fields.u16()?);
        Some(Self {
            flags,
            method,
            checksum,
            compressed,
            uncompressed,
            name: fields.take(name_len.into())?,
            extra_len,
        })
    }

    /// What it says otherwise than the directory, if anything.
    fn differs(&self, member: &Member) -> Option<&'static str> {
        // Sizes in extra data need not be looked at: it is the directory's that count.
        let other = |narrow: u32, wide: u64| narrow != u32::MAX && u64::from(narrow) != wide;
        if self.name != &*member.name {
            Some("name")
        } else if self.method != member.method {
            Some("method")
        } else if (self.flags ^ member.flags) & (ENCRYPTED | SIZES_BEHIND) != 0 {
            Some("kind of member")
        } else if self.flags & SIZES_BEHIND != 0 {
            None
        } else if self.checksum != member.checksum {
            Some("checksum")
        } else if other(self.compressed, member.compressed) {
            Some("size")
        } else if other(self.uncompressed, member.uncompressed) {
            Some("size when uncompressed")
        } else {
            None
        }
    }
}
