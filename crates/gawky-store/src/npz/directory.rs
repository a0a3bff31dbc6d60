//! The directory of a zip archive, which lies at its end: where it is, and what it says about the members.
//!
//! The format is that of PKWARE's APPNOTE.TXT, sections 4.3 to 4.5. Of what it allows, only what leaves no doubt
//! is read: a directory that reaches exactly from where its end says to that end, with exactly as many members,
//! of which no two share a byte. Readers that guess (what lies before the archive, which of several ends is
//! meant) can be made to see another archive than their neighbours do.

use std::ops::Range;

use gawky_buffer::Key;

use super::fault::{MemberFault, NpzFault};
use super::fields::Fields;
use super::member::{Kind, Member};
use crate::key;

const END: &[u8] = b"PK\x05\x06";
const END64: &[u8] = b"PK\x06\x06";
const END64_LOCATOR: &[u8] = b"PK\x06\x07";
const ENTRY: &[u8] = b"PK\x01\x02";

const END_LEN: usize = 22;
const END64_LEN: u64 = 56;
const END64_LOCATOR_LEN: usize = 20;
const ENTRY_LEN: u64 = 46;
/// Of a member's own header, without its name.
const LOCAL_LEN: u64 = 30;
/// How much may follow the name in a member's own header.
const EXTRA_MAX: u64 = 0xffff;
/// How long the comment behind the directory's end may be.
const COMMENT_MAX: usize = 0xffff;

/// As many of a file's last bytes as the ends of its directory take at most, with a comment as long as can be,
/// rounded up.
pub(super) const TAIL: u64 = 66 * 1024;

/// Where the directory lies, and how many members it has.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct End {
    pub(super) directory: Range<u64>,
    members: u64,
}

impl End {
    /// Finds it in the last bytes of a file, of `size` in all.
    pub(super) fn find(tail: &[u8], size: u64) -> Result<Self, NpzFault> {
        let start = size.saturating_sub(tail.len() as u64);
        let last = tail.len().checked_sub(END_LEN);
        // A comment may hold anything, so an end counts only if its own comment ends where the file does.
        let found = last.and_then(|last| {
            let first = last.saturating_sub(COMMENT_MAX);
            (first..=last).rev().find_map(|at| {
                let mut fields = Fields::signed(tail.get(at..)?, END)?;
                let end = Narrow::read(&mut fields)?;
                (fields.len() == usize::from(end.comment)).then_some((at, end))
            })
        });
        let Some((at, end)) = found else {
            return Err(NpzFault::NotZip { size });
        };
        let locator = at
            .checked_sub(END64_LOCATOR_LEN)
            .and_then(|at| tail.get(at..))
            .and_then(|bytes| Fields::signed(bytes, END64_LOCATOR));
        let (wide, directory_end) = match locator {
            None => (end.widened(), start + at as u64),
            Some(locator) => {
                let at = at.saturating_sub(END64_LOCATOR_LEN);
                let (wide, begins) = Wide::read(locator, tail, start, at)?;
                end.agree(&wide)?;
                (wide, begins)
            }
        };
        wide.check(directory_end)
    }
}

/// The end of the directory, as it was before archives could be large.
struct Narrow {
    disks: [u16; 2],
    members: [u16; 2],
    bytes: u32,
    offset: u32,
    comment: u16,
}

impl Narrow {
    fn read(fields: &mut Fields<'_>) -> Option<Self> {
        Some(Self {
            disks: [fields.u16()?, fields.u16()?],
            members: [fields.u16()?, fields.u16()?],
            bytes: fields.u32()?,
            offset: fields.u32()?,
            comment: fields.u16()?,
        })
    }

    fn widened(&self) -> Wide {
        Wide {
            disks: self.disks.map(u32::from),
            members: self.members.map(u64::from),
            bytes: self.bytes.into(),
            offset: self.offset.into(),
        }
    }

    /// Every field either says that the wide one is meant, or says the same.
    fn agree(&self, wide: &Wide) -> Result<(), NpzFault> {
        let narrow = self.widened();
        let same = narrow
            .disks
            .iter()
            .zip(&wide.disks)
            .all(|(narrow, wide)| *narrow == 0xffff || narrow == wide)
            && narrow
                .members
                .iter()
                .zip(&wide.members)
                .all(|(narrow, wide)| *narrow == 0xffff || narrow == wide)
            && (self.bytes == u32::MAX || narrow.bytes == wide.bytes)
            && (self.offset == u32::MAX || narrow.offset == wide.offset);
        if same {
            Ok(())
        } else {
            Err(NpzFault::directory("its end and its zip64 end differ"))
        }
    }
}

/// The end of the directory in the words of zip64.
struct Wide {
    disks: [u32; 2],
    members: [u64; 2],
    bytes: u64,
    offset: u64,
}

impl Wide {
    /// Reads it from where `locator` says, and tells where that is; the locator itself lies at `at` in `tail`,
    /// which starts at byte `start` of the file.
    fn read(
        mut locator: Fields<'_>,
        tail: &[u8],
        start: u64,
        at: usize,
    ) -> Result<(Self, u64), NpzFault> {
        let short = || NpzFault::directory("its zip64 end is cut off");
        let _disk = locator.u32().ok_or_else(short)?;
        let begins = locator.u64().ok_or_else(short)?;
        let record = begins
            .checked_sub(start)
            .and_then(|begins| usize::try_from(begins).ok())
            .and_then(|begins| tail.get(begins..at))
            .ok_or_else(|| {
                NpzFault::directory("its zip64 end is not before the end of the file")
            })?;
        let mut fields = Fields::signed(record, END64)
            .ok_or_else(|| NpzFault::directory("its zip64 end is not where it should be"))?;
        let len = fields.u64().ok_or_else(short)?;
        if len != fields.len() as u64 || (record.len() as u64) < END64_LEN {
            return Err(NpzFault::directory(format!(
                "its zip64 end should have {len} bytes and has {}",
                fields.len()
            )));
        }
        let _versions = fields.u32().ok_or_else(short)?;
        let mut read = || {
            Some(Self {
                disks: [fields.u32()?, fields.u32()?],
                members: [fields.u64()?, fields.u64()?],
                bytes: fields.u64()?,
                offset: fields.u64()?,
            })
        };
        Ok((read().ok_or_else(short)?, begins))
    }

    fn check(&self, directory_end: u64) -> Result<End, NpzFault> {
        let [here, members] = self.members;
        if self.disks != [0, 0] || here != members {
            return Err(NpzFault::directory(
                "it is one part of an archive in several",
            ));
        }
        let end = self.offset.checked_add(self.bytes);
        if end != Some(directory_end) {
            return Err(NpzFault::directory(format!(
                "it should be {} bytes from byte {} on, but its end begins at byte {directory_end}",
                self.bytes, self.offset
            )));
        }
        // A count alone is no reason to read anything: so many members take so many bytes.
        if members
            .checked_mul(ENTRY_LEN)
            .is_none_or(|least| least > self.bytes)
        {
            return Err(NpzFault::directory(format!(
                "it should have {members} members, for which {} bytes are too few",
                self.bytes
            )));
        }
        Ok(End {
            directory: self.offset..directory_end,
            members,
        })
    }
}

/// The members that a directory tells of, sorted by key.
pub(super) fn members(directory: &[u8], end: &End) -> Result<Vec<Member>, MemberFault> {
    let whole = |why: String| MemberFault {
        key: Key::default(),
        fault: NpzFault::directory(why),
    };
    let mut members = Vec::new();
    let mut rest = directory;
    for number in 0..end.members {
        let (member, after) = entry(rest)
            .ok_or_else(|| whole(format!("member {number} of {} is cut off", end.members)))?;
        members.extend(member?);
        rest = after;
    }
    if !rest.is_empty() {
        return Err(whole(format!(
            "{} bytes follow its last member",
            rest.len()
        )));
    }
    set_apart(&mut members, end.directory.start)?;
    members.sort_unstable_by(|a, b| a.key.cmp(&b.key));
    for pair in members.windows(2) {
        if let [first, second] = pair
            && first.key == second.key
        {
            return Err(MemberFault {
                key: first.key.clone(),
                fault: NpzFault::Duplicate {
                    first: first.shown_name(),
                    second: second.shown_name(),
                },
            });
        }
    }
    Ok(members)
}

/// Gives every member the bytes from its own header to the next one's, and refuses those that share any.
fn set_apart(members: &mut [Member], directory: u64) -> Result<(), MemberFault> {
    members.sort_unstable_by_key(|member| member.range.start);
    let mut next = directory;
    let mut behind = "the directory".to_owned();
    for member in members.iter_mut().rev() {
        let least = LOCAL_LEN + member.name.len() as u64;
        let end = member
            .range
            .start
            .checked_add(least)
            .and_then(|end| end.checked_add(member.compressed));
        let Some(end) = end.filter(|end| *end <= next) else {
            return Err(MemberFault {
                key: member.key.clone(),
                fault: NpzFault::Overlap { other: behind },
            });
        };
        // What lies further away cannot be this member's, whoever put it there.
        member.range.end = next.min(end.saturating_add(EXTRA_MAX));
        next = member.range.start;
        member.lead_in();
        behind = member.shown_name();
    }
    Ok(())
}

/// What becomes of one entry: a member, or none where it is a folder; and the bytes after it.
type Entry<'a> = (Result<Option<Member>, MemberFault>, &'a [u8]);

fn entry(bytes: &[u8]) -> Option<Entry<'_>> {
    let mut fields = Fields::signed(bytes, ENTRY)?;
    let _versions = fields.u32()?;
    let (flags, method) = (fields.u16()?, fields.u16()?);
    let _modified = fields.u32()?;
    let checksum = fields.u32()?;
    let (compressed, uncompressed) = (fields.u32()?, fields.u32()?);
    let (name, extra, comment) = (fields.u16()?, fields.u16()?, fields.u16()?);
    let disk = fields.u16()?;
    let _attributes = (fields.u16()?, fields.u32()?);
    let offset = fields.u32()?;
    let name = fields.take(name.into())?;
    let extra = fields.take(extra.into())?;
    let _comment = fields.take(comment.into())?;
    let after = fields.take(fields.len())?;

    let mut wide = Widened {
        uncompressed: uncompressed.into(),
        compressed: compressed.into(),
        offset: offset.into(),
        disk: disk.into(),
    };
    let member = match wide.read(extra) {
        Err(why) => Err(MemberFault {
            key: Key::from(String::from_utf8_lossy(name).into_owned()),
            fault: NpzFault::header(why),
        }),
        Ok(()) => named(name, wide.uncompressed).map(|found| {
            found.map(|(key, kind)| Member {
                key,
                kind,
                name: name.into(),
                flags,
                method,
                checksum,
                compressed: wide.compressed,
                uncompressed: wide.uncompressed,
                lead: 0,
                range: wide.offset..wide.offset,
            })
        }),
    };
    Some((member, after))
}

/// Numbers of an entry that may be too large for their fields; they are in its extra data then.
struct Widened {
    uncompressed: u64,
    compressed: u64,
    offset: u64,
    disk: u32,
}

impl Widened {
    fn read(&mut self, extra: &[u8]) -> Result<(), &'static str> {
        let mut fields = Fields::new(extra);
        // Some writers pad with a few zeros, too few for a field.
        while fields.len() >= 4 {
            let (id, data) = field(&mut fields).ok_or("its extra data is cut off")?;
            if id == 1 {
                self.widen(Fields::new(data))
                    .ok_or("its zip64 numbers are cut off")?;
                return self.on_one_disk();
            }
        }
        if [self.uncompressed, self.compressed, self.offset].contains(&u64::from(u32::MAX)) {
            return Err("its zip64 numbers are missing");
        }
        self.on_one_disk()
    }

    /// Those that are too large are there, in this order.
    fn widen(&mut self, mut data: Fields<'_>) -> Option<()> {
        for number in [
            &mut self.uncompressed,
            &mut self.compressed,
            &mut self.offset,
        ] {
            if *number == u64::from(u32::MAX) {
                *number = data.u64()?;
            }
        }
        if self.disk == u32::from(u16::MAX) {
            self.disk = data.u32()?;
        }
        Some(())
    }

    fn on_one_disk(&self) -> Result<(), &'static str> {
        match self.disk {
            0 => Ok(()),
            _ => Err("it lies in another part of an archive in several"),
        }
    }
}

/// One field of extra data: its number, and what it holds.
fn field<'a>(fields: &mut Fields<'a>) -> Option<(u16, &'a [u8])> {
    let (id, len) = (fields.u16()?, fields.u16()?);
    Some((id, fields.take(len.into())?))
}

/// The key that a member's name is, and what the member is by its name; `None` for a folder.
fn named(name: &[u8], uncompressed: u64) -> Result<Option<(Key, Kind)>, MemberFault> {
    let Ok(name) = str::from_utf8(name) else {
        return Err(MemberFault {
            key: Key::from(String::from_utf8_lossy(name).into_owned()),
            fault: NpzFault::NameEncoding,
        });
    };
    if let Some(folder) = name.strip_suffix('/')
        && uncompressed == 0
        && key::fault(folder).is_none()
    {
        return Ok(None);
    }
    let (key, kind) = match name.strip_suffix(".npy") {
        Some(key) => (key, Kind::Array),
        None => (name, Kind::Raw),
    };
    match key::fault(key) {
        None => Ok(Some((Key::from(key), kind))),
        Some(fault) => Err(MemberFault {
            key: Key::from(name),
            fault: NpzFault::Name(fault),
        }),
    }
}
