//! What holds for all arrays and forms.

use std::fmt;

use gawky_array::{Array, ArrayError, Obstacle, Problem, Value};
use gawky_form::{Dialect, Form};
use gawky_testkit::arbitrary::{Tape, array, arrays, form, is_small, other_layout, says_the_same};
use proptest::prelude::*;

use crate::properties::cases;

/// An array, and a form that may or may not be one for it.
struct Pair {
    array: Array,
    form: Form,
}

impl fmt::Debug for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let json = |form: &Form| form.to_json(Dialect::V2, false).unwrap();
        writeln!(f, "{}", self.array)?;
        writeln!(f, "of {}", json(&self.array.form()))?;
        writeln!(f, "to {}", json(&self.form))
    }
}

fn tape() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..300)
}

/// The form is another layout of the array's own.
fn related() -> impl Strategy<Value = Pair> {
    (tape(), tape()).prop_map(|(first, second)| {
        let array = array(&mut Tape::new(&first));
        let form = other_layout(&mut Tape::new(&second), &array.form());
        Pair { array, form }
    })
}

/// The form is any, or that of another array, with pieces of the array's own mixed in.
fn unrelated() -> impl Strategy<Value = Pair> {
    (tape(), tape(), any::<bool>()).prop_map(|(first, second, is_wild)| {
        let own = array(&mut Tape::new(&first));
        let mut tape = Tape::new(&second);
        let form = if is_wild {
            form(&mut tape, 3)
        } else {
            array(&mut tape).form()
        };
        Pair { array: own, form }
    })
}

/// What arrays and forms of nonsense may fail with.
fn is_lack_of_memory(error: &ArrayError) -> bool {
    matches!(
        error,
        ArrayError::Node {
            problem: Problem::OutOfMemory { .. } | Problem::TooLarge { .. } | Problem::Buffer(_),
            ..
        }
    )
}

/// Whether characters are right below a list, and only there; elsewhere, whether something is a string depends on
/// what lies between.
fn has_plain_text(form: &Form) -> bool {
    let is_text = |form: &Form| matches!(form.parameters().array(), Some("char" | "byte"));
    match form {
        Form::Regular(_) | Form::List(_) | Form::ListOffset(_) => {}
        _ if form.children().iter().any(|child| is_text(child)) || is_text(form) => return false,
        _ => {}
    }
    form.children()
        .iter()
        .all(|child| is_text(child) || has_plain_text(child))
}

fn has_union(form: &Form) -> bool {
    matches!(form, Form::Union(_)) || form.children().iter().any(|child| has_union(child))
}

proptest! {
    #![proptest_config(cases(2000))]

    #[test]
    fn an_array_is_of_its_own_form(array in arrays()) {
        prop_assert!(array.is_of_form(&array.form()));
        let same = array.conform_to(&array.form()).unwrap();
        prop_assert_eq!(&same, &*array);
    }

    #[test]
    fn another_layout_says_the_same_and_so_does_the_way_back(pair in related()) {
        let Pair { array, form } = &pair;
        prop_assert_eq!(array.is_of_form(form), array.form() == *form);
        match array.conform_to(form) {
            Ok(there) => {
                prop_assert_eq!(&there.form(), form);
                prop_assert_eq!(there.len(), array.len());
                let back = match there.conform_to(&array.form()) {
                    // What two contents had may have become one, of which not all fits the one or the other.
                    Err(ArrayError::Misfit(misfit))
                        if matches!(misfit.obstacle, Obstacle::NoContent { .. }) => return Ok(()),
                    back => back.unwrap(),
                };
                prop_assert_eq!(back.form(), array.form());
                // What fits no content of a union as it is may be a number of another dtype in another content.
                let is_same = if has_union(form) {
                    says_the_same
                } else {
                    |before: &Value<'_>, after: &Value<'_>| before.equals(after, true)
                };
                if is_small(array) && has_plain_text(&array.form()) {
                    let (before, after) = (array.value().unwrap(), there.value().unwrap());
                    prop_assert!(is_same(&before, &after), "{before} is {after}");
                    let after = back.value().unwrap();
                    prop_assert!(is_same(&before, &after), "{before} is {after} again");
                }
            }
            Err(ArrayError::Misfit(misfit)) => {
                // Of an option, only one of another class may have no place for what is missing.
                let allowed = may_refuse(&misfit.obstacle);
                prop_assert!(allowed, "{misfit}");
                prop_assert!(!misfit.differences.is_empty());
            }
            Err(error) => prop_assert!(is_lack_of_memory(&error), "{error}"),
        }
    }

    #[test]
    fn any_form_is_conformed_to_or_refused(pair in unrelated()) {
        let Pair { array, form } = &pair;
        match array.conform_to(form) {
            Ok(there) => {
                prop_assert_eq!(&there.form(), form);
                prop_assert_eq!(there.len(), array.len());
                let plain = has_plain_text(&array.form()) && has_plain_text(form);
                if is_small(array) && is_small(&there) && plain {
                    let (before, after) = (array.value().unwrap(), there.value().unwrap());
                    prop_assert!(says_the_same(&before, &after), "{before} is {after}");
                }
            }
            Err(ArrayError::Misfit(misfit)) => {
                prop_assert!(!misfit.differences.is_empty());
                prop_assert!(misfit.to_string().len() < 100_000);
            }
            Err(error) => prop_assert!(is_lack_of_memory(&error), "{error}"),
        }
    }
}

fn may_refuse(obstacle: &Obstacle) -> bool {
    matches!(
        obstacle,
        Obstacle::Missing { .. }
            | Obstacle::Unknown { .. }
            | Obstacle::Categories
            | Obstacle::NoContent { .. }
    )
}
