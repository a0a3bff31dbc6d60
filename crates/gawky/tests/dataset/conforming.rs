//! Partitions of other layouts, and of unknown type (HARD_CASES 11).

use gawky::dataset::Packing;

use super::*;

fn read(array: &Array, form: &str) -> Array {
    array.conform_to(&form.parse().unwrap()).unwrap()
}

#[test]
fn what_fits_is_converted() {
    let container = memory();
    let mut dataset = created(&container);
    dataset.append(&lists(0)).unwrap();
    let narrow = read(
        &lists(10),
        r#"{"class": "ListArray", "starts": "i32", "stops": "i32", "content": "int32"}"#,
    );
    dataset.append(&narrow).unwrap();
    let nothing = Array::empty(
        &r#"{"class": "ListOffsetArray", "offsets": "i64", "content": {"class": "EmptyArray"}}"#
            .parse()
            .unwrap(),
    )
    .unwrap();
    dataset.append_all([&nothing, &EmptyArray.into()]).unwrap();
    assert_eq!(dataset.lengths(), [3, 3, 0, 0]);
    assert_eq!(dataset.read_partition(1).unwrap(), lists(10));
    assert_eq!(
        dataset.lazy().read().unwrap(),
        Array::concatenate(&[lists(0), lists(10)]).unwrap()
    );
}

#[test]
fn what_does_not_fit_says_in_what_they_differ() {
    let container = memory();
    let mut dataset = created(&container);
    dataset.append(&lists(0)).unwrap();
    let floats = NumpyArray::from_vec(vec![1.5]).into();
    let error = dataset.append(&floats).unwrap_err().to_string();
    assert!(error.contains("ListOffsetArray"), "{error}");
    assert_eq!(dataset.version(), 2);
}

#[test]
fn a_partition_of_unknown_type_comes_first() {
    let container = memory();
    let mut dataset = created(&container);
    dataset.append(&EmptyArray.into()).unwrap();
    assert_eq!((dataset.lengths(), dataset.version()), (&[0][..], 2));
    assert_eq!(dataset.form().type_().to_string(), "unknown");
    let floats = Array::from(NumpyArray::from_vec(vec![1.5, 2.5]));
    dataset.append(&floats).unwrap();
    assert_eq!(dataset.form().type_().to_string(), "float64");
    assert_eq!(dataset.len(), 2);
    let lazy = super::dataset(&container).lazy();
    assert_eq!(lazy.read().unwrap(), floats);
    assert_eq!(
        rows(&dataset),
        ["[1.5, 2.5]"],
        "the one without rows is gone"
    );
    all_versions_read(&dataset);
    // All at once.
    let mut dataset = created(&memory());
    dataset
        .append_all([&EmptyArray.into(), &floats, &EmptyArray.into()])
        .unwrap();
    assert_eq!(dataset.lengths(), [0, 2, 0]);
    assert_eq!(rows(&dataset), ["[]", "[1.5, 2.5]", "[]"]);
}

#[test]
fn no_partitions_and_empty_ones() {
    let form: Form = r#"{"class": "NumpyArray", "primitive": "float64"}"#
        .parse()
        .unwrap();
    let mut dataset = CreateDataset::new().form(form).create_in(memory()).unwrap();
    let lazy = dataset.lazy();
    assert_eq!(lazy.array_type().to_string(), "0 * float64");
    assert_eq!(
        lazy.read().unwrap().to_string(),
        "<Array [] type='0 * float64'>"
    );
    let two = Array::from(NumpyArray::from_vec(vec![1.5, 2.5]));
    dataset
        .append_all([&two, &two.slice(0..0).unwrap(), &two])
        .unwrap();
    assert_eq!(dataset.lengths(), [2, 0, 2]);
    let across = dataset.lazy().rows(1..3).unwrap().read().unwrap();
    assert_eq!(across.value().unwrap().to_string(), "[2.5, 1.5]");
}

#[test]
fn a_failing_partition_is_an_error_and_not_fewer_rows() {
    use gawky::store::ContainerDelete;
    let container = memory();
    let mut dataset = created(&container);
    dataset
        .append_all([&lists(0), &lists(10), &lists(20)])
        .unwrap();
    container.delete("part1-node1-data").unwrap();
    let error = dataset.lazy().read().unwrap_err().to_string();
    assert!(error.contains("part1-node1-data"), "{error}");
    assert!(dataset.read_partition(1).is_err());
    let lazy = dataset.lazy();
    assert_eq!(lazy.rows(6..9).unwrap().read().unwrap(), lists(20));
}

#[test]
fn numbers_of_partitions_reach_lazy_arrays() {
    let container = memory();
    let mut dataset = created(&container);
    dataset
        .append_all([&lists(0), &lists(10), &lists(20)])
        .unwrap();
    dataset.delete_partitions([0, 1]).unwrap();
    dataset.append(&lists(30)).unwrap();
    let lazy = super::dataset(&container).lazy();
    let expected = Array::concatenate(&[lists(20), lists(30)]).unwrap();
    assert_eq!(lazy.read().unwrap(), expected);
    let counted = lazy.partition(1).unwrap().read().unwrap();
    assert_eq!(counted, lists(30));
}

#[derive(serde::Serialize, serde::Deserialize, PartialEq, Debug, Clone)]
struct Event {
    met: f32,
    jets: Vec<Jet>,
    trigger: Option<String>,
}

#[derive(serde::Serialize, serde::Deserialize, PartialEq, Debug, Clone)]
struct Jet {
    pt: f64,
    parts: Vec<(i32, bool)>,
}

/// Events of which the first know least: what their lists would hold, and what is missing.
fn events() -> [Event; 4] {
    let jet = |pt, parts| Jet { pt, parts };
    let event = |met, jets, trigger: Option<&str>| Event {
        met,
        jets,
        trigger: trigger.map(str::to_owned),
    };
    [
        event(1.5, vec![], None),
        event(2.5, vec![jet(20.0, vec![]), jet(30.0, vec![])], None),
        event(3.5, vec![], Some("mu")),
        event(4.5, vec![jet(40.0, vec![(7, true)])], Some("e")),
    ]
}

#[test]
fn what_the_first_partitions_did_not_know_is_learned_from_later_ones() {
    for packing in [Packing::Blobs, Packing::Safetensors] {
        let container = memory();
        let create = CreateDataset::new().packing(packing);
        let mut dataset = create.create_in(Arc::clone(&container)).unwrap();
        let mut types = Vec::new();
        for event in events() {
            dataset.append(&Array::from_rows([event]).unwrap()).unwrap();
            types.push(dataset.form().type_().to_string());
        }
        assert_eq!(
            types,
            [
                "{met: float32, jets: var * unknown, trigger: ?unknown}",
                "{met: float32, jets: var * {pt: float64, parts: var * unknown}, trigger: ?unknown}",
                "{met: float32, jets: var * {pt: float64, parts: var * unknown}, trigger: ?string}",
                "{met: float32, jets: var * {pt: float64, parts: var * (int32, bool)}, trigger: ?string}",
            ]
        );
        assert_eq!(dataset.lengths(), [1; 4]);
        assert_eq!(dataset.ids(), None);

        let mut dataset = super::dataset(&container);
        let all = dataset.lazy().read().unwrap();
        assert_eq!(all.to_rows::<Event>().unwrap(), events());
        for (row, event) in (0..).zip(events()) {
            let one = dataset.lazy().rows(row..=row).unwrap().read().unwrap();
            assert_eq!(one.to_rows::<Event>().unwrap(), [event]);
        }
        let parts = dataset.lazy().field("jets.parts").unwrap().read().unwrap();
        assert_eq!(
            parts.value().unwrap().to_string(),
            "[[], [[], []], [], [[(7, True)]]]"
        );
        all_versions_read(&dataset);
        assert!(dataset.validate().faults.is_empty());
        #[cfg(feature = "checksums")]
        assert_eq!(rows(&dataset.clone().verified(true)), rows(&dataset));

        dataset.compact(4).unwrap();
        assert_eq!(dataset.lengths(), [4]);
        assert_eq!(
            dataset.lazy().read().unwrap().to_rows::<Event>().unwrap(),
            events()
        );
    }
}

#[test]
fn a_stream_learns_on_the_way() {
    for rows in [1, 2, 3, 4] {
        let container = memory();
        let mut dataset = created(&container);
        let mut writer = dataset.writer().unwrap().rows_per_partition(rows);
        for event in events() {
            writer.append_rows([event]).unwrap();
        }
        writer.finish().unwrap();
        let read = super::dataset(&container).lazy().read().unwrap();
        assert_eq!(read.to_rows::<Event>().unwrap(), events(), "{rows} rows");
    }
}

#[test]
fn who_knows_less_appends_to_what_knows_more_and_two_who_know_different_things_do_not() {
    let container = memory();
    let [first, second, third, fourth] = events();
    created(&container)
        .append(&Array::from_rows([&first]).unwrap())
        .unwrap();
    let mut learned = super::dataset(&container);
    let mut late = super::dataset(&container);
    learned
        .append(&Array::from_rows([&fourth]).unwrap())
        .unwrap();
    late.append(&Array::from_rows([&first]).unwrap()).unwrap();
    late.append(&Array::from_rows([&second]).unwrap()).unwrap();
    late.append(&Array::from_rows([&third]).unwrap()).unwrap();
    let rows = late.lazy().read().unwrap().to_rows::<Event>().unwrap();
    assert_eq!(rows, [first.clone(), fourth, first, second, third]);

    let numbers = |array: Array| Array::from(RecordArray::from_fields([("a", array)]));
    let unknown = Array::from_rows([Vec::<u8>::new()]).unwrap();
    let container = memory();
    created(&container).append(&numbers(unknown)).unwrap();
    let (mut one, mut other) = (super::dataset(&container), super::dataset(&container));
    one.append(&numbers(Array::from_rows([[1_u8].as_slice()]).unwrap()))
        .unwrap();
    let error = other
        .append(&numbers(Array::from_rows([["text"].as_slice()]).unwrap()))
        .unwrap_err();
    assert!(error.to_string().contains("string"), "{error}");
    assert_eq!(super::dataset(&container).len(), 2);
}

#[test]
fn a_writer_takes_over_what_others_have_learned() {
    #[derive(serde::Serialize, serde::Deserialize, PartialEq, Debug, Clone, Default)]
    struct Row {
        x: Vec<u8>,
        y: Vec<String>,
        z: Vec<f64>,
    }
    let row = |x: &[u8], y: &[&str], z: &[f64]| Row {
        x: x.to_vec(),
        y: y.iter().map(ToString::to_string).collect(),
        z: z.to_vec(),
    };
    for commit_every in [1, 100] {
        let container = memory();
        let append = |row: Row| {
            let array = Array::from_rows([row]).unwrap();
            super::dataset(&container).append(&array).unwrap();
        };
        created(&container);
        append(Row::default());
        let mut dataset = super::dataset(&container);
        let mut writer = dataset
            .writer()
            .unwrap()
            .rows_per_partition(1)
            .commit_every(commit_every);
        append(row(&[1], &[], &[]));
        append(row(&[], &["a"], &[]));
        writer.append_rows([Row::default()]).unwrap();
        writer.append_rows([row(&[2], &["b"], &[])]).unwrap();
        // What it learns by itself, it does beside what others know.
        writer.append_rows([row(&[], &[], &[1.5])]).unwrap();
        writer.append_rows([row(&[3], &["c"], &[2.5])]).unwrap();
        writer.finish().unwrap();
        let read = super::dataset(&container).lazy().read().unwrap();
        let rows = read.to_rows::<Row>().unwrap();
        assert_eq!(rows.len(), 7);
        assert_eq!(
            rows[4..],
            [
                row(&[2], &["b"], &[]),
                row(&[], &[], &[1.5]),
                row(&[3], &["c"], &[2.5])
            ]
        );
    }
}

#[test]
fn what_others_teach_in_the_middle_of_an_array_is_taken_over() {
    let container = memory();
    created(&container);
    let unknown = Array::from_rows(vec![Vec::<u8>::new(); 3]).unwrap();
    let known = Array::from_rows([vec![7_u8]]).unwrap();
    super::dataset(&container).append(&unknown).unwrap();
    let mut dataset = super::dataset(&container);
    let mut writer = dataset.writer().unwrap().rows_per_partition(2);
    super::dataset(&container).append(&known).unwrap();
    // Two rows are cut off, and one stays behind in the form of before.
    writer.append(&unknown).unwrap();
    writer.append(&known).unwrap();
    writer.finish().unwrap();
    let read = super::dataset(&container).lazy().read().unwrap();
    assert_eq!(
        read.value().unwrap().to_string(),
        "[[], [], [], [7], [], [], [], [7]]"
    );
}

#[test]
fn a_version_keeps_the_form_that_it_had() {
    let container = memory();
    let mut dataset = created(&container);
    for event in events() {
        dataset.append(&Array::from_rows([event]).unwrap()).unwrap();
    }
    let types: Vec<_> = (2..=5)
        .map(|version| dataset.open_at(version).unwrap().form().type_().to_string())
        .collect();
    assert_eq!(
        types[0],
        "{met: float32, jets: var * unknown, trigger: ?unknown}"
    );
    assert_eq!(types[3], dataset.form().type_().to_string());
    assert_eq!(
        types.iter().collect::<std::collections::HashSet<_>>().len(),
        4
    );
}
