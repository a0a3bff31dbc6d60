//! Arrays that grow row by row, whose layout follows from what comes.
//!
//! A [`Column`] is one node that grows. It begins without knowing anything; what comes first makes it one of numbers, of text, of
//! lists, …, and what does not fit that makes it a union, but for numbers, which are given a wider dtype where none of them changes by
//! it.

mod column;
mod finish;
mod numbers;

pub(crate) use column::{Column, Lists, MAX_FIELDS, MOST_MISSING, Records, Tuples, Unfit};

/// A place in a vector, which has no more of them than an `i64` counts.
fn place(position: usize) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX)
}
