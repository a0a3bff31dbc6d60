//! Random views of random elements.

use gawky_buffer::{Buffer, ByteOrder, DType, NdBuffer, Pick, Scalar, Slice};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// Of all dtypes one, and of those with a unit a few.
pub(super) fn dtype() -> impl Strategy<Value = DType> {
    let timed = [
        "datetime64[D]",
        "datetime64[M]",
        "datetime64[15us]",
        "datetime64[ns]",
        "timedelta64[s]",
        "timedelta64[Y]",
        "timedelta64[ms]",
        "datetime64",
    ];
    let timed = timed.map(|name| name.parse().unwrap());
    select(DType::TIMELESS.into_iter().chain(timed).collect::<Vec<_>>())
}

/// Bytes of one element, of which some are of values that conversions stumble over.
fn element() -> impl Strategy<Value = Result<Scalar, [u8; 32]>> {
    let telling = [
        0.0,
        -0.0,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::from(f32::MAX),
        f64::midpoint(f64::from(f32::MAX), 2_f64.powi(128)),
        f64::midpoint(f64::from(f32::MAX), 2_f64.powi(128)).next_down(),
        -f64::midpoint(f64::from(f32::MAX), 2_f64.powi(128)),
        f64::MAX,
        f64::MIN_POSITIVE,
        65504.0,
        65520.0,
        -0.9,
        2_f64.powi(63),
        -2_f64.powi(63),
        2_f64.powi(31),
        2_f64.powi(32) - 1.0,
    ];
    prop_oneof![
        3 => any::<[u8; 32]>().prop_map(Err),
        4 => (-3_i64..300).prop_map(|value| Ok(Scalar::Int64(value))),
        2 => select(telling.to_vec()).prop_map(|value| Ok(Scalar::Float64(value))),
        1 => select(vec![i64::MIN, i64::MAX, 1 << 31, -(1 << 31), (1 << 31) - 1, 1 << 32])
            .prop_map(|value| Ok(Scalar::Int64(value))),
    ]
}

fn bytes(dtype: DType, order: ByteOrder, element: &Result<Scalar, [u8; 32]>) -> Vec<u8> {
    let exact = element
        .as_ref()
        .ok()
        .and_then(|value| value.cast(dtype).ok());
    match (exact, element) {
        (Some(value), _) => value.to_bytes(order),
        (None, Err(raw)) => raw[..dtype.itemsize()].to_vec(),
        (None, Ok(_)) => vec![1; dtype.itemsize()],
    }
}

fn slice() -> impl Strategy<Value = Slice> {
    let end = || prop::option::weighted(0.3, -6_isize..6);
    let step = select(vec![1, 1, 1, 2, 3, -1, -2]);
    (end(), end(), step).prop_map(|(start, stop, step)| Slice::new(start, stop, step))
}

/// A strided view, by way of slices, steps, transposition and repetition, of a table that begins at any byte.
pub(super) fn view_of(dtype: DType) -> impl Strategy<Value = NdBuffer> {
    let shape = vec(0_usize..6, 0..4);
    let elements = vec(element(), 1..24);
    let slices = vec(slice(), 4);
    let order = select(vec![ByteOrder::Little, ByteOrder::Big]);
    let turned = (any::<bool>(), prop::option::weighted(0.2, 1_usize..4));
    (shape, elements, slices, order, 0_usize..20, turned).prop_map(
        move |(shape, elements, slices, order, offset, (is_turned, repeated))| {
            let count: usize = shape.iter().product();
            let mut memory = vec![0xab; offset];
            for element in elements.iter().cycle().take(count) {
                memory.extend(bytes(dtype, order, element));
            }
            memory.extend([0xcd; 3]);
            let len = memory.len();
            let whole = Buffer::from_vec(memory).slice(offset..len).unwrap();
            let mut view = NdBuffer::try_new(whole, dtype, order, &shape).unwrap();
            if is_turned {
                view = view.t();
            }
            let picks: Vec<Pick> = slices
                .into_iter()
                .map(Pick::from)
                .take(view.ndim())
                .collect();
            view = view.slice(&picks).unwrap();
            match repeated {
                None => view,
                Some(times) => {
                    let shape = [&[times], view.shape()].concat();
                    let strides = [&[0], view.strides()].concat();
                    view.as_strided(&shape, &strides).unwrap()
                }
            }
        },
    )
}
