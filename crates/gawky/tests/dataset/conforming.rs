//! Partitions of other layouts, and of unknown type (HARD_CASES 11).

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
