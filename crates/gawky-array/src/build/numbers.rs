//! Numbers that grow, in a dtype that holds them all exactly.

use gawky_buffer::{DType, Scalar};

/// Numbers of one dtype, native-endian.
#[derive(Debug)]
pub(crate) struct Numbers {
    pub(super) dtype: DType,
    pub(super) bytes: Vec<u8>,
}

impl Numbers {
    pub(super) fn new(dtype: DType) -> Self {
        Self {
            dtype,
            bytes: Vec::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len() / self.dtype.itemsize()
    }

    /// Makes the dtype one that holds the number, and all that are there, exactly; whether there is such a one.
    pub(super) fn widen_for(&mut self, number: Scalar) -> bool {
        if number.dtype() == self.dtype {
            return true;
        }
        let Some(common) = common(self.dtype, number.dtype()) else {
            return false;
        };
        if exactly(number, common).is_none() {
            return false;
        }
        if common == self.dtype {
            return true;
        }
        let mut bytes = Vec::with_capacity(self.len() * common.itemsize());
        for position in 0..self.len() {
            let widened = Scalar::read(self.dtype, &self.bytes, position)
                .and_then(|there| exactly(there, common));
            match widened {
                Some(widened) => push(&mut bytes, widened),
                None => return false,
            }
        }
        *self = Self {
            dtype: common,
            bytes,
        };
        true
    }

    /// Adds a number, for which [`widen_for`](Self::widen_for) has found room.
    pub(super) fn push(&mut self, number: Scalar) {
        match number.dtype() == self.dtype {
            true => push(&mut self.bytes, number),
            false => {
                if let Some(number) = exactly(number, self.dtype) {
                    push(&mut self.bytes, number);
                }
            }
        }
    }
}

/// The dtype to try for numbers of two: integers stay integers, and of an integer and a float comes a `float64`.
fn common(one: DType, other: DType) -> Option<DType> {
    let signed = |dtype| match dtype {
        DType::Int8 | DType::Int16 | DType::Int32 | DType::Int64 => Some(true),
        DType::UInt8 | DType::UInt16 | DType::UInt32 | DType::UInt64 => Some(false),
        _ => None,
    };
    let is_float = |dtype| matches!(dtype, DType::Float32 | DType::Float64);
    match (signed(one), signed(other)) {
        (Some(a), Some(b)) if a == b => {
            let wider = one.itemsize() >= other.itemsize();
            Some(if wider { one } else { other })
        }
        (Some(_), Some(_)) => {
            let unsigned = if signed(one) == Some(true) {
                other
            } else {
                one
            };
            let least = match unsigned {
                DType::UInt8 => DType::Int16,
                DType::UInt16 => DType::Int32,
                // Those of uint64 that int64 has not are found out when they are converted.
                _ => DType::Int64,
            };
            let signed = if signed(one) == Some(true) {
                one
            } else {
                other
            };
            let wider = signed.itemsize() >= least.itemsize();
            Some(if wider { signed } else { least })
        }
        _ if is_float(one) && is_float(other) => Some(DType::Float64),
        (Some(_), None) if is_float(other) => Some(DType::Float64),
        (None, Some(_)) if is_float(one) => Some(DType::Float64),
        _ => None,
    }
}

/// The same number in another dtype; `None` where it would be another one.
fn exactly(number: Scalar, dtype: DType) -> Option<Scalar> {
    let converted = number.cast(dtype).ok()?;
    converted.equals(number, true).then_some(converted)
}

fn push(bytes: &mut Vec<u8>, number: Scalar) {
    match number {
        Scalar::Int8(value) => bytes.extend(value.to_ne_bytes()),
        Scalar::Int16(value) => bytes.extend(value.to_ne_bytes()),
        Scalar::Int32(value) => bytes.extend(value.to_ne_bytes()),
        Scalar::Int64(value) => bytes.extend(value.to_ne_bytes()),
        Scalar::UInt8(value) => bytes.extend(value.to_ne_bytes()),
        Scalar::UInt16(value) => bytes.extend(value.to_ne_bytes()),
        Scalar::UInt32(value) => bytes.extend(value.to_ne_bytes()),
        Scalar::UInt64(value) => bytes.extend(value.to_ne_bytes()),
        Scalar::Float32(value) => bytes.extend(value.to_ne_bytes()),
        Scalar::Float64(value) => bytes.extend(value.to_ne_bytes()),
        Scalar::Bool(value) => bytes.push(u8::from(value)),
        _ => debug_assert!(false, "columns grow by none of {:?}", number.dtype()),
    }
}
