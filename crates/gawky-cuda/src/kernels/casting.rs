//! Elements of one dtype to another, and compared.

use gawky_buffer::{Buffer, BufferError, DType, HostKernels, Kernels, TickChange, TickRatio};

use super::lengths::{as_long, elements};
use super::program::{Comparison, Conversion, Program};
use crate::{CudaDevice, CudaError};

const ON_HOST: &str = "a GPU knows no extended floats; convert on the host";

/// What `ticks.cu` calls the three changes.
const RATIO: u64 = 0;
const TO_DAYS: u64 = 1;
const TO_MONTHS: u64 = 2;

/// Whether the host knows a conversion.
///
/// # Errors
/// Its error, with its reason.
pub(super) fn known(from: DType, to: DType) -> Result<(), BufferError> {
    HostKernels.cast(&Buffer::empty(), from, to).map(|_| ())
}

impl CudaDevice {
    pub(super) fn converted(
        &self,
        source: &Buffer,
        from: DType,
        to: DType,
    ) -> Result<Buffer, CudaError> {
        let count = elements(source, from.itemsize())?;
        known(from, to)?;
        if from == to && from != DType::Bool {
            return self.concatenated(std::slice::from_ref(source));
        }
        match TickChange::between(from, to) {
            Some(TickChange::Times(TickRatio::ONE)) => {
                return self.concatenated(std::slice::from_ref(source));
            }
            Some(change) => return self.changed_ticks(source, from, to, change),
            None => {}
        }
        let (conversion, each) = Conversion::between(from, to).ok_or(BufferError::Cast {
            from,
            to,
            reason: ON_HOST,
        })?;
        if count == 0 {
            return self.nothing();
        }
        let source = self.aligned(source, from.alignment())?;
        let given = self.reading(&source)?;
        let bytes = super::lengths::product(count, to.itemsize())?;
        let out = self.allocate(bytes)?;
        let count = (count * each) as u64;
        let packs = packs(count, conversion.pack(), &[&source]);
        let threads = packs.max(count - packs * conversion.pack().0 as u64);
        let arguments = [given.pointer(), out.pointer(), count, packs];
        // SAFETY: both have so many elements, aligned for one, and for a pack of them where there are packs.
        unsafe { self.launch(Program::Cast(conversion), "cast", threads, &arguments)? };
        drop(given);
        out.freeze()
    }

    fn changed_ticks(
        &self,
        source: &Buffer,
        from: DType,
        to: DType,
        change: TickChange,
    ) -> Result<Buffer, CudaError> {
        let count = elements(source, from.itemsize())? as u64;
        if count == 0 {
            return self.nothing();
        }
        let (kind, ratio, months) = match change {
            TickChange::Times(ratio) => (RATIO, ratio, 1),
            TickChange::ToDays { months, then } => (TO_DAYS, then, months),
            TickChange::ToMonths { first, months } => (TO_MONTHS, first, months),
        };
        let aligned = self.aligned(source, from.alignment())?;
        let given = self.reading(&aligned)?;
        let out = self.allocate(source.len())?;
        let first = self.words(&[u64::MAX])?;
        let mut arguments = vec![given.pointer(), out.pointer(), count, kind];
        // At most 12 times the greatest count of a unit.
        arguments.push(u64::try_from(months).unwrap_or(u64::MAX));
        let most = i128::MAX / ratio.numerator();
        for number in [ratio.numerator(), ratio.denominator(), most] {
            arguments.extend(in_words(number));
        }
        arguments.push(first.pointer());
        // SAFETY: both have so many ticks, aligned; the answer is one number.
        unsafe { self.launch(Program::Ticks, "ticks", count, &arguments)? };
        drop(given);
        let place = self.read_words(first)?.first().copied();
        match place.and_then(|place| usize::try_from(place).ok()) {
            Some(index) if (index as u64) < count => {
                Err(overflow(&aligned, from, to, index)?.into())
            }
            _ => out.freeze(),
        }
    }

    pub(super) fn are_equal(
        &self,
        a: &Buffer,
        b: &Buffer,
        dtype: DType,
        equal_nan: bool,
    ) -> Result<bool, CudaError> {
        elements(a, dtype.itemsize())?;
        as_long(b.len(), a.len())?;
        if a.is_empty() {
            return Ok(true);
        }
        let comparison = Comparison::of(dtype);
        let (a, b) = (
            self.aligned(a, dtype.alignment())?,
            self.aligned(b, dtype.alignment())?,
        );
        let (ours, theirs) = (self.reading(&a)?, self.reading(&b)?);
        let count = (a.len() / comparison.bytes()) as u64;
        let packs = packs(count, comparison.pack(), &[&a, &b]);
        let threads = packs.max(count - packs * comparison.pack().0 as u64);
        let answer = self.words(&[1])?;
        let arguments = [
            ours.pointer(),
            theirs.pointer(),
            count,
            packs,
            u64::from(equal_nan),
            answer.pointer(),
        ];
        // SAFETY: both have so many elements, aligned for one, and for a pack of them where there are packs; the answer
        // is one number.
        unsafe { self.launch(Program::Compare(comparison), "compare", threads, &arguments)? };
        drop((ours, theirs));
        Ok(self.read_words(answer)?.first() == Some(&1))
    }
}

/// How many packs of elements can be read in one go: none where a buffer is not aligned for them.
fn packs(count: u64, (pack, alignment): (usize, usize), buffers: &[&Buffer]) -> u64 {
    if buffers
        .iter()
        .all(|buffer| buffer.address().is_multiple_of(alignment))
    {
        count / pack as u64
    } else {
        0
    }
}

/// A positive number in two words, the lower first.
fn in_words(number: i128) -> [u64; 2] {
    let number = number.cast_unsigned();
    let low = u64::try_from(number & u128::from(u64::MAX)).unwrap_or(u64::MAX);
    let high = u64::try_from(number >> 64).unwrap_or(u64::MAX);
    [low, high]
}

/// The error for ticks that do not fit, in the words of the host: it alone writes dates.
fn overflow(
    source: &Buffer,
    from: DType,
    to: DType,
    index: usize,
) -> Result<BufferError, BufferError> {
    let start = index * from.itemsize();
    let element = source.slice(start..start + from.itemsize())?.to_host()?;
    match HostKernels.cast(&element, from, to) {
        Err(BufferError::Overflow { value, to, .. }) => {
            Ok(BufferError::Overflow { index, value, to })
        }
        Err(other) => Ok(other),
        Ok(_) => Ok(BufferError::Overflow {
            index,
            value: String::new(),
            to,
        }),
    }
}
