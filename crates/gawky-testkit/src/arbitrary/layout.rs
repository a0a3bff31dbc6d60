//! Other layouts of the same values.

#![allow(
    clippy::expect_used,
    reason = "a generator that breaks a rule of construction should stop the test"
)]

use std::sync::Arc;

use gawky::Form;
use gawky::form::{
    BitMaskedForm, ByteMaskedForm, IndexType, IndexedForm, IndexedOptionForm, ListForm,
    ListOffsetForm, NodeInfo, Parameters, SignedIndexType, UnionForm, UnmaskedForm,
};

use super::Tape;

/// Another form of which every array of `form` may be: lists, options and indexes of other classes and widths,
/// indexes added and taken away, contents of unions in another order. Types and parameters stay.
///
/// That of an option may be one of which nothing can be missing.
#[must_use]
pub fn other_layout(tape: &mut Tape<'_>, form: &Form) -> Form {
    let mut other = form.clone();
    for child in other.children_mut() {
        *child = Arc::new(other_layout(tape, child));
    }
    let other = match other {
        Form::List(own) => list(tape, own.content, own.info),
        Form::ListOffset(own) => list(tape, own.content, own.info),
        Form::Regular(own) if tape.once_in(2) => list(tape, own.content, own.info),
        Form::Indexed(own) if own.info.parameters.is_empty() && tape.once_in(2) => {
            return Arc::unwrap_or_clone(own.content);
        }
        Form::Indexed(mut own) => {
            own.index = index(tape);
            own.into()
        }
        Form::IndexedOption(own) => option(tape, own.content, own.info),
        Form::ByteMasked(own) => option(tape, own.content, own.info),
        Form::BitMasked(own) => option(tape, own.content, own.info),
        Form::Unmasked(own) => option(tape, own.content, own.info),
        Form::Union(own) => {
            let mut contents: Vec<_> = own.contents().to_vec();
            if tape.once_in(2) {
                contents.reverse();
            }
            UnionForm::try_new(index(tape), contents.into(), own.info)
                .expect("as many contents as before")
                .into()
        }
        other => other,
    };
    // Characters lie right below their list.
    let is_text = matches!(other.parameters().array(), Some("char" | "byte"));
    if tape.once_in(8) && !is_text {
        return IndexedForm {
            index: index(tape),
            content: Arc::new(other),
            info: NodeInfo::new(Parameters::none()),
        }
        .into();
    }
    other
}

fn index(tape: &mut Tape<'_>) -> IndexType {
    match tape.below(3) {
        1 => IndexType::I32,
        2 => IndexType::U32,
        _ => IndexType::I64,
    }
}

fn list(tape: &mut Tape<'_>, content: Arc<Form>, info: NodeInfo) -> Form {
    if tape.once_in(2) {
        return ListForm {
            starts: index(tape),
            content,
            info,
        }
        .into();
    }
    ListOffsetForm {
        offsets: index(tape),
        content,
        info,
    }
    .into()
}

fn option(tape: &mut Tape<'_>, content: Arc<Form>, info: NodeInfo) -> Form {
    let class = if info.parameters.is_categorical() {
        // Only an index has categories.
        0
    } else {
        tape.below(5)
    };
    match class {
        1 | 2 => ByteMaskedForm {
            valid_when: tape.once_in(2),
            content,
            info,
        }
        .into(),
        3 => BitMaskedForm {
            valid_when: tape.once_in(2),
            lsb_order: tape.once_in(2),
            content,
            info,
        }
        .into(),
        4 => UnmaskedForm { content, info }.into(),
        _ => IndexedOptionForm {
            index: if tape.once_in(2) {
                SignedIndexType::I32
            } else {
                SignedIndexType::I64
            },
            content,
            info,
        }
        .into(),
    }
}
