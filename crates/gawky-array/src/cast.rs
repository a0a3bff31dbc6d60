//! Casting: the same values as those of another type.

use gawky_form::{Form, Type};

use crate::conform::Rules;
use crate::{Array, ArrayError};

/// What an array is cast to: a [`Type`], or a [`Form`] where the layout matters, too.
#[derive(Clone, Copy, Debug)]
pub enum CastTarget<'a> {
    /// Any layout of this type: the one that is nearest to the array's own.
    Type(&'a Type),
    /// This layout.
    Form(&'a Form),
}

impl<'a> From<&'a Type> for CastTarget<'a> {
    fn from(target: &'a Type) -> Self {
        Self::Type(target)
    }
}

impl<'a> From<&'a Form> for CastTarget<'a> {
    fn from(target: &'a Form) -> Self {
        Self::Form(target)
    }
}

impl Array {
    /// The same values as those of another type, where nothing is lost by it.
    ///
    /// [`conform_to`](Self::conform_to) changes how values are laid out, and never what they mean. Casting does what it does
    /// (numbers become others if every value survives exactly, lists of any length those of one size if all are so long, options are added,
    /// or taken away if nothing is missing, fields are put in order, those that are added are missing everywhere, unions
    /// become other unions, or no union, if every element fits), and besides it gives values the meaning that is asked:
    ///
    /// - metadata become those of the target: records get another name, bytes become strings;
    /// - booleans become numbers, 0 and 1, and those become booleans; real numbers become complex, and back where no imaginary part is lost.
    ///
    /// Those are the rules of Awkward's `ak.enforce_type`, except that values never change: it rounds and truncates numbers, takes dates for
    /// numbers, and drops fields that the type does not have. Fields are dropped on purpose, by selecting others.
    ///
    /// Of a type, the form is the one that is nearest to the array's own ([`Form::with_type`]), so that what has the
    /// type already is shared.
    ///
    /// ```
    /// use gawky_array::Array;
    /// use gawky_form::Type;
    /// let array = Array::from_rows([vec![1_i32, 0], vec![2, 3]])?;
    /// let pairs = array.cast_to(&"2 * ?float64".parse::<Type>()?)?;
    /// assert_eq!(pairs.to_string(), "<Array [[1.0, 0.0], [2.0, 3.0]] type='2 * 2 * ?float64'>");
    ///
    /// let error = array.cast_to(&"var * bool".parse::<Type>()?).unwrap_err().to_string();
    /// assert!(error.contains("2, the element 2, is no bool"), "{error}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ArrayError::Misfit`] when something would be lost, with the node, the reason, and in what the two forms differ;
    /// [`ArrayError::Form`] for a type that has no form;
    /// [`BufferError::NotOnHost`](gawky_buffer::BufferError) where bytes are on a device and have to be looked at.
    pub fn cast_to<'t>(&self, target: impl Into<CastTarget<'t>>) -> Result<Self, ArrayError> {
        match target.into() {
            CastTarget::Form(form) => self.built_as(form, Rules::Casting),
            CastTarget::Type(of) => self.built_as(&self.form().with_type(of)?, Rules::Casting),
        }
    }
}
