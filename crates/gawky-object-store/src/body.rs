//! Bodies of answers, into aligned memory.

use bytes::Bytes;
use futures_util::StreamExt;
use gawky_buffer::{Buffer, BufferError, BufferMut};
use object_store::{GetResult, GetResultPayload};

use crate::TransferError;

// So much is reserved on the word of the answer's header; more only when a sixteenth of it has come. What is reserved
// is not touched before it is filled, so a header that lies costs addresses, not memory.
const ON_TRUST: u64 = 256 << 10;
const TRUSTED_FACTOR: u64 = 16;

/// Why a body is not there.
#[derive(Debug)]
pub(crate) enum BodyFault {
    /// It may come if it is asked for again.
    Transfer(TransferError),
    /// It does not fit in memory.
    Memory(BufferError),
}

/// The body of `answer`, which is to have exactly the bytes that its header says. `came` counts those that
/// arrived, also when they are of no use.
///
/// The first byte lies at an address that is `phase` past a multiple of 64.
pub(crate) async fn body(
    answer: GetResult,
    phase: u64,
    came: &mut u64,
) -> Result<Buffer, BodyFault> {
    let asked = answer.range.end.saturating_sub(answer.range.start);
    let mut arriving = Arriving {
        asked,
        phase,
        got: 0,
        chunks: Vec::new(),
        memory: None,
    };
    let fault = match answer.payload {
        GetResultPayload::File(..) => match answer.bytes().await {
            Ok(bytes) => arriving.take(bytes).err(),
            Err(error) => Some(arriving.broken_off(Some(error))),
        },
        GetResultPayload::Stream(mut stream) => loop {
            match stream.next().await {
                None => break None,
                Some(Ok(bytes)) => {
                    if let Err(fault) = arriving.take(bytes) {
                        break Some(fault);
                    }
                }
                Some(Err(error)) => break Some(arriving.broken_off(Some(error))),
            }
        },
    };
    *came += arriving.got;
    match fault {
        Some(fault) => Err(fault),
        None => arriving.arrived(),
    }
}

struct Arriving {
    asked: u64,
    phase: u64,
    got: u64,
    /// What has come before there was memory for all.
    chunks: Vec<Bytes>,
    memory: Option<BufferMut>,
}

impl Arriving {
    fn take(&mut self, bytes: Bytes) -> Result<(), BodyFault> {
        self.got += bytes.len() as u64;
        if self.got > self.asked {
            return Err(BodyFault::Transfer(TransferError::TooLong {
                asked: self.asked,
                got: self.got,
            }));
        }
        match &mut self.memory {
            Some(memory) => memory.extend_from_slice(&bytes),
            None => {
                self.chunks.push(bytes);
                if self.asked <= self.got.saturating_mul(TRUSTED_FACTOR).max(ON_TRUST) {
                    self.reserve()?;
                }
            }
        }
        Ok(())
    }

    fn reserve(&mut self) -> Result<(), BodyFault> {
        let capacity = usize::try_from(self.asked).map_err(|_| {
            BodyFault::Memory(BufferError::OutOfMemory {
                what: format!("a buffer of {} bytes", self.asked),
            })
        })?;
        let mut memory = BufferMut::try_with_capacity_at_phase(capacity, self.phase)
            .map_err(BodyFault::Memory)?;
        for chunk in self.chunks.drain(..) {
            memory.extend_from_slice(&chunk);
        }
        self.memory = Some(memory);
        Ok(())
    }

    fn broken_off(&self, source: Option<object_store::Error>) -> BodyFault {
        BodyFault::Transfer(TransferError::BrokenOff {
            asked: self.asked,
            got: self.got,
            source,
        })
    }

    fn arrived(self) -> Result<Buffer, BodyFault> {
        if self.got < self.asked {
            return Err(self.broken_off(None));
        }
        Ok(self.memory.map_or_else(Buffer::empty, BufferMut::freeze))
    }
}
