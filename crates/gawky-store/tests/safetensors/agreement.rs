//! The crate `safetensors` and this reader take the same files, but for those of which the crate drops a part.

use std::collections::{BTreeMap, HashSet};

use gawky_store::Container;
use gawky_store::safetensors::SafeTensors;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::{assemble, bytes, numbered};

const DTYPES: [&str; 23] = [
    "BOOL",
    "F4",
    "F6_E2M3",
    "F6_E3M2",
    "U8",
    "I8",
    "F8_E5M2",
    "F8_E4M3",
    "F8_E8M0",
    "F8_E4M3FNUZ",
    "F8_E5M2FNUZ",
    "I16",
    "U16",
    "F16",
    "BF16",
    "I32",
    "U32",
    "F32",
    "C64",
    "F64",
    "I64",
    "U64",
    "f32",
];

fn bits(dtype: &str) -> u64 {
    match dtype {
        "F4" => 4,
        "F6_E2M3" | "F6_E3M2" => 6,
        "I16" | "U16" | "F16" | "BF16" => 16,
        "I32" | "U32" | "F32" => 32,
        "C64" | "F64" | "I64" | "U64" => 64,
        _ => 8,
    }
}

/// How a tensor is drawn: what is off about it, too.
#[derive(Clone, Debug)]
struct Drawn {
    name: &'static str,
    dtype: &'static str,
    shape: Vec<u64>,
    shift: i64,
    stretch: i64,
    extra: &'static str,
}

/// Mostly nothing, so that whole files are often right.
fn rarely(off: impl Strategy<Value = i64>) -> impl Strategy<Value = i64> {
    prop_oneof![30 => Just(0), 1 => off]
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let names = [
        "a",
        "b",
        "c",
        "node0-data",
        "",
        "\\u0061",
        "ä",
        "x/y",
        "../x",
        "\\\\",
        "d",
        "e",
    ];
    let length =
        prop_oneof![12 => 0..5_u64, 3 => Just(8), 1 => select(vec![1 << 31, 1 << 62, u64::MAX])];
    let extras = vec![
        "",
        "",
        "",
        "",
        ",\"extra\":[{}]",
        ",\"dtype\":\"U8\"",
        ",\"x\":",
    ];
    (
        select(names.to_vec()),
        prop_oneof![6 => select(vec!["U8", "F32", "I64", "BOOL"]), 4 => select(DTYPES.to_vec())],
        proptest::collection::vec(length, 0..4),
        rarely(-3..3_i64),
        rarely(-3..3_i64),
        select(extras),
    )
        .prop_map(|(name, dtype, shape, shift, stretch, extra)| Drawn {
            name,
            dtype,
            shape,
            shift,
            stretch,
            extra,
        })
}

/// The header that the tensors make, how many bytes it asks for, and whether a name is there twice.
fn header(tensors: &[Drawn], metadata: &str, order: &[Index]) -> (String, u64, bool) {
    let mut end = 0_u64;
    let mut members = Vec::new();
    let mut names = HashSet::new();
    let mut twice = false;
    for tensor in tensors {
        let elements = tensor
            .shape
            .iter()
            .try_fold(1_u64, |all, n| all.checked_mul(*n));
        let size = elements
            .and_then(|n| n.checked_mul(bits(tensor.dtype)))
            .unwrap_or(64)
            / 8;
        let start = end.saturating_add_signed(tensor.shift);
        let stop = start
            .saturating_add(size)
            .saturating_add_signed(tensor.stretch);
        let shape = format!("{:?}", tensor.shape);
        members.push(format!(
            r#""{}":{{"dtype":"{}","shape":{shape},"data_offsets":[{start},{stop}]{}}}"#,
            tensor.name, tensor.dtype, tensor.extra
        ));
        let name = if tensor.name == "\\u0061" {
            "a"
        } else {
            tensor.name
        };
        twice |= !names.insert(name);
        end = stop;
    }
    if !metadata.is_empty() {
        members.push(format!(r#""__metadata__":{metadata}"#));
    }
    for (at, to) in order.iter().enumerate().take(members.len()) {
        let to = to.index(members.len());
        members.swap(at, to);
    }
    (format!("{{{}}}", members.join(",")), end, twice)
}

/// Both read the file, or neither does; what they read is the same.
fn agree(file: &[u8], may_drop: bool) {
    let ours = SafeTensors::from_buffer(bytes(file));
    let theirs = ::safetensors::SafeTensors::deserialize(file);
    let (Ok(ours), Ok(theirs)) = (&ours, &theirs) else {
        assert!(ours.is_err(), "the crate refuses it: {:?}", theirs.err());
        assert!(may_drop || theirs.is_err(), "only we refuse it: {ours:?}");
        return;
    };
    let (_, metadata) = ::safetensors::SafeTensors::read_metadata(file).unwrap();
    let texts = metadata.metadata().clone().unwrap_or_default();
    let texts: BTreeMap<_, _> = texts.into_iter().collect();
    assert_eq!(&texts, ours.layer().metadata());
    assert_eq!(theirs.len(), ours.layer().len());
    for (name, tensor) in theirs.iter() {
        let range = ours.layer().range(name).unwrap();
        assert_eq!(
            &file[range.start as usize..range.end as usize],
            tensor.data()
        );
        match ours.get(name) {
            Ok(answer) => assert_eq!(answer.unwrap().bytes().unwrap(), tensor.data()),
            Err(_) => assert!(gawky_store::key::validate(name).is_err()),
        }
        if let Some(dtype) = ours.layer().dtype(name) {
            assert_eq!(dtype.itemsize() * 8, tensor.dtype().bitsize());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn on_random_headers(
        tensors in proptest::collection::vec(drawn(), 0..5),
        metadata in select(vec!["", "", "{}", "null", r#"{"form":"\"x\"","length":"3"}"#, r#"{"a":1}"#, "[]"]),
        order in proptest::collection::vec(any::<Index>(), 0..6),
        longer in rarely(-2..3_i64),
        padding in 0..9_usize,
    ) {
        let (mut header, end, twice) = header(&tensors, metadata, &order);
        header.push_str(&" ".repeat(padding));
        let len = end.min(4_000).saturating_add_signed(longer);
        let data: Vec<u8> = (0..len).map(|n| n as u8).collect();
        let file = assemble(header.as_bytes(), &data);
        agree(file.bytes().unwrap(), twice);
    }

    /// A good file with some bytes changed: no panic, and no other bytes than the crate finds.
    #[test]
    fn on_damaged_files(
        changes in proptest::collection::vec((any::<Index>(), any::<u8>(), any::<bool>()), 1..6),
        cut in prop_oneof![9 => Just(None), 1 => any::<Index>().prop_map(Some)],
    ) {
        let mut file = numbered(3, 5).bytes().unwrap().to_vec();
        for (at, byte, is_header) in changes {
            let places = if is_header { file.len() - 15 } else { file.len() };
            let at = at.index(places);
            // Digits and punctuation hurt more than letters.
            file[at] = if byte < 200 { b"0123456789[]{},:\" \\"[usize::from(byte) % 19] } else { byte };
        }
        if let Some(cut) = cut {
            file.truncate(cut.index(file.len()));
        }
        let has_odd_forms = file.windows(2).any(|pair| pair == b":[" || pair == b":{");
        agree(&file, has_odd_forms);
    }
}

/// What the random headers are made of is accepted often enough to mean something.
#[test]
fn random_headers_are_often_right() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let strategy = proptest::collection::vec(drawn(), 0..5);
    let good = (0..500).filter(|_| {
        let tensors = strategy.new_tree(&mut runner).unwrap().current();
        let (header, end, _) = header(&tensors, "", &[]);
        let data = vec![0; end.min(4_000) as usize];
        SafeTensors::from_buffer(assemble(header.as_bytes(), &data)).is_ok()
    });
    let good = good.count();
    assert!((60..400).contains(&good), "{good} of 500");
}
