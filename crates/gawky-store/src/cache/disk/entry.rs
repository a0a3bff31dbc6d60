//! One entry's file: what its bytes are, sums to prove them by, and the bytes.
//!
//! ```text
//! "gawky\x01\r\n"  length of the header: u32  crc32c of the header: u32
//! header: container, key, range, version, dtype, length of the bytes, crc32c of every 64 KiB of them
//! the bytes
//! ```
//!
//! Numbers are little-endian. A part of the bytes is proved by the sums of the blocks that it lies in.

use std::fs::File;
use std::io::{self, Write};
use std::ops::Range;

use gawky_buffer::{Buffer, DType, Fetch, Version};

use crate::file::{Reads, read_part};
use crate::{ContainerId, Fetched};

const MAGIC: [u8; 8] = *b"gawky\x01\r\n";
const PREFIX: u64 = 16;
const BLOCK: u64 = 64 * 1024;

/// What a file says about its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
    container: String,
    key: String,
    range: Option<Range<u64>>,
    version: Option<String>,
    dtype: Option<String>,
    len: u64,
    sums: Vec<u32>,
}

/// Why a file's bytes are not served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// It is not what was written, or not where it was written: it is to be removed.
    Damaged,
    /// It is whole, but of another state, known as another dtype, or too short.
    Other,
}

impl Header {
    fn of(container: &ContainerId, fetch: &Fetch, version: Option<&Version>, bytes: &[u8]) -> Self {
        let block = usize::try_from(BLOCK).unwrap_or(usize::MAX);
        Self {
            container: container.as_str().to_owned(),
            key: fetch.key.to_string(),
            range: fetch.range.clone(),
            version: version.map(|version| version.as_str().to_owned()),
            dtype: fetch.dtype.map(|dtype| dtype.to_string()),
            len: bytes.len() as u64,
            sums: bytes.chunks(block).map(crc32c::crc32c).collect(),
        }
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        put_text(&mut out, Some(&self.container));
        put_text(&mut out, Some(&self.key));
        out.push(u8::from(self.range.is_some()));
        if let Some(range) = &self.range {
            out.extend_from_slice(&range.start.to_le_bytes());
            out.extend_from_slice(&range.end.to_le_bytes());
        }
        put_text(&mut out, self.version.as_deref());
        put_text(&mut out, self.dtype.as_deref());
        out.extend_from_slice(&self.len.to_le_bytes());
        for sum in &self.sums {
            out.extend_from_slice(&sum.to_le_bytes());
        }
        out
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let container = take_text(&mut rest)??;
        let key = take_text(&mut rest)??;
        let range = match take::<1>(&mut rest)? {
            [0] => None,
            [1] => Some(take_u64(&mut rest)?..take_u64(&mut rest)?),
            _ => return None,
        };
        let version = take_text(&mut rest)?;
        let dtype = take_text(&mut rest)?;
        let len = take_u64(&mut rest)?;
        let (sums, odd) = rest.as_chunks::<4>();
        let fits = odd.is_empty() && sums.len() as u64 == len.div_ceil(BLOCK);
        fits.then(|| Self {
            container,
            key,
            range,
            version,
            dtype,
            len,
            sums: sums.iter().map(|sum| u32::from_le_bytes(*sum)).collect(),
        })
    }

    /// Reads and proves the header of a file; answers where its bytes begin, too. `None` when it is damaged.
    fn read(file: &File) -> io::Result<Option<(Self, u64)>> {
        let size = file.metadata()?.len();
        let prefix = read_part(file, 0, PREFIX.min(size), 0, Reads::PLAIN)?;
        let Some(([magic, lengths], [])) =
            host(&prefix)?.as_chunks::<8>().0.split_first_chunk::<2>()
        else {
            return Ok(None);
        };
        let lengths = u64::from_le_bytes(*lengths);
        let (header_len, sum) = (lengths & u64::from(u32::MAX), lengths >> 32);
        if *magic != MAGIC || header_len > size - PREFIX {
            return Ok(None);
        }
        let header = read_part(file, PREFIX, header_len, 0, Reads::PLAIN)?;
        let header = host(&header)?;
        let proved = header.len() as u64 == header_len && u64::from(crc32c::crc32c(header)) == sum;
        let start = PREFIX + header_len;
        Ok(Self::decode(header)
            .filter(|header| proved && start.checked_add(header.len) == Some(size))
            .map(|header| (header, start)))
    }

    fn is_of(&self, container: &ContainerId, key: &str) -> bool {
        self.container == container.as_str() && self.key == key
    }
}

/// Writes an entry.
pub(super) fn write(
    out: &mut impl Write,
    container: &ContainerId,
    fetch: &Fetch,
    version: Option<&Version>,
    bytes: &[u8],
) -> io::Result<()> {
    let header = Header::of(container, fetch, version, bytes).encode();
    let len = u32::try_from(header.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
    out.write_all(&MAGIC)?;
    out.write_all(&len.to_le_bytes())?;
    out.write_all(&crc32c::crc32c(&header).to_le_bytes())?;
    out.write_all(&header)?;
    out.write_all(bytes)
}

/// The bytes that are wanted, from the file of the whole blob or of this very range.
pub(super) fn read(
    file: &File,
    container: &ContainerId,
    fetch: &Fetch,
    whole: bool,
) -> io::Result<Result<Fetched, Refused>> {
    let Some((header, start)) = Header::read(file)? else {
        return Ok(Err(Refused::Damaged));
    };
    let expected = fetch.range.as_ref().filter(|_| !whole);
    if !header.is_of(container, &fetch.key) || header.range.as_ref() != expected {
        return Ok(Err(Refused::Damaged));
    }
    let version = header.version.as_deref().map(Version::new);
    let same_version = fetch.version.is_none() || fetch.version == version;
    // What it may be handed out as, only the container knows; as bytes it may be always.
    let same_dtype = |dtype: DType| header.dtype.as_deref() == Some(&*dtype.to_string());
    if !same_version || !fetch.dtype.is_none_or(same_dtype) {
        return Ok(Err(Refused::Other));
    }
    let wanted = match (&fetch.range, whole) {
        (Some(range), true) => range.clone(),
        _ => 0..header.len,
    };
    if wanted.start > wanted.end || wanted.end > header.len {
        return Ok(Err(Refused::Other));
    }
    let bytes = read_proved(file, &header, start, wanted)?;
    Ok(bytes
        .map(|bytes| Fetched { bytes, version })
        .ok_or(Refused::Damaged))
}

/// These of the bytes, after proving all blocks that they lie in; `None` when one is damaged.
fn read_proved(
    file: &File,
    header: &Header,
    start: u64,
    wanted: Range<u64>,
) -> io::Result<Option<Buffer>> {
    if wanted.is_empty() {
        return Ok(Some(Buffer::empty()));
    }
    let first = wanted.start / BLOCK;
    let from = first * BLOCK;
    let to = wanted.end.next_multiple_of(BLOCK).min(header.len);
    // At a phase that lets the wanted bytes begin where memory is aligned.
    let phase = from.wrapping_sub(wanted.start);
    let blocks = read_part(file, start + from, to - from, phase, Reads::PLAIN)?;
    let mut sums = header
        .sums
        .iter()
        .skip(usize::try_from(first).unwrap_or(usize::MAX));
    let block = usize::try_from(BLOCK).unwrap_or(usize::MAX);
    let proved = blocks.len() as u64 == to - from
        && host(&blocks)?
            .chunks(block)
            .all(|bytes| sums.next() == Some(&crc32c::crc32c(bytes)));
    let at = |place: u64| usize::try_from(place - from).unwrap_or(usize::MAX);
    Ok(blocks
        .slice(at(wanted.start)..at(wanted.end))
        .ok()
        .filter(|_| proved))
}

fn host(bytes: &Buffer) -> io::Result<&[u8]> {
    bytes.bytes().map_err(io::Error::other)
}

fn put_text(out: &mut Vec<u8>, text: Option<&str>) {
    out.push(u8::from(text.is_some()));
    if let Some(text) = text {
        out.extend_from_slice(&(text.len() as u64).to_le_bytes());
        out.extend_from_slice(text.as_bytes());
    }
}

fn take_text(rest: &mut &[u8]) -> Option<Option<String>> {
    match take::<1>(rest)? {
        [0] => Some(None),
        [1] => {
            let len = usize::try_from(take_u64(rest)?).ok()?;
            let (text, after) = rest.split_at_checked(len)?;
            *rest = after;
            Some(Some(std::str::from_utf8(text).ok()?.to_owned()))
        }
        _ => None,
    }
}

fn take_u64(rest: &mut &[u8]) -> Option<u64> {
    take(rest).map(u64::from_le_bytes)
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, after) = rest.split_first_chunk::<N>()?;
    *rest = after;
    Some(*taken)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

    use std::io::{Seek, SeekFrom};

    use super::*;

    fn id() -> ContainerId {
        ContainerId::new("s3://bucket/events")
    }

    fn fetch(range: Option<Range<u64>>) -> Fetch {
        let mut fetch = Fetch::whole("part0-node1-data", DType::Int64);
        fetch.range = range;
        fetch
    }

    fn file_of(bytes: &[u8], range: Option<Range<u64>>) -> File {
        let mut file = tempfile::tempfile().unwrap();
        let version = Version::new("7");
        write(&mut file, &id(), &fetch(range), Some(&version), bytes).unwrap();
        file
    }

    fn bytes(len: usize) -> Vec<u8> {
        (0..len)
            .map(|at| (at ^ (at >> 8) ^ (at >> 16)).to_le_bytes()[0])
            .collect()
    }

    #[test]
    fn what_was_written_is_read_whole_and_in_parts() {
        for len in [0, 1, 65_535, 65_536, 65_537, 200_000] {
            let bytes = bytes(len);
            let file = file_of(&bytes, None);
            let whole = read(&file, &id(), &fetch(None), true).unwrap().unwrap();
            assert_eq!(whole.bytes.bytes().unwrap(), bytes);
            assert_eq!(whole.version, Some(Version::new("7")));
            for (start, end) in [(0, len), (len / 2, len), (len / 3, len / 2), (len, len)] {
                let wanted = fetch(Some(start as u64..end as u64));
                let part = read(&file, &id(), &wanted, true).unwrap().unwrap();
                assert_eq!(part.bytes.bytes().unwrap(), bytes.get(start..end).unwrap());
            }
            let past = fetch(Some(0..len as u64 + 1));
            assert_eq!(
                read(&file, &id(), &past, true).unwrap(),
                Err(Refused::Other)
            );
        }
    }

    #[test]
    fn another_version_dtype_or_name_is_refused() {
        let file = file_of(b"12345678", Some(8..16));
        let wanted = fetch(Some(8..16));
        let ask = |id: &ContainerId, fetch: &Fetch| read(&file, id, fetch, false).unwrap();
        assert!(ask(&id(), &wanted).is_ok());
        let pinned = |text| wanted.clone().at_version(Some(Version::new(text)));
        assert!(ask(&id(), &pinned("7")).is_ok());
        assert_eq!(ask(&id(), &pinned("8")), Err(Refused::Other));
        let raw = Fetch::raw(wanted.key.clone(), Some(8..16));
        assert!(ask(&id(), &raw).is_ok());
        let floats = Fetch::range(wanted.key.clone(), 8..16, DType::Float64);
        assert_eq!(ask(&id(), &floats), Err(Refused::Other));
        assert_eq!(
            ask(&ContainerId::new("s3://bucket"), &wanted),
            Err(Refused::Damaged)
        );
        for range in [None, Some(8..17)] {
            assert_eq!(ask(&id(), &fetch(range)), Err(Refused::Damaged));
        }
        let key = Fetch::range("part0-node1-datA", 8..16, DType::Int64);
        assert_eq!(ask(&id(), &key), Err(Refused::Damaged));
        assert_eq!(
            read(&file, &id(), &wanted, true).unwrap(),
            Err(Refused::Damaged)
        );
    }

    /// Every bit counts, every length too.
    #[test]
    fn no_damaged_byte_is_served() {
        let content = bytes(300);
        let mut good = Vec::new();
        let version = Version::new("7");
        write(&mut good, &id(), &fetch(None), Some(&version), &content).unwrap();
        let mut file = tempfile::tempfile().unwrap();
        let mut ask = |bytes: &[u8]| {
            file.set_len(0).unwrap();
            file.seek(SeekFrom::Start(0)).unwrap();
            file.write_all(bytes).unwrap();
            read(&file, &id(), &fetch(None), true).unwrap()
        };
        assert!(ask(&good).is_ok());
        for at in 0..good.len() {
            let mut damaged = good.clone();
            *damaged.get_mut(at).unwrap() ^= 1 << (at % 8);
            assert_eq!(ask(&damaged), Err(Refused::Damaged), "bit of byte {at}");
            assert_eq!(
                ask(good.get(..at).unwrap()),
                Err(Refused::Damaged),
                "{at} bytes"
            );
        }
        good.push(0);
        assert_eq!(ask(&good), Err(Refused::Damaged), "one byte more");
    }

    /// A part is proved by its own blocks.
    #[test]
    fn damage_elsewhere_does_not_matter() {
        let content = bytes(200_000);
        let mut file = file_of(&content, None);
        file.seek(SeekFrom::End(-1)).unwrap();
        file.write_all(&[!content.last().unwrap()]).unwrap();
        let early = fetch(Some(0..100_000));
        assert!(read(&file, &id(), &early, true).unwrap().is_ok());
        for range in [None, Some(199_000..199_001)] {
            assert_eq!(
                read(&file, &id(), &fetch(range), true).unwrap(),
                Err(Refused::Damaged)
            );
        }
    }

    #[test]
    fn hostile_headers_ask_for_no_memory() {
        for header_len in [0, 1, 100, u32::MAX] {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(&MAGIC).unwrap();
            file.write_all(&header_len.to_le_bytes()).unwrap();
            file.write_all(&[0; 104]).unwrap();
            assert_eq!(
                read(&file, &id(), &fetch(None), true).unwrap(),
                Err(Refused::Damaged)
            );
        }
        let mut header = Header::of(&id(), &fetch(None), None, b"12345678");
        for len in [u64::MAX, u64::MAX - 20, 1 << 40, 0] {
            header.len = len;
            assert_eq!(Header::decode(&header.encode()), None, "{len}");
        }
        let mut text = Vec::new();
        text.push(1);
        text.extend_from_slice(&u64::MAX.to_le_bytes());
        assert_eq!(Header::decode(&text), None);
    }
}
