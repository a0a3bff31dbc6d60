//! Arrays that grow row by row, whose layout follows from what comes, or is declared.
//!
//! A [`Column`] is one node that grows. It begins without knowing anything; what comes first makes it one of numbers, of text, of
//! lists, …, and what does not fit that makes it a union, but for numbers, which are given a wider dtype where none of them changes by
//! it. A column [of a declared type](Column::of_type) is all made beforehand; it takes what the type holds exactly, and refuses all else.
//!
//! | file | holds |
//! |---|---|
//! | `column` | [`Column`] and what can be added to it |
//! | `values`, `numbers`, `lists`, `records`, `choices` | what grows, one kind a file, and how it learns |
//! | `decimal` | numbers in decimal digits, and whether they are integers |
//! | `pairs` | maps as lists of pairs, and the proof that their keys ascend |
//! | `declared` | columns of declared types: what they are made of, what they take, and why they refuse |
//! | `finish` | columns as arrays |
//! | `layout` | what rows have taught, for other rows |

mod choices;
mod column;
mod decimal;
mod declared;
mod finish;
mod layout;
mod lists;
mod numbers;
mod pairs;
mod records;
mod unfit;
mod values;

pub(crate) use column::Column;
pub(crate) use decimal::Decimal;
pub(crate) use lists::Sequence;
pub(crate) use pairs::Pairs;
pub(crate) use records::{MAX_FIELDS, MOST_MISSING, Records};
pub use unfit::Undeclared;
pub(crate) use unfit::Unfit;

/// A place in a vector, which has no more of them than an `i64` counts.
fn place(position: usize) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX)
}

/// A place that is none below zero.
fn index_of(place: i64) -> usize {
    usize::try_from(place).unwrap_or(0)
}
