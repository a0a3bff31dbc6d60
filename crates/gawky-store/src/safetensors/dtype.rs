//! The format's dtypes and ours.

use ::safetensors::Dtype;
use gawky_buffer::DType;

/// The format's dtypes, as it spells them, and ours where we have them.
macro_rules! dtypes {
    ($($format:ident $name:literal $ours:expr),* $(,)?) => {
        /// The dtype of this name.
        pub(super) fn from_name(name: &str) -> Option<Dtype> {
            match name {
                $($name => Some(Dtype::$format),)*
                _ => None,
            }
        }

        /// How the format spells it.
        pub(super) fn name(dtype: Dtype) -> &'static str {
            match dtype {
                $(Dtype::$format => $name,)*
                // Nothing here makes another.
                _ => "another dtype",
            }
        }

        /// What it is to us; `None` where no form has it.
        pub(super) fn ours(dtype: Dtype) -> Option<DType> {
            match dtype {
                $(Dtype::$format => $ours,)*
                _ => None,
            }
        }

        #[cfg(test)]
        const ALL: &[Dtype] = &[$(Dtype::$format),*];
    };
}

dtypes! {
    BOOL "BOOL" Some(DType::Bool),
    F4 "F4" None,
    F6_E2M3 "F6_E2M3" None,
    F6_E3M2 "F6_E3M2" None,
    U8 "U8" Some(DType::UInt8),
    I8 "I8" Some(DType::Int8),
    F8_E5M2 "F8_E5M2" None,
    F8_E4M3 "F8_E4M3" None,
    F8_E8M0 "F8_E8M0" None,
    F8_E4M3FNUZ "F8_E4M3FNUZ" None,
    F8_E5M2FNUZ "F8_E5M2FNUZ" None,
    I16 "I16" Some(DType::Int16),
    U16 "U16" Some(DType::UInt16),
    F16 "F16" Some(DType::Float16),
    BF16 "BF16" None,
    I32 "I32" Some(DType::Int32),
    U32 "U32" Some(DType::UInt32),
    F32 "F32" Some(DType::Float32),
    C64 "C64" Some(DType::Complex64),
    F64 "F64" Some(DType::Float64),
    I64 "I64" Some(DType::Int64),
    U64 "U64" Some(DType::UInt64),
}

/// What the format stores it as: itself; as integers what it lacks of 8 bytes, and as bytes what is larger.
pub(super) fn stored_as(dtype: DType) -> Dtype {
    match dtype {
        DType::Bool => Dtype::BOOL,
        DType::Int8 => Dtype::I8,
        DType::Int16 => Dtype::I16,
        DType::Int32 => Dtype::I32,
        DType::Int64 | DType::DateTime64(_) | DType::TimeDelta64(_) => Dtype::I64,
        DType::UInt16 => Dtype::U16,
        DType::UInt32 => Dtype::U32,
        DType::UInt64 => Dtype::U64,
        DType::Float16 => Dtype::F16,
        DType::Float32 => Dtype::F32,
        DType::Float64 => Dtype::F64,
        DType::Complex64 => Dtype::C64,
        DType::UInt8 | DType::Float128 | DType::Complex128 | DType::Complex256 => Dtype::U8,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn they_are_the_crate_s() {
        for &dtype in ALL {
            let spelled = serde_json::to_value(dtype).unwrap();
            assert_eq!(spelled, name(dtype));
            assert_eq!(from_name(name(dtype)), Some(dtype));
            if let Some(ours) = ours(dtype) {
                assert_eq!(ours.itemsize() * 8, dtype.bitsize());
                assert_eq!(stored_as(ours), dtype);
            }
        }
        // The crate's message lists all that it knows.
        let unknown = serde_json::from_str::<Dtype>("\"F3\"")
            .unwrap_err()
            .to_string();
        assert_eq!(unknown.matches('`').count() / 2 - 1, ALL.len(), "{unknown}");
        assert_eq!(from_name("f32"), None);
    }

    #[test]
    fn what_the_format_lacks_is_stored_in_as_many_bytes() {
        for ours in DType::TIMELESS {
            let stored = stored_as(ours);
            assert!(
                stored.bitsize() == ours.itemsize() * 8 || stored == Dtype::U8,
                "{ours}"
            );
        }
    }
}
