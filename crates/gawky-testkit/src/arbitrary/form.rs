//! Random forms, sensible or not.

#![allow(
    clippy::expect_used,
    reason = "a generator that breaks a rule of construction should stop the test"
)]

use std::sync::Arc;

use gawky::Form;
use gawky::form::{
    BitMaskedForm, ByteMaskedForm, EmptyForm, IndexType, IndexedForm, IndexedOptionForm, ListForm,
    ListOffsetForm, NodeInfo, NumpyForm, Parameters, RecordForm, RegularForm, SignedIndexType,
    UnionForm, UnmaskedForm,
};

use super::Tape;
use super::array::dtype;

/// A form of any class over any other, with sizes that no memory holds among them; without form keys.
#[must_use]
pub fn form(tape: &mut Tape<'_>, depth: usize) -> Form {
    let Some(depth) = depth.checked_sub(1) else {
        return leaf(tape);
    };
    let class = tape.below(14);
    let info = NodeInfo::new(parameters(tape));
    let content = |tape: &mut Tape<'_>| Arc::new(form(tape, depth));
    match class {
        1 => RegularForm {
            size: size(tape),
            content: content(tape),
            info,
        }
        .into(),
        2 => ListForm {
            starts: index(tape),
            content: content(tape),
            info,
        }
        .into(),
        3 | 4 => ListOffsetForm {
            offsets: index(tape),
            content: content(tape),
            info,
        }
        .into(),
        5 | 6 => record(tape, depth, info),
        7 => IndexedForm {
            index: index(tape),
            content: content(tape),
            info,
        }
        .into(),
        8 => IndexedOptionForm {
            index: if tape.once_in(2) {
                SignedIndexType::I32
            } else {
                SignedIndexType::I64
            },
            content: content(tape),
            info,
        }
        .into(),
        9 => ByteMaskedForm {
            valid_when: tape.once_in(2),
            content: content(tape),
            info,
        }
        .into(),
        10 => BitMaskedForm {
            valid_when: tape.once_in(2),
            lsb_order: tape.once_in(2),
            content: content(tape),
            info,
        }
        .into(),
        11 => UnmaskedForm {
            content: content(tape),
            info,
        }
        .into(),
        12 => {
            let index = index(tape);
            let contents = (0..tape.below(4)).map(|_| content(tape)).collect();
            UnionForm::try_new(index, contents, info)
                .expect("few contents")
                .into()
        }
        _ => leaf(tape),
    }
}

/// Metadata, also where it makes no sense.
fn parameters(tape: &mut Tape<'_>) -> Parameters {
    let array = match tape.byte() {
        240 => "string",
        241 => "bytestring",
        242 => "char",
        243 => "byte",
        244..=247 => "categorical",
        248 => return Parameters::from_iter([("__record__", "Point")]),
        249 => return Parameters::from_iter([("doc", vec![1, 2])]),
        _ => return Parameters::none(),
    };
    Parameters::from_iter([("__array__", array)])
}

/// A size of lists or dimensions: small mostly, or more than any memory holds.
fn size(tape: &mut Tape<'_>) -> u64 {
    match tape.byte() {
        230..=234 => 1 << 40,
        235..=238 => 1 << 62,
        239 => u64::MAX,
        other => u64::from(other % 4),
    }
}

fn index(tape: &mut Tape<'_>) -> IndexType {
    match tape.below(3) {
        1 => IndexType::I32,
        2 => IndexType::U32,
        _ => IndexType::I64,
    }
}

fn leaf(tape: &mut Tape<'_>) -> Form {
    if tape.once_in(8) {
        return EmptyForm::default().into();
    }
    let dimensions = tape.below(8).saturating_sub(4);
    NumpyForm {
        dtype: dtype(tape),
        inner_shape: (0..dimensions).map(|_| size(tape)).collect(),
        info: NodeInfo::new(parameters(tape)),
    }
    .into()
}

fn record(tape: &mut Tape<'_>, depth: usize, info: NodeInfo) -> Form {
    const NAMES: [&str; 4] = ["x", "y", "a.b", "x"];
    let count = tape.below(4);
    let is_tuple = tape.once_in(4);
    let names = NAMES.iter().take(count).map(|name| Arc::from(*name));
    let fields: Option<Arc<[Arc<str>]>> = (!is_tuple).then(|| names.collect());
    let contents = (0..count).map(|_| Arc::new(form(tape, depth))).collect();
    RecordForm::try_new(fields, contents, info)
        .expect("as many names as contents")
        .into()
}
