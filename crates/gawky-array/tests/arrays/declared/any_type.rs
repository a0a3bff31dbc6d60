//! What holds for all types.

use std::collections::BTreeSet;

use gawky_array::rows::FromRows;
use gawky_form::Form;
use gawky_testkit::arbitrary::{arrays, is_small};
use proptest::prelude::*;
use serde_json::Value as Json;

use crate::properties::cases;

/// Whether JSON tells which of a form's nodes a value is of: not where alternatives of a union take the same values, `[0]` as numbers and
/// as complex ones, and not where two fields have one name.
fn is_told_by_json(form: &Form) -> bool {
    let is_told = match form {
        Form::Union(_) => false,
        Form::Record(record) => {
            let names = record.fields();
            names.is_none_or(|names| names.iter().collect::<BTreeSet<_>>().len() == names.len())
        }
        _ => true,
    };
    is_told && form.children().iter().all(|child| is_told_by_json(child))
}

proptest! {
    #![proptest_config(cases(300))]

    /// Rows of any array, as values of JSON, are the same array again where its type is declared.
    #[test]
    fn rows_of_any_array_go_into_its_type(array in arrays()) {
        let of = array.form().type_();
        if is_small(&array)
            && is_told_by_json(&array.form())
            && let Ok(rows) = array.to_rows::<Json>()
            && let Ok(declared) = FromRows::new().of_type(&of)
            && let Ok(again) = declared.build(&rows)
        {
            prop_assert_eq!(again.to_rows::<Json>().unwrap(), rows);
        }
    }

    /// The form is the declared one, also of no rows at all.
    #[test]
    fn no_rows_are_of_the_declared_form(array in arrays()) {
        let of = array.form().type_();
        if let Ok(form) = Form::from_type(&of) {
            let none = FromRows::new().of_type(&of).unwrap().build([] as [Json; 0]).unwrap();
            prop_assert!(none.is_of_form(&form) || form.has_unknown());
        }
    }
}
