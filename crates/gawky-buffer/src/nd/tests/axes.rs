//! Slicing, reshaping and turning.

use super::*;

#[test]
fn slices_are_views() {
    let table = bytes(&[4, 5]);
    let part = table
        .slice(&[(1..3).into(), Slice::new(Some(4), Some(0), -2).into()])
        .unwrap();
    assert_eq!(part.shape(), [2, 2]);
    assert_eq!(values(&part), [9, 7, 14, 12]);
    assert_eq!(part.buffer().address(), table.buffer().address());
    assert_eq!(
        values(&table.slice(&[Pick::At(-1)]).unwrap()),
        [15, 16, 17, 18, 19]
    );
    assert_eq!(
        values(&table.slice(&[(..).into(), (-1..).into()]).unwrap()),
        [4, 9, 14, 19]
    );
    assert_eq!(
        values(&table.slice(&[(..1).into()]).unwrap()),
        [0, 1, 2, 3, 4]
    );
    let none = table.slice(&[(9..99).into()]).unwrap();
    assert_eq!(none.shape(), [0, 5]);
    assert_eq!(
        none.slice(&[Slice::every(-1).into()]).unwrap().shape(),
        [0, 5]
    );
    for step in [isize::MAX, isize::MIN] {
        let one = table
            .slice(&[(..).into(), Slice::every(step).into()])
            .unwrap();
        assert_eq!(one.shape(), [4, 1]);
    }
    let message = |picks: &[Pick]| table.slice(picks).unwrap_err().to_string();
    assert_eq!(
        message(&[(..).into(), Pick::At(5)]),
        "index 5 is out of bounds for axis 1 of length 5"
    );
    assert!(table.slice(&[Pick::At(-5)]).is_err());
    assert!(table.slice(&[Pick::At(isize::MIN)]).is_err());
    assert_eq!(
        message(&[Slice::every(0).into()]),
        "the step of the slice along axis 0 is zero"
    );
    assert_eq!(
        message(&[(..).into(); 3]),
        "axis 2 does not fit 2 dimensions: there are more picks than axes"
    );
}

#[test]
fn reshaping_is_a_view_where_it_can_be() {
    let table = bytes(&[4, 6]);
    let same_memory = |array: &NdBuffer| array.buffer().address() == table.buffer().address();
    let cube = table.reshape(&[2, -1, 3]).unwrap();
    assert_eq!(cube.shape(), [2, 4, 3]);
    assert!(same_memory(&cube));
    let rows = table.slice(&[Slice::every(2).into()]).unwrap();
    let split = rows.reshape(&[2, 3, 1, 2]).unwrap();
    assert!(same_memory(&split));
    assert_eq!(values(&split), values(&rows));
    let flat = rows.reshape(&[-1]).unwrap();
    assert!(
        !same_memory(&flat),
        "a gap between rows has no single stride"
    );
    assert_eq!(values(&flat), values(&rows));
    let back = table
        .slice(&[(..).into(), Slice::every(-1).into()])
        .unwrap();
    assert!(same_memory(&back.reshape(&[2, 2, 2, 3]).unwrap()));
    assert_eq!(
        values(&table.t().reshape(&[24]).unwrap()),
        values(&table.t())
    );

    assert_eq!(
        shape_error(&table, &[5, -1]),
        "shape [4, 6] cannot become [5, -1]: no length in place of -1 fits"
    );
    assert_eq!(
        shape_error(&table, &[23]),
        "shape [4, 6] cannot become [23]: the numbers of elements differ"
    );
    assert!(shape_error(&table, &[-1, -1]).contains("at most one"));
    assert!(shape_error(&table, &[-2, 3]).contains("at most one"));
    let none = bytes(&[0, 3]);
    assert!(shape_error(&none, &[0, -1]).contains("in place of -1"));
    assert_eq!(none.reshape(&[-1, 7]).unwrap().shape(), [0, 7]);
}

#[test]
fn axes_move_and_go() {
    let cube = bytes(&[2, 3, 4]);
    let moved = cube.transpose(&[2, 0, 1]).unwrap();
    assert_eq!(moved.shape(), [4, 2, 3]);
    assert_eq!(
        moved.get(&[3, 1, 2]).unwrap(),
        cube.get(&[1, 2, 3]).unwrap()
    );
    let message = |axes: &[usize]| cube.transpose(axes).unwrap_err().to_string();
    assert_eq!(message(&[0, 1, 3]), "axis 3 does not fit 3 dimensions");
    assert!(message(&[0, 1, 1]).contains("twice"));
    assert!(message(&[0, 1]).contains("named once"));
    assert!(message(&[0, 1, 2, 2]).contains("named once"));

    let thin = bytes(&[1, 3, 1]);
    assert_eq!(thin.squeeze().shape(), [3]);
    assert_eq!(thin.squeeze_axis(2).unwrap().shape(), [1, 3]);
    assert!(
        thin.squeeze_axis(1)
            .unwrap_err()
            .to_string()
            .contains("length 1")
    );
    assert!(thin.squeeze_axis(3).is_err());
}
