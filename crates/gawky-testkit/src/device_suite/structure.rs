//! Foreign structure on a device is proved there, with the same errors as on the host.

use gawky::array::{
    Array, ArrayError, BitMaskedArray, ByteMaskedArray, Index, IndexedArray, IndexedOptionArray,
    ListArray, ListOffsetArray, NumpyArray, UnionArray,
};
use gawky::form::{IndexType, Parameters};
use gawky_buffer::{Buffer, Place};
use proptest::prelude::*;

const NONE: Parameters = Parameters::none();

/// Numbers that structure may hold, and numbers that it must not.
fn number() -> impl Strategy<Value = i64> {
    prop_oneof![
        12 => 0_i64..7,
        1 => -3_i64..0,
        1 => prop::sample::select(vec![i64::MIN, i64::MAX, i64::MAX - 1, 1 << 31, (1 << 32) - 1]),
    ]
}

fn kind() -> impl Strategy<Value = IndexType> {
    prop::sample::select(vec![IndexType::I32, IndexType::U32, IndexType::I64])
}

/// The bytes of a hostile index: numbers of any kind, sometimes sorted, sometimes with bytes left over.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "whatever comes of it is a number as well"
)]
fn blob() -> impl Strategy<Value = Vec<u8>> {
    let numbers = prop::collection::vec(number(), 0..9);
    (numbers, kind(), any::<bool>(), 0_usize..12).prop_map(|(mut numbers, kind, sorted, odd)| {
        if sorted {
            numbers.sort_unstable();
        }
        let mut bytes: Vec<u8> = Vec::new();
        for number in numbers {
            match kind {
                IndexType::I32 => bytes.extend((number as i32).to_ne_bytes()),
                IndexType::U32 => bytes.extend((number as u32).to_ne_bytes()),
                IndexType::I64 => bytes.extend(number.to_ne_bytes()),
            }
        }
        if odd == 0 {
            bytes.push(1);
        }
        bytes
    })
}

/// The same parts on the host and on the device; there at whatever address.
struct Parts<'a> {
    place: Option<&'a Place>,
    shift: usize,
}

impl Parts<'_> {
    fn buffer(&self, bytes: &[u8]) -> Buffer {
        match self.place {
            Some(Place::Device(device)) => {
                let mut shifted = vec![0; self.shift];
                shifted.extend_from_slice(bytes);
                let whole = device.upload(&[Buffer::copied_from(&shifted)]).unwrap();
                whole[0].slice(self.shift..shifted.len()).unwrap()
            }
            _ => Buffer::copied_from(bytes),
        }
    }

    fn index(&self, bytes: &[u8], kind: IndexType) -> Result<Index, ArrayError> {
        Ok(Index::try_new(self.buffer(bytes), kind)?)
    }

    fn content(&self, length: usize) -> Array {
        let content = Array::from(NumpyArray::from_vec(vec![7_u8; length]));
        match self.place {
            Some(place) => content.to_place(place).unwrap(),
            None => content,
        }
    }
}

/// What has come of it, on the host: the array and how many bytes it reaches, or the error.
fn outcome(made: Result<Array, ArrayError>) -> Result<(Array, usize), String> {
    let array = made.map_err(|error| error.to_string())?;
    let reached = array.reached_nbytes().map_err(|error| error.to_string())?;
    Ok((array.to_place(&Place::Host).unwrap(), reached))
}

#[derive(Clone, Debug)]
struct Hostile {
    blobs: [Vec<u8>; 2],
    kinds: [IndexType; 2],
    contents: [usize; 2],
    flags: [bool; 2],
    length: usize,
    class: usize,
}

fn hostile() -> impl Strategy<Value = Hostile> {
    (
        [blob(), blob()],
        [kind(), kind()],
        [0_usize..9, 0_usize..9],
        any::<[bool; 2]>(),
        0_usize..20,
        0_usize..7,
    )
        .prop_map(|(blobs, kinds, contents, flags, length, class)| Hostile {
            blobs,
            // Mostly of one kind, as lists want it.
            kinds: if length.is_multiple_of(5) {
                kinds
            } else {
                [kinds[0]; 2]
            },
            contents,
            flags,
            length,
            class,
        })
}

impl Hostile {
    fn make(&self, parts: &Parts<'_>) -> Result<Array, ArrayError> {
        let [first, second] = &self.blobs;
        let index = |which: usize| parts.index(&self.blobs[which], self.kinds[which]);
        let content = parts.content(self.contents[0]);
        let [valid_when, lsb_order] = self.flags;
        Ok(match self.class {
            0 => ListOffsetArray::try_new(index(0)?, content, NONE)?.into(),
            1 => ListArray::try_new(index(0)?, index(1)?, content, NONE)?.into(),
            2 => IndexedArray::try_new(index(0)?, content, NONE)?.into(),
            3 => IndexedOptionArray::try_new(index(0)?, content, NONE)?.into(),
            4 => ByteMaskedArray::try_new(parts.buffer(first), content, valid_when, NONE)?.into(),
            5 => BitMaskedArray::try_new(
                parts.buffer(second),
                content,
                valid_when,
                lsb_order,
                self.length,
                NONE,
            )?
            .into(),
            _ => {
                // Bytes of small numbers are good tags for the most part.
                let tags: Vec<u8> = first
                    .iter()
                    .map(|byte| byte % 4 * u8::from(*byte < 250))
                    .collect();
                let tags = if lsb_order { &tags } else { first };
                let contents = (0..=self.length % 4)
                    .map(|tag| parts.content(self.contents[tag % 2]))
                    .collect();
                UnionArray::try_new(parts.buffer(tags), index(1)?, contents, NONE)?.into()
            }
        })
    }
}

/// Whatever structure is made of, of `cases` cases: the same arrays, or the same errors.
pub(super) fn hostile_structure(device: &Place, cases: u32) {
    let input = (hostile(), 0_usize..9);
    super::of_random(cases, &input, |(hostile, shift)| {
        let here = outcome(hostile.make(&Parts { place: None, shift }));
        let place = Some(device);
        let there = outcome(hostile.make(&Parts { place, shift }));
        assert_eq!(there, here);
    });
}

/// The cases that random numbers seldom meet, one by one, with the errors in full.
pub(super) fn errors_name_the_same_places(place: &Place) {
    let bytes = |numbers: &[i64]| -> Vec<u8> {
        numbers
            .iter()
            .flat_map(|number| number.to_ne_bytes())
            .collect()
    };
    let expected = [
        (
            0,
            [vec![], vec![]],
            "needs 1 elements in this buffer, but has 0",
        ),
        (
            0,
            [vec![-1, 4], vec![]],
            "offsets begin at -1: they must not be negative",
        ),
        (0, [vec![-1], vec![]], "fine"),
        (
            0,
            [vec![0, 3, 2, 1], vec![]],
            "list 1 would begin at 3 and end at 2: offsets must not decrease",
        ),
        (
            0,
            [vec![0, 3, 8], vec![]],
            "its content needs 8 elements, but has 5",
        ),
        (
            1,
            [vec![0, 1, 4], vec![2, 1]],
            "needs 3 elements in this buffer, but has 2",
        ),
        (
            1,
            [vec![9, -3, 4], vec![9, -3, 2]],
            "list 2 begins at 4 and ends at 2",
        ),
        (
            1,
            [vec![0, -1, 4], vec![2, 1, 2]],
            "list 1 begins at -1 and ends at 1",
        ),
        (
            1,
            [vec![0, -1], vec![6, -1]],
            "its content needs 6 elements, but has 5",
        ),
        (1, [vec![-5, 7], vec![-5, 7]], "fine"),
        (
            2,
            [vec![0, i64::MAX, -2, -9], vec![]],
            "index -9 at 1 is not within a content of 9223372036854775807 elements",
        ),
        (
            2,
            [vec![4, 5, 6], vec![]],
            "index 5 at 1 is not within a content of 5 elements",
        ),
        (
            3,
            [vec![-4, 4, 7, 6], vec![]],
            "index 7 at 2 is not within a content of 5 elements",
        ),
        (
            3,
            [vec![-1, i64::MAX], vec![]],
            "index 9223372036854775807 at 1 is not within a content of 9223372036854775807 elements",
        ),
        (3, [vec![-1, i64::MIN], vec![]], "fine"),
    ];
    for (class, numbers, wanted) in expected {
        let hostile = Hostile {
            blobs: numbers.clone().map(|numbers| bytes(&numbers)),
            kinds: [IndexType::I64; 2],
            contents: [5, 5],
            flags: [true, true],
            length: 0,
            class,
        };
        for place in [None, Some(place)] {
            let made = hostile.make(&Parts { place, shift: 3 });
            let said = made.map_or_else(|error| error.to_string(), |_| "fine".to_owned());
            assert!(said.ends_with(wanted), "{numbers:?} at {place:?}: {said}");
        }
    }
    let kinds = [IndexType::I64, IndexType::I32];
    let differ = Hostile {
        blobs: [bytes(&[0]), vec![0; 4]],
        kinds,
        contents: [5, 5],
        flags: [true, true],
        length: 0,
        class: 1,
    };
    let unsigned = Hostile {
        kinds: [IndexType::U32; 2],
        class: 3,
        ..differ.clone()
    };
    for hostile in [differ, unsigned] {
        let made = |place| hostile.make(&Parts { place, shift: 0 }).unwrap_err();
        assert_eq!(made(Some(place)), made(None));
    }
}

/// A tag and a row that are wrong: which comes first.
pub(super) fn tags_and_rows_are_told_in_their_order(place: &Place) {
    for (tags, rows, wanted) in [
        (
            vec![0_u8, 9, 0],
            vec![0_i64, 0, -1],
            "tag 9 at 1 names none of the 1 contents",
        ),
        (
            vec![0, 0, 255],
            vec![0, -1, 0],
            "index -1 at 1 is not within",
        ),
        (vec![0, 255, 0], vec![0, -1, 0], "tag -1 at 1 names none"),
        (
            vec![0, 0, 0],
            vec![0, 2, 5],
            "its content needs 6 elements, but has 3",
        ),
    ] {
        let make = |place: Option<&Place>| {
            let parts = Parts { place, shift: 0 };
            let bytes: Vec<u8> = rows.iter().flat_map(|row| row.to_ne_bytes()).collect();
            let index = parts.index(&bytes, IndexType::I64).unwrap();
            let contents = vec![parts.content(3)];
            UnionArray::try_new(parts.buffer(&tags), index, contents, NONE).unwrap_err()
        };
        let error = make(None);
        assert!(error.to_string().contains(wanted), "{error}");
        assert_eq!(make(Some(place)), error);
    }
}
