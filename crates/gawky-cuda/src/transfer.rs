//! Bytes to a device and back.
//!
//! What goes up goes as one slab. Pieces are gathered in pinned memory, chunk by chunk, each of which travels while the next is
//! filled; large pieces that lie in pinned memory already are copied from there. Whatever the device still reads
//! when `upload` returns is kept until it has: chunks by [`Staging`](crate::staging::Staging), pieces by
//! [`Parked`](crate::staging::Parked).

use std::ops::Range;

use cudarc::driver::{CudaEvent, result};
use gawky_buffer::{Buffer, BufferError, BufferMut, DeviceBytes};

use crate::memory::Reading;
use crate::pinned::{self, PinnedMemory};
use crate::slab::{self, Slab, Step};
use crate::staging::{Block, Point, Taken};
use crate::{CudaBuffer, CudaDevice, CudaError, waiting};

/// Memory to gather in.
#[derive(Debug)]
pub(crate) enum Gathering {
    Pinned(PinnedMemory),
    /// Where the system would not pin any more.
    Plain(Vec<u8>),
}

impl Gathering {
    fn bytes_mut(&mut self) -> &mut [u8] {
        match self {
            Self::Pinned(memory) => memory,
            Self::Plain(memory) => memory,
        }
    }
}

impl Point for CudaEvent {
    fn has_passed(&self) -> bool {
        // An error is no news of the copy; who waits for it is told.
        matches!(self.try_is_complete(), Ok(true))
    }
}

pub(crate) fn upload(device: &CudaDevice, pieces: &[Buffer]) -> Result<Vec<Buffer>, CudaError> {
    device.let_go()?;
    let is_here = |piece: &&Buffer| {
        CudaBuffer::of(piece)
            .is_some_and(|(bytes, _)| bytes.cuda_device().context() == device.context())
    };
    let away: Vec<&Buffer> = pieces.iter().filter(|piece| !is_here(piece)).collect();
    let sources = away.iter().map(|piece| piece.bytes());
    let sources = sources.collect::<Result<Vec<_>, _>>()?;
    let slab = Slab::of(sources.iter().map(|source| source.len()))?;
    let memory = device.allocate(slab.len())?;
    let sent = send(device, &slab, &away, &sources, memory.pointer());
    if sent.is_err() {
        // What was sent before it failed may still read the pieces. Where waiting fails as well they are never freed.
        if waiting::for_stream(device.stream()).is_err() {
            std::mem::forget(pieces.to_vec());
        }
    }
    sent?;
    let whole = memory.freeze()?;
    let mut arrived = slab.ranges();
    let placed = pieces.iter().map(|piece| match is_here(&piece) {
        true => Ok(piece.clone()),
        false => Ok(whole.slice(arrived.next().unwrap_or_default())?),
    });
    placed.collect()
}

/// Sends all bytes of a slab to its memory, which begins at `pointer`. After an error the stream may still read `sources`.
fn send(
    device: &CudaDevice,
    slab: &Slab,
    pieces: &[&Buffer],
    sources: &[&[u8]],
    pointer: u64,
) -> Result<(), CudaError> {
    let are_pinned: Vec<bool> = pieces
        .iter()
        .map(|piece| pinned::is_pinned(piece))
        .collect();
    let starts: Vec<usize> = slab.ranges().map(|range| range.start).collect();
    let source = |piece: usize| sources.get(piece).copied().unwrap_or_default();
    let mut kept = Vec::new();
    for step in slab.steps(&are_pinned, device.chunk()) {
        match step {
            Step::Gathered(range) => {
                let mut block = device.gathering(range.len())?;
                let gathered = block.memory.bytes_mut().get_mut(..range.len());
                let gathered = gathered.unwrap_or_default();
                slab.fill(&range, source, gathered);
                // SAFETY: the slab has these bytes, and the block is kept until the event that comes after.
                let sent = unsafe { copy_up(device, pointer + range.start as u64, gathered) };
                device.give_back(block, sent)?;
            }
            Step::Direct(piece) => {
                let start = starts.get(piece).copied().unwrap_or_default();
                kept.extend(pieces.get(piece).copied().cloned());
                // SAFETY: the slab has these bytes at the piece's place, and the piece is kept until the event below.
                // Where an error comes before, the caller has it, and waits.
                unsafe { copy_up(device, pointer + start as u64, source(piece)) }?;
            }
        }
    }
    if kept.is_empty() {
        return Ok(());
    }
    device.park(device.record()?, kept);
    Ok(())
}

/// # Safety
/// There are as many bytes at `pointer` on the device, and `source` stays as it is until the stream is through.
unsafe fn copy_up(device: &CudaDevice, pointer: u64, source: &[u8]) -> Result<(), CudaError> {
    device.bind()?;
    // SAFETY: the caller vouches for both ends, and the device's stream is alive.
    unsafe { result::memcpy_htod_async(pointer, source, device.stream().cu_stream()) }
        .map_err(|error| CudaError::of_call("cuMemcpyHtoDAsync", error))
}

impl CudaDevice {
    /// A block of at least `len` bytes that nothing reads.
    fn gathering(&self, len: usize) -> Result<Block<Gathering>, CudaError> {
        let taken = self.staging().take(len);
        match taken {
            Taken::Ready(block) => Ok(block),
            Taken::After(event, block) => match event.synchronize() {
                Ok(()) => Ok(block),
                Err(error) => {
                    self.staging().give_back(event, block);
                    Err(CudaError::of_call("cuEventSynchronize", error))
                }
            },
            Taken::Make(room, too_small) => {
                drop(too_small);
                if let Ok(memory) = PinnedMemory::zeroed(self.context(), room.size()) {
                    return Ok(room.filled(Gathering::Pinned(memory)));
                }
                let mut plain = Vec::new();
                if plain.try_reserve_exact(room.size()).is_err() {
                    self.staging().give_up(&room);
                    return Err(CudaError::OutOfMemory {
                        memory: "host memory".to_owned(),
                        bytes: room.size(),
                    });
                }
                plain.resize(room.size(), 0);
                Ok(room.filled(Gathering::Plain(plain)))
            }
        }
    }

    /// Takes back a block that has been sent, or that could not be.
    fn give_back(
        &self,
        block: Block<Gathering>,
        sent: Result<(), CudaError>,
    ) -> Result<(), CudaError> {
        match sent.and_then(|()| self.record()) {
            Ok(event) => {
                self.staging().give_back(event, block);
                Ok(())
            }
            Err(error) => {
                match waiting::for_stream(self.stream()) {
                    Ok(()) => self.staging().give_back_unused(block),
                    // Nobody knows whether the device still reads it.
                    Err(_) => std::mem::forget(block),
                }
                Err(error)
            }
        }
    }

    /// Keeps `sources` until `event`.
    fn park(&self, event: CudaEvent, sources: Vec<Buffer>) {
        let bytes = sources.iter().map(Buffer::len).sum();
        // Dropped without the lock, as that may run anybody's code.
        let done = self.parked().park(event, bytes, sources);
        for (event, sources) in done {
            match waiting::for_event(&event) {
                Ok(()) => drop(sources),
                // Nobody knows whether the device still reads them, and pinned memory would be written again.
                Err(error) => {
                    self.context().record_err::<()>(Err(error));
                    std::mem::forget(sources);
                }
            }
        }
    }

    /// Lets go of what copies have read. The context is current afterwards, as asking events wants it.
    fn let_go(&self) -> Result<(), CudaError> {
        self.bind()?;
        let done = self.parked().passed();
        drop(done);
        Ok(())
    }

    /// Copies all of `buffer` into `target`, which is as long, and gives it back: the fastest way to the host.
    ///
    /// # Errors
    /// [`CudaError::Elsewhere`] for a buffer that is not on this device, [`CudaError::Buffer`] for a target of another
    /// length, and [`CudaError::Driver`]. The target is gone then.
    pub fn download_into(
        &self,
        buffer: &Buffer,
        mut target: PinnedMemory,
    ) -> Result<PinnedMemory, CudaError> {
        if buffer.len() != target.len() {
            return Err(CudaError::Buffer(BufferError::TooSmall {
                needed: buffer.len(),
                len: target.len(),
            }));
        }
        if buffer.is_empty() {
            return Ok(target);
        }
        let reading = self.reading(buffer)?;
        // SAFETY: both have as many bytes, and the target is waited for.
        let sent = unsafe { copy_down(self, &reading, &mut target) };
        drop(reading);
        if let Err(error) = waiting::for_stream(self.stream()) {
            // Nobody knows whether the device still writes there.
            std::mem::forget(target);
            return Err(sent
                .err()
                .unwrap_or_else(|| CudaError::of_call("cuStreamSynchronize", error)));
        }
        sent.map(|()| target)
    }
}

/// # Safety
/// There are as many bytes to be read as `target` has, and nobody touches `target` until the stream is through.
unsafe fn copy_down(
    device: &CudaDevice,
    source: &Reading<'_>,
    target: &mut [u8],
) -> Result<(), CudaError> {
    device.bind()?;
    // SAFETY: the caller vouches for both ends, and the device's stream is alive.
    unsafe { result::memcpy_dtoh_async(target, source.pointer(), device.stream().cu_stream()) }
        .map_err(|error| CudaError::of_call("cuMemcpyDtoHAsync", error))
}

/// Pieces of one allocation that lie close come back with one copy, in host memory in which all is aligned as it was.
pub(crate) fn download(device: &CudaDevice, pieces: &[Buffer]) -> Result<Vec<Buffer>, CudaError> {
    let mut sources = Vec::with_capacity(pieces.len());
    for piece in pieces {
        match CudaBuffer::of(piece) {
            Some(source) => sources.push(Some(source)),
            None if piece.is_empty() => sources.push(None),
            None => return Err(device.elsewhere(piece.place().to_string())),
        }
    }
    let spans: Vec<_> = sources
        .iter()
        .map(|source| match source {
            Some((bytes, range)) => (std::ptr::from_ref(*bytes).addr(), range.clone()),
            None => (0, 0..0),
        })
        .collect();
    let runs = slab::runs(&spans);
    let mut copies = Vec::with_capacity(runs.len());
    for run in &runs {
        let first = run
            .pieces
            .first()
            .and_then(|(piece, _)| sources.get(*piece));
        if let Some(Some((bytes, _))) = first {
            copies.push((*bytes, run.range.clone()));
        }
    }
    let landed = copy_all(device, &copies)?;
    let mut arrived = vec![Buffer::empty(); pieces.len()];
    for (run, landed) in runs.iter().zip(&landed) {
        for (piece, start) in &run.pieces {
            let len = pieces.get(*piece).map_or(0, Buffer::len);
            if let Some(slot) = arrived.get_mut(*piece) {
                *slot = landed.slice(*start..*start + len)?;
            }
        }
    }
    Ok(arrived)
}

/// The bytes `range` of `bytes`, which lies within them.
pub(crate) fn to_host(bytes: &CudaBuffer, range: Range<usize>) -> Result<Buffer, CudaError> {
    if range.is_empty() {
        return Ok(Buffer::empty());
    }
    let landed = copy_all(bytes.cuda_device(), &[(bytes, range)])?;
    Ok(landed.into_iter().next().unwrap_or_default())
}

/// Copies ranges, which lie within their bytes, to the host, and waits for them.
fn copy_all(
    device: &CudaDevice,
    copies: &[(&CudaBuffer, Range<usize>)],
) -> Result<Vec<Buffer>, CudaError> {
    device.let_go()?;
    let mut landing = Vec::with_capacity(copies.len());
    for (bytes, range) in copies {
        let phase = slab::phase(bytes.address() + range.start);
        landing.push(BufferMut::try_zeroed_at_phase(range.len(), phase)?);
    }
    if copies.is_empty() {
        return Ok(Vec::new());
    }
    let mut sent = Ok(());
    for ((bytes, range), target) in copies.iter().zip(&mut landing) {
        let reading = device.reading_from(bytes, range.start, device.stream());
        sent = reading.and_then(|reading| {
            // SAFETY: both have as many bytes, and the target is waited for, below, whatever happens.
            unsafe { copy_down(device, &reading, target.as_mut_slice()) }
        });
        if sent.is_err() {
            break;
        }
    }
    if let Err(error) = waiting::for_stream(device.stream()) {
        // Nobody knows whether the device still writes there.
        std::mem::forget(landing);
        return Err(sent
            .err()
            .unwrap_or_else(|| CudaError::of_call("cuStreamSynchronize", error)));
    }
    sent?;
    Ok(landing.into_iter().map(BufferMut::freeze).collect())
}
