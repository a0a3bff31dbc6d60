//! [`WatchedFile`] and [`WatchedStream`]: inputs of which nothing is handed on that says it is longer than it can be.
//!
//! Before a compressed buffer stands how long it is going to be, and arrow-ipc reserves that much memory at once: a few bytes of a damaged
//! file could end the process. The footer of a file says how long its messages are, for which memory is reserved, and cleared, too; and so it is for the footer, of
//! which the last bytes say how long it is. (For messages of a stream it is reserved bit by bit, as they come.)

use std::collections::HashMap;
use std::io::{Error, ErrorKind, Read, Result, Seek, SeekFrom};

use arrow_ipc::reader::read_footer_length;
use arrow_ipc::{MessageHeader, RecordBatch, root_as_footer, root_as_message};

/// No codec makes more of a byte: in four, a block of Zstandard says 128 KiB of the same; LZ4 stays below 256.
const MOST_OF_A_BYTE: u64 = 1 << 15;

/// What stands before the length of a message, but in the oldest files.
const CONTINUATION: [u8; 4] = [0xFF; 4];

/// The bytes before a compressed buffer that say how long it is going to be.
const PREFIX: u64 = 8;

/// What a message says of the bytes behind it.
struct Body {
    len: u64,
    /// Where in it compressed buffers begin, and how long they are.
    compressed: Vec<(u64, u64)>,
}

/// `None` for what is no message, about which arrow-ipc has an error.
fn body(metadata: &[u8]) -> Option<Body> {
    let message = root_as_message(metadata).ok()?;
    let batch: Option<RecordBatch<'_>> = match message.header_type() {
        MessageHeader::RecordBatch => message.header_as_record_batch(),
        MessageHeader::DictionaryBatch => message
            .header_as_dictionary_batch()
            .and_then(|dictionary| dictionary.data()),
        _ => None,
    };
    let mut compressed = Vec::new();
    if let Some(batch) = batch.filter(|batch| batch.compression().is_some()) {
        for buffer in batch.buffers().into_iter().flatten() {
            // What is not within the body, arrow-ipc refuses.
            if let (Ok(at), Ok(len @ PREFIX..)) = (
                u64::try_from(buffer.offset()),
                u64::try_from(buffer.length()),
            ) {
                compressed.push((at, len));
            }
        }
    }
    Some(Body {
        len: u64::try_from(message.bodyLength()).ok()?,
        compressed,
    })
}

/// Whether a buffer of `len` bytes can be what the first of them say, and there is memory for it.
fn prove(prefix: [u8; 8], len: u64) -> Result<()> {
    // 0 is for nothing, and -1 for what is not compressed.
    let Ok(claimed) = u64::try_from(i64::from_le_bytes(prefix)) else {
        return Ok(());
    };
    let most = len.saturating_mul(MOST_OF_A_BYTE);
    if claimed > most {
        return Err(Error::new(
            ErrorKind::InvalidData,
            format!(
                "a compressed buffer of {len} bytes says that it is {claimed}, but can be {most} at most: the input is damaged"
            ),
        ));
    }
    let reserved = usize::try_from(claimed).map(|len| Vec::<u8>::new().try_reserve_exact(len));
    match reserved {
        Ok(Ok(())) => Ok(()),
        _ => Err(Error::new(
            ErrorKind::OutOfMemory,
            format!("not enough memory for a compressed buffer that says it is {claimed} bytes"),
        )),
    }
}

/// An Arrow file. Before a batch or a dictionary is read, somebody seeks to it: then it is looked at.
pub(super) struct WatchedFile<R> {
    input: R,
    /// The messages, by where they begin.
    blocks: HashMap<u64, Block>,
    len: u64,
}

/// What the footer says of a message.
#[derive(Clone, Copy, PartialEq)]
struct Block {
    metadata_len: u64,
    body_len: u64,
}

impl<R: Read + Seek> WatchedFile<R> {
    pub(super) fn new(mut input: R) -> Result<Self> {
        // What is no footer, arrow-ipc finds, too.
        let blocks = blocks(&mut input)?.unwrap_or_default();
        let len = input.seek(SeekFrom::End(0))?;
        Ok(Self { input, blocks, len })
    }

    /// Looks at the message that begins here.
    fn look(&mut self, start: u64, block: Block) -> Result<()> {
        let Block {
            metadata_len,
            body_len,
        } = block;
        let there = self.len.saturating_sub(start);
        let claimed = metadata_len.saturating_add(body_len);
        if claimed > there {
            return Err(Error::new(
                ErrorKind::InvalidData,
                format!(
                    "the footer says that the message at byte {start} has {claimed} bytes, but {there} are left: the file is damaged or cut off"
                ),
            ));
        }
        let metadata = up_to(&mut self.input, metadata_len)?;
        let message = metadata.strip_prefix(&CONTINUATION).unwrap_or(&metadata);
        // arrow-ipc would find one that goes on in what the footer calls the body.
        let Some(body) = message.get(4..).and_then(body) else {
            return Err(Error::new(
                ErrorKind::InvalidData,
                format!(
                    "no message can be read in the {metadata_len} bytes at byte {start} where the footer says that one is: the file is damaged"
                ),
            ));
        };
        for (at, len) in body.compressed {
            let Some(place) =
                (start.checked_add(metadata_len)).and_then(|body| body.checked_add(at))
            else {
                continue;
            };
            self.input.seek(SeekFrom::Start(place))?;
            if let Ok(prefix) = up_to(&mut self.input, PREFIX)?.try_into() {
                prove(prefix, len)?;
            }
        }
        Ok(())
    }
}

/// Where the footer says that messages are.
fn blocks<R: Read + Seek>(input: &mut R) -> Result<Option<HashMap<u64, Block>>> {
    let end = input.seek(SeekFrom::End(0))?;
    let Some(before) = end.checked_sub(10) else {
        return Ok(None);
    };
    input.seek(SeekFrom::Start(before))?;
    let mut last = [0; 10];
    input.read_exact(&mut last)?;
    let Some(len) = (read_footer_length(last).ok()).and_then(|len| u64::try_from(len).ok()) else {
        return Ok(None);
    };
    let Some(start) = before.checked_sub(len) else {
        return Err(Error::new(
            ErrorKind::InvalidData,
            format!(
                "the file ends with a footer that says it has {len} bytes, but only {before} are before its length: the file is damaged or cut off"
            ),
        ));
    };
    input.seek(SeekFrom::Start(start))?;
    let footer = up_to(input, len)?;
    let Ok(footer) = root_as_footer(&footer) else {
        return Ok(None);
    };
    let all = [footer.recordBatches(), footer.dictionaries()];
    let mut blocks: HashMap<u64, Block> = HashMap::new();
    for block in all.into_iter().flatten().flatten() {
        // What is negative is more than any file has.
        let own = Block {
            metadata_len: u64::try_from(block.metaDataLength()).unwrap_or(u64::MAX),
            body_len: u64::try_from(block.bodyLength()).unwrap_or(u64::MAX),
        };
        let start = u64::try_from(block.offset()).unwrap_or(u64::MAX);
        // It may be named twice, but is of one length.
        if *blocks.entry(start).or_insert(own) != own {
            return Err(Error::new(
                ErrorKind::InvalidData,
                format!(
                    "the footer says two lengths of the message at byte {start}: the file is damaged"
                ),
            ));
        }
    }
    Ok(Some(blocks))
}

/// As many bytes, or as there are.
fn up_to(input: impl Read, len: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(len).read_to_end(&mut bytes)?;
    Ok(bytes)
}

impl<R: Read> Read for WatchedFile<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        self.input.read(buffer)
    }
}

impl<R: Read + Seek> Seek for WatchedFile<R> {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        let place = self.input.seek(to)?;
        if let Some(block) = self.blocks.get(&place).copied() {
            self.look(place, block)?;
            self.input.seek(SeekFrom::Start(place))?;
        }
        Ok(place)
    }
}

/// An Arrow stream, message by message.
pub(super) struct WatchedStream<R> {
    input: R,
    /// Bytes that were looked at, and how many of them were handed on.
    seen: Vec<u8>,
    taken: usize,
    /// How many bytes follow them that nobody needs to look at.
    rest: u64,
}

impl<R: Read> WatchedStream<R> {
    #[allow(clippy::unnecessary_wraps, reason = "as a file is made")]
    pub(super) fn new(input: R) -> Result<Self> {
        Ok(Self {
            input,
            seen: Vec::new(),
            taken: 0,
            rest: 0,
        })
    }

    /// Looks at the next message.
    fn look(&mut self) -> Result<()> {
        self.taken = 0;
        self.seen = up_to(&mut self.input, 4)?;
        if self.seen == CONTINUATION {
            self.seen.extend(up_to(&mut self.input, 4)?);
        }
        let len = self.seen.last_chunk().map(|len| i32::from_le_bytes(*len));
        let Some(len) = len.and_then(|len| u64::try_from(len).ok()) else {
            return Ok(());
        };
        let metadata = up_to(&mut self.input, len)?;
        let body = body(&metadata);
        self.seen.extend(metadata);
        let Some(body) = body else { return Ok(()) };
        if body.compressed.is_empty() {
            self.rest = body.len;
            return Ok(());
        }
        let bytes = up_to(&mut self.input, body.len)?;
        for (at, len) in body.compressed {
            let prefix = usize::try_from(at).ok().and_then(|at| bytes.get(at..));
            if let Some(prefix) = prefix.and_then(|bytes| bytes.first_chunk()) {
                prove(*prefix, len)?;
            }
        }
        self.seen.extend(bytes);
        Ok(())
    }
}

impl<R: Read> Read for WatchedStream<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        if self.taken == self.seen.len() {
            if self.rest > 0 {
                let most = usize::try_from(self.rest).unwrap_or(usize::MAX);
                let most = most.min(buffer.len());
                let read = self
                    .input
                    .read(buffer.get_mut(..most).unwrap_or_default())?;
                self.rest = self.rest.saturating_sub(read as u64);
                return Ok(read);
            }
            self.look()?;
        }
        let mut left = self.seen.get(self.taken..).unwrap_or_default();
        let read = left.read(buffer)?;
        self.taken += read;
        Ok(read)
    }
}
