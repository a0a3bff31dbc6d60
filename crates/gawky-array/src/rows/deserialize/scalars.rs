//! Numbers of the dtypes that serde has no method for.

use gawky_buffer::{Scalar, float128_to_f64};
use serde::de::Visitor;
use serde::de::value::SeqDeserializer;

use super::RowsError;

pub(super) fn visit<'de, V: Visitor<'de>>(
    scalar: Scalar,
    visitor: V,
) -> Result<V::Value, RowsError> {
    let pair = |re: f64, im: f64| SeqDeserializer::new([re, im].into_iter());
    match scalar {
        Scalar::Bool(value) => visitor.visit_bool(value),
        Scalar::Int8(value) => visitor.visit_i8(value),
        Scalar::Int16(value) => visitor.visit_i16(value),
        Scalar::Int32(value) => visitor.visit_i32(value),
        Scalar::Int64(value) => visitor.visit_i64(value),
        Scalar::UInt8(value) => visitor.visit_u8(value),
        Scalar::UInt16(value) => visitor.visit_u16(value),
        Scalar::UInt32(value) => visitor.visit_u32(value),
        Scalar::UInt64(value) => visitor.visit_u64(value),
        Scalar::Float16(value) => visitor.visit_f32(value.to_f32()),
        Scalar::Float32(value) => visitor.visit_f32(value),
        Scalar::Float64(value) => visitor.visit_f64(value),
        Scalar::Float128(bytes) => visitor.visit_f64(float128_to_f64(&bytes)),
        Scalar::Complex64(value) => visitor.visit_seq(pair(value.re.into(), value.im.into())),
        Scalar::Complex128(value) => visitor.visit_seq(pair(value.re, value.im)),
        Scalar::Complex256([re, im]) => {
            visitor.visit_seq(pair(float128_to_f64(&re), float128_to_f64(&im)))
        }
        Scalar::DateTime64(None, _) | Scalar::TimeDelta64(None, _) => visitor.visit_unit(),
        Scalar::DateTime64(Some(_), _) => visitor.visit_string(scalar.to_string()),
        Scalar::TimeDelta64(Some(ticks), _) => visitor.visit_i64(ticks),
    }
}

/// Whether it is a date, or a duration, that is none.
pub(super) fn is_no_time(scalar: Option<Scalar>) -> bool {
    matches!(
        scalar,
        Some(Scalar::DateTime64(None, _) | Scalar::TimeDelta64(None, _))
    )
}
