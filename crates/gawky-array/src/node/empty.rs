//! [`EmptyArray`]: no data, of a type that is not known yet.

use std::ops::Range;

use gawky_form::{EmptyForm, Form, NodeInfo};

use super::ChildRows;
use crate::Problem;

/// No data, of a type that is not known yet; the length is 0.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EmptyArray;

impl EmptyArray {
    pub(crate) fn form(info: NodeInfo) -> Form {
        EmptyForm { info }.into()
    }

    pub(crate) fn open(rows: &Range<u64>) -> Result<ChildRows, Problem> {
        if rows.end > 0 {
            return Err(Problem::EmptyHasLength { length: rows.end });
        }
        Ok(ChildRows::Every((0..0).into()))
    }
}
