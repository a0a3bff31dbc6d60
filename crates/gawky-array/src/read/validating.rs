//! [`Validating`]: a look at every byte that an array is made of, which does not end with the first that is wrong.

use std::ops::Range;

use gawky_buffer::{Buffer, Fetch};
use gawky_form::{Form, KeyFormat};

use super::{ReadOptions, Reading, ReadingReport};
use crate::node::as_rows;
use crate::{Array, ArrayError, Location, Problem, Value};

/// How many blobs are asked for together, at least, where there are as many.
const BLOBS_AT_ONCE: usize = 64;

/// How many bytes are asked for together where it is known how many they are; one column may have more.
const BYTES_AT_ONCE: u64 = 64 << 20;

/// Looks at everything that an array is made of, a few columns at a time, without doing any I/O itself.
///
/// It finds what [`Reading::whole`] would find, and goes on: each blob that is missing, too short or in disorder is told
/// once. What lies below such a node is not looked at, since nobody knows which of it there should be. Strings must be
/// UTF-8, too, which reading does not ask of them.
///
/// Fields of the outermost records are looked at one after the other, and let go of, so that what is in memory is a few
/// columns and not all of them.
///
/// ```
/// use gawky_array::{ReadOptions, Validating};
/// use gawky_buffer::Buffer;
/// use gawky_form::{Form, FormKeyFormat, KeyFormat};
///
/// let form = Form::from_type(&"{x: int64, y: var * float32}".parse()?)?.with_form_keys(&FormKeyFormat::default(), 0)?;
/// let mut validating = Validating::new(&form, 2, &KeyFormat::array(), ReadOptions::default())?;
/// let mut faults = Vec::new();
/// while validating.step(|_| None)? {
///     let blobs = validating.fetches().iter().map(|fetch| match fetch.key.as_str() {
///         "node2-offsets" => Ok(Some(Buffer::from_vec(vec![0_i64, 2, 1]))),
///         _ => Ok::<_, ()>(None),
///     });
///     let blobs: Vec<_> = blobs.collect();
///     faults.extend(validating.supply(blobs)?);
/// }
/// let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
/// assert_eq!(told.len(), 2);
/// assert!(told[0].starts_with("x, NumpyArray, data") && told[1].starts_with("y, ListOffsetArray, offsets"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Validating<'f> {
    reading: Reading<'f>,
    /// The columns that have not been asked for, by their nodes, the first one last.
    left: Vec<Range<usize>>,
    /// Those that have.
    asked: Vec<Range<usize>>,
}

impl<'f> Validating<'f> {
    /// Looks at all `length` rows.
    ///
    /// # Errors
    /// As for [`Reading::whole`], where a missing form key is told by [`step`](Self::step).
    pub fn new(
        form: &'f Form,
        length: u64,
        keys: &KeyFormat,
        options: ReadOptions,
    ) -> Result<Self, ArrayError> {
        let mut reading = Reading::begin(form, length, (0..length).into(), keys, options, false)?;
        let mut left = Vec::new();
        // Records have no bytes of their own: what is in them stands for itself.
        let mut stack = std::mem::take(&mut reading.frontier);
        while let Some(node) = stack.pop() {
            if matches!(reading.plan.form(node), Form::Record(_)) {
                reading.open(node)?;
                stack.append(&mut reading.frontier);
            } else {
                left.push(node..reading.plan.subtree_end(node));
            }
        }
        left.sort_unstable_by_key(|column| std::cmp::Reverse(column.start));
        Ok(Self {
            reading,
            left,
            asked: Vec::new(),
        })
    }

    /// Goes on to the next columns; whether there are any, of which the [`fetches`](Self::fetches) are awaited then. `size`
    /// tells how many bytes a blob has, where that is known without asking anybody.
    ///
    /// # Errors
    /// When a node has no form key.
    pub fn step(&mut self, size: impl Fn(&str) -> Option<u64>) -> Result<bool, ArrayError> {
        let mut bytes = 0_u64;
        let mut counted = self.reading.fetches.len();
        while counted < BLOBS_AT_ONCE && bytes < BYTES_AT_ONCE {
            let Some(column) = self.left.pop() else {
                break;
            };
            for node in column.clone() {
                self.reading.ask(node)?;
            }
            self.asked.push(column);
            let asked = self.reading.fetches.get(counted..).unwrap_or_default();
            let sizes = asked.iter().filter_map(|fetch| size(&fetch.key));
            bytes = sizes.fold(bytes, u64::saturating_add);
            counted = self.reading.fetches.len();
        }
        Ok(!self.asked.is_empty())
    }

    /// What is awaited now.
    #[must_use]
    pub fn fetches(&self) -> &[Fetch] {
        self.reading.fetches()
    }

    /// As [`Reading::locate`].
    #[must_use]
    pub fn locate(&self, key: &str) -> Option<Location> {
        self.reading.locate(key)
    }

    /// What has been looked at so far.
    #[must_use]
    pub fn report(&self) -> ReadingReport {
        self.reading.report()
    }

    /// Looks at the bytes that were asked for, in the same order: `None` for a blob that is not there, an error for one
    /// that could not be fetched, of which nothing more is told here. Answers what is wrong with them.
    ///
    /// # Errors
    /// [`ArrayError::SuppliedCount`] when they are not as many as were asked for.
    pub fn supply<I, E>(&mut self, blobs: I) -> Result<Vec<ArrayError>, ArrayError>
    where
        I: IntoIterator<Item = Result<Option<Buffer>, E>, IntoIter: ExactSizeIterator>,
    {
        let mut unknown = Vec::new();
        let targets = self.reading.targets.clone();
        let blobs = blobs.into_iter();
        let blobs: Vec<_> = blobs
            .enumerate()
            .map(|(position, blob)| {
                if blob.is_err() {
                    unknown.extend(targets.get(position).copied());
                }
                blob.unwrap_or(None)
            })
            .collect();
        self.reading.supply(blobs)?;
        let mut faults = Vec::new();
        for column in std::mem::take(&mut self.asked) {
            self.look_at(column, &unknown, &mut faults);
        }
        Ok(faults)
    }

    /// Looks at one column, and lets go of its bytes.
    fn look_at(&mut self, column: Range<usize>, unknown: &[usize], faults: &mut Vec<ArrayError>) {
        let reading = &mut self.reading;
        let mut found: Vec<(usize, ArrayError)> = Vec::new();
        let mut sound = vec![false; column.len()];
        reading.frontier = vec![column.start];
        while let Some(node) = reading.frontier.pop() {
            let slots = reading.plan.slots_of(node);
            if slots.clone().any(|slot| unknown.contains(&slot)) {
                continue;
            }
            match reading.prepare(node).and_then(|()| reading.open(node)) {
                Err(error) => found.push((node, error)),
                Ok(()) => {
                    if let Some(own) = sound.get_mut(node - column.start) {
                        *own = true;
                    }
                }
            }
        }
        let mut made: Vec<Option<Array>> = Vec::with_capacity(column.len());
        for (node, is_sound) in column.clone().zip(sound).rev() {
            let children = reading.plan.form(node).children().len();
            let below = made.split_off(made.len().saturating_sub(children));
            let below: Option<Vec<Array>> = below.into_iter().collect();
            let array = match below.filter(|_| is_sound) {
                None => None,
                Some(mut below) => match reading.plan.assemble_node(node, &mut below) {
                    Ok(array) => Some(array),
                    Err(problem) => {
                        found.push((node, reading.at(node, None, problem)));
                        None
                    }
                },
            };
            if let Some(at) = array.as_ref().and_then(not_utf8) {
                let problem = Problem::NotUtf8 { at };
                found.push((
                    node,
                    reading.at(
                        node + 1,
                        reading.plan.form(node + 1).buffers().first(),
                        problem,
                    ),
                ));
            }
            made.push(array);
        }
        for node in column {
            for slot in reading.plan.slots_of(node) {
                reading.plan.put(slot, None);
            }
        }
        found.sort_by_key(|(node, _)| *node);
        faults.extend(found.into_iter().map(|(_, error)| error));
    }
}

/// The first of these strings, where they are such, that is no UTF-8.
fn not_utf8(strings: &Array) -> Option<u64> {
    let (Array::Regular(_) | Array::List(_) | Array::ListOffset(_)) = strings else {
        return None;
    };
    let characters = strings.children().first()?;
    // Without any there may be strings without end, all of them empty.
    if characters.is_empty() || characters.parameters().array() != Some("char") {
        return None;
    }
    let is_wrong = |row: &usize| matches!(strings.value_at(*row), Some(Value::NonUtf8(_)));
    (0..strings.len()).find(is_wrong).map(as_rows)
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "tests say what is wrong by panicking"
    )]

    use super::*;

    /// What is asked for next, and what is wrong with it: every blob has two rows of 1.
    fn step(validating: &mut Validating<'_>, bytes: u64) -> (Vec<String>, Vec<String>) {
        assert!(validating.step(|_| Some(bytes)).unwrap());
        let keys = validating
            .fetches()
            .iter()
            .map(|fetch| fetch.key.to_string());
        let keys: Vec<String> = keys.collect();
        let blobs = keys.iter().map(|key| {
            let is_list = key.ends_with("offsets");
            let bytes = Buffer::from_vec(vec![1_i64, if is_list { 0 } else { 1 }]);
            Ok::<_, ()>(Some(bytes))
        });
        let faults = validating.supply(blobs.collect::<Vec<_>>()).unwrap();
        let places = faults.iter().map(|fault| fault.to_string());
        let places = places.map(|fault| fault.split(',').next().unwrap_or_default().to_owned());
        (keys, places.collect())
    }

    #[test]
    fn so_many_columns_are_looked_at_as_are_not_too_large() {
        let form = Form::from_type(&"{x: int64, y: var * bool, z: int64}".parse().unwrap());
        let form = form
            .unwrap()
            .with_form_keys(&Default::default(), 0)
            .unwrap();
        let validating = || {
            let options = ReadOptions::default();
            Validating::new(&form, 1, &KeyFormat::array(), options).unwrap()
        };
        let mut large = validating();
        let (keys, faults) = step(&mut large, BYTES_AT_ONCE);
        assert_eq!(
            (&keys[..], &faults[..]),
            (&["node1-data".to_owned()][..], &[][..])
        );
        let (keys, faults) = step(&mut large, BYTES_AT_ONCE);
        assert_eq!(keys, ["node2-offsets", "node3-data"]);
        assert_eq!(faults, ["y"]);
        assert_eq!(step(&mut large, BYTES_AT_ONCE).0, ["node4-data"]);
        assert!(!large.step(|_| None).unwrap());

        // Of what could not be fetched, whoever fetched it tells more.
        let mut failing = validating();
        assert!(failing.step(|_| None).unwrap());
        let blobs = failing
            .fetches()
            .iter()
            .map(|fetch| match fetch.key.as_str() {
                "node2-offsets" => Err(()),
                _ => Ok(None),
            });
        let faults = failing.supply(blobs.collect::<Vec<_>>()).unwrap();
        let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(told.len(), 2);
        assert!(
            told[0].starts_with("x,") && told[1].starts_with("z,"),
            "{told:?}"
        );

        let mut small = validating();
        assert_eq!(step(&mut small, BYTES_AT_ONCE / 4 - 1).0.len(), 4);
        assert!(!small.step(|_| None).unwrap());
        let mut half = validating();
        assert_eq!(step(&mut half, BYTES_AT_ONCE / 2).0.len(), 3);
    }
}
