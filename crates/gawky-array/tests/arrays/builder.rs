//! Arrays that grow by single calls.

use gawky_array::rows::{RowsError, RowsProblem};
use gawky_array::{Array, ArrayBuilder, Nested, Nesting};
use gawky_buffer::{Complex, DType, Scalar, Unit};
use gawky_testkit::arbitrary::{arrays, is_small};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::properties::cases;

type Done = Result<(), RowsError>;

fn built(add: impl FnOnce(&mut ArrayBuilder) -> Done) -> String {
    let mut builder = ArrayBuilder::new();
    add(&mut builder).unwrap();
    shown(&builder)
}

fn shown(builder: &ArrayBuilder) -> String {
    let array = builder.snapshot().unwrap();
    let value = array.value().unwrap();
    format!("{} = {value}", array.array_type())
}

fn declared(of: &str) -> ArrayBuilder {
    ArrayBuilder::of_type(&of.parse().unwrap()).unwrap()
}

fn nesting(done: Done) -> Nesting {
    match *done.unwrap_err().problem() {
        RowsProblem::Nesting(nesting) => nesting,
        ref other => panic!("{other}"),
    }
}

/// As `ak.ArrayBuilder` of Awkward 2.14 has it.
#[test]
fn layouts_are_those_of_awkward() {
    let seconds = Unit::Second.into();
    for (expected, add) in [
        (
            "0 * unknown = []",
            (|_| Ok(())) as fn(&mut ArrayBuilder) -> Done,
        ),
        ("2 * float64 = [1.0, 2.5]", |b| {
            b.integer(1)?;
            b.real(2.5)
        }),
        ("3 * complex128 = [(1+0j), (0.5+0j), (1+2j)]", |b| {
            b.integer(1)?;
            b.real(0.5)?;
            b.complex(Complex::new(1.0, 2.0))
        }),
        (
            "2 * union[int64, complex128] = [9007199254740993, (1+2j)]",
            |b| {
                b.integer((1 << 53) + 1)?;
                b.complex(Complex::new(1.0, 2.0))
            },
        ),
        ("2 * complex128 = [(1+2j), (1+0j)]", |b| {
            b.complex(Complex::new(1.0, 2.0))?;
            b.integer(1)
        }),
        ("2 * union[bool, int64] = [True, 1]", |b| {
            b.boolean(true)?;
            b.integer(1)
        }),
        ("2 * ?int64 = [None, 1]", |b| {
            b.null()?;
            b.integer(1)
        }),
        ("1 * ?unknown = [None]", |b| b.null()),
        (
            "5 * union[?int64, ?string, ?bytes, ?bool] = [1, 'a', None, b'b', False]",
            |b| {
                b.integer(1)?;
                b.string("a")?;
                b.null()?;
                b.bytestring(b"b")?;
                b.boolean(false)
            },
        ),
        ("2 * var * ?float64 = [[1.5, None], []]", |b| {
            b.begin_list()?;
            b.real(1.5)?;
            b.null()?;
            b.end_list()?;
            b.begin_list()?;
            b.end_list()
        }),
        ("2 * (string, ?int64) = [('x', 1), ('y', None)]", |b| {
            b.begin_tuple(2)?;
            b.index(1)?;
            b.integer(1)?;
            b.index(0)?;
            b.string("x")?;
            b.end_tuple()?;
            b.begin_tuple(2)?;
            b.index(0)?;
            b.string("y")?;
            b.end_tuple()
        }),
        (
            "2 * union[(int64, int64), (int64, int64, int64)] = [(0, 1), (0, 1, 2)]",
            |b| {
                for size in [2, 3] {
                    b.begin_tuple(size)?;
                    for index in 0..size {
                        b.index(index)?;
                        b.integer(i64::try_from(index).unwrap())?;
                    }
                    b.end_tuple()?;
                }
                Ok(())
            },
        ),
        (
            "2 * {x: ?int64, y: ?float64} = [{x: 1, y: None}, {x: None, y: 1.0}]",
            |b| {
                b.begin_record()?;
                b.field("x")?;
                b.integer(1)?;
                b.end_record()?;
                b.begin_record()?;
                b.field("y")?;
                b.real(1.0)?;
                b.end_record()
            },
        ),
        ("3 * {x: ?int64} = [{x: 1}, {x: None}, {x: 2}]", |b| {
            for number in [Some(1), None, Some(2)] {
                b.begin_record()?;
                if let Some(number) = number {
                    b.field("x")?;
                    b.integer(number)?;
                }
                b.end_record()?;
            }
            Ok(())
        }),
        (
            "3 * union[A[x: int64], B[x: int64]] = [{x: 1}, {x: 1}, {x: 1}]",
            |b| {
                for name in ["A", "B", "A"] {
                    b.begin_record_called(name)?;
                    b.field("x")?;
                    b.integer(1)?;
                    b.end_record()?;
                }
                Ok(())
            },
        ),
        ("2 * A[x: int64] = [{x: 1}, {x: 2}]", |b| {
            b.begin_record_called("A")?;
            b.field("x")?;
            b.integer(1)?;
            b.end_record()?;
            b.begin_record()?;
            b.field("x")?;
            b.integer(2)?;
            b.end_record()
        }),
        ("1 * {x: ?unknown, y: int64} = [{x: None, y: 1}]", |b| {
            b.begin_record()?;
            b.field("x")?;
            b.field("y")?;
            b.integer(1)?;
            b.end_record()
        }),
        ("1 * var * union[int64, var * string] = [[1, ['x']]]", |b| {
            b.begin_list()?;
            b.integer(1)?;
            b.begin_list()?;
            b.string("x")?;
            b.end_list()?;
            b.end_list()
        }),
    ] {
        assert_eq!(built(add), expected);
    }
    let times = built(|b| {
        b.datetime(5, seconds)?;
        b.datetime(5, Unit::Day.into())?;
        b.timedelta(5, seconds)?;
        b.scalar(Scalar::DateTime64(None, seconds))
    });
    assert_eq!(
        times,
        "4 * union[datetime64[s], datetime64[D], timedelta64[s]] = \
         [1970-01-01T00:00:05, 1970-01-06, 5 seconds, NaT]"
    );
}

#[test]
fn closures_leave_nothing_open() {
    let shape = built(|b| {
        b.record(|r| {
            r.with_field("at", |at| {
                at.tuple(2, |t| {
                    t.index(0)?;
                    t.real(0.5)?;
                    t.index(1)?;
                    t.list(|l| l.integer(7))
                })
            })?;
            r.field("name")?;
            r.string("x")
        })
    });
    assert_eq!(
        shape,
        "1 * {at: (float64, var * int64), name: string} = [{at: (0.5, [7]), name: 'x'}]"
    );

    let mut builder = ArrayBuilder::new();
    builder.list(|l| l.integer(1)).unwrap();
    let before = shown(&builder);
    let left_open = builder.list(|l| {
        l.string("x")?;
        l.begin_list()?;
        l.begin_record()
    });
    assert_eq!(nesting(left_open), Nesting::LeftOpen { open: Nested::List });
    assert_eq!(shown(&builder), before);

    // What was begun outside is not ended inside, nor given up.
    builder.begin_record().unwrap();
    builder.field("x").unwrap();
    let wrong = builder.list(|l| {
        l.give_up();
        l.clear();
        l.end_list()
    });
    let wanted = Nested::List;
    assert_eq!(nesting(wrong), Nesting::NotOpen { wanted, open: None });
    let wrong = builder.with_field("y", |y| {
        y.integer(1)?;
        y.end_record()
    });
    let wanted = Nested::Record;
    assert_eq!(nesting(wrong), Nesting::NotOpen { wanted, open: None });
    assert_eq!(builder.open().collect::<Vec<_>>(), [Nested::Record]);
    builder.give_up();
    assert_eq!(shown(&builder), before);

    #[derive(Debug)]
    enum Mine {
        Rows(RowsError),
        Own,
    }
    impl From<RowsError> for Mine {
        fn from(error: RowsError) -> Self {
            Self::Rows(error)
        }
    }
    let own = builder.list(|l| {
        l.null()?;
        Err(Mine::Own)
    });
    assert!(matches!(own, Err(Mine::Own)));
    match builder.list(|l| Ok(l.end_tuple()?)) {
        Err(Mine::Rows(error)) => assert!(
            error
                .to_string()
                .starts_with("row 1: this is for an open tuple")
        ),
        other => panic!("{other:?}"),
    }
    assert_eq!(shown(&builder), before);
}

#[test]
fn wrong_calls_are_errors_and_change_nothing() {
    let mut builder = ArrayBuilder::new();
    let not_open = |wanted, open| Nesting::NotOpen { wanted, open };
    assert_eq!(nesting(builder.end_list()), not_open(Nested::List, None));
    assert_eq!(nesting(builder.field("x")), not_open(Nested::Record, None));
    assert_eq!(nesting(builder.index(0)), not_open(Nested::Tuple, None));
    builder.begin_record().unwrap();
    assert_eq!(
        nesting(builder.end_list()),
        not_open(Nested::List, Some(Nested::Record))
    );
    assert_eq!(nesting(builder.integer(1)), Nesting::NoField);
    assert_eq!(nesting(builder.begin_list()), Nesting::NoField);
    builder.field("x").unwrap();
    builder.begin_tuple(2).unwrap();
    assert_eq!(nesting(builder.null()), Nesting::NoIndex);
    assert_eq!(
        nesting(builder.index(2)),
        Nesting::NoSuchIndex { index: 2, size: 2 }
    );
    builder.index(1).unwrap();
    builder.integer(7).unwrap();
    assert_eq!(nesting(builder.integer(8)), Nesting::NoIndex);
    let error = builder.index(1).unwrap_err();
    assert_eq!(
        error.to_string(),
        "row 0, x.1: the tuple of 2 takes no element 1 now: it has no such, or has it already"
    );
    builder.end_tuple().unwrap();
    assert_eq!(nesting(builder.string("x")), Nesting::NoField);
    let error = builder.field("x").unwrap_err();
    assert_eq!(error.to_string(), "row 0, x: a field is there twice");
    builder.end_record().unwrap();
    assert_eq!(
        shown(&builder),
        "1 * {x: (?unknown, int64)} = [{x: (None, 7)}]"
    );

    let deep = (0..1000).try_for_each(|_| builder.begin_list());
    assert_eq!(nesting(deep), Nesting::TooDeep);
    builder.give_up();
    assert_eq!(
        shown(&builder),
        "1 * {x: (?unknown, int64)} = [{x: (None, 7)}]"
    );
}

#[test]
fn snapshots_are_of_what_is_complete() {
    let mut builder = ArrayBuilder::new();
    builder.integer(1).unwrap();
    builder.begin_record().unwrap();
    builder.field("x").unwrap();
    builder.begin_list().unwrap();
    builder.string("a").unwrap();
    assert_eq!((builder.len(), builder.is_empty()), (1, false));
    assert_eq!(shown(&builder), "1 * int64 = [1]");
    builder.end_list().unwrap();
    builder.end_record().unwrap();
    assert_eq!(
        shown(&builder),
        "2 * union[int64, {x: var * string}] = [1, {x: ['a']}]"
    );
    builder.clear();
    assert_eq!(shown(&builder), "0 * unknown = []");
    builder.null().unwrap();
    assert_eq!(shown(&builder), "1 * ?unknown = [None]");
}

#[test]
fn declared_types_are_kept_to() {
    let mut b = declared("{x: int8, at: 2 * float32, tags: var * ?string, p: (int8, ?bool)}");
    let whole = |b: &mut ArrayBuilder| -> Done {
        b.record(|b| {
            b.with_field("at", |b| {
                b.list(|b| {
                    b.integer(1)?;
                    b.real(0.5)
                })
            })?;
            b.with_field("x", |b| b.real(7.0))?;
            b.with_field("p", |b| {
                b.tuple(2, |b| {
                    b.index(0)?;
                    b.integer(3)
                })
            })?;
            b.with_field("tags", |b| b.list(|b| b.null()))
        })
    };
    whole(&mut b).unwrap();

    b.begin_record().unwrap();
    b.field("x").unwrap();
    let message = |done: Done| done.unwrap_err().to_string();
    assert_eq!(
        message(b.integer(300)),
        "row 1, x: 300 is no int8, the declared type"
    );
    b.integer(30).unwrap();
    assert_eq!(
        message(b.field("y")),
        "row 1, y: no field \"y\" is declared; there are x, at, tags, p"
    );
    b.field("at").unwrap();
    b.begin_list().unwrap();
    b.real(0.5).unwrap();
    assert_eq!(
        message(b.end_list()),
        "row 1, at: the list has 1 elements, and 2 * … is declared"
    );
    b.real(0.5).unwrap();
    assert_eq!(
        message(b.real(0.5)),
        "row 1, at: the list has at least 3 elements, and 2 * … is declared"
    );
    b.end_list().unwrap();
    assert_eq!(
        message(b.end_record()),
        "row 1: the field \"tags\" is not there, and its declared type var * ?string is no option"
    );
    b.field("p").unwrap();
    b.begin_tuple(2).unwrap();
    b.index(1).unwrap();
    b.boolean(true).unwrap();
    assert!(message(b.end_tuple()).starts_with("row 1, p: there are"));
    assert_eq!(
        message(b.end_list()),
        "row 1, p.1: this is for an open list, and a tuple is open"
    );
    b.index(0).unwrap();
    b.integer(-1).unwrap();
    b.end_tuple().unwrap();
    b.field("tags").unwrap();
    b.list(|b| b.string("x")).unwrap();
    b.end_record().unwrap();
    whole(&mut b).unwrap();
    b.begin_record().unwrap();
    b.field("tags").unwrap();
    b.begin_list().unwrap();
    assert_eq!(
        shown(&b),
        "3 * {x: int8, at: 2 * float32, tags: var * ?string, p: (int8, ?bool)} = \
         [{x: 7, at: [1.0, 0.5], tags: [None], p: (3, None)}, {x: 30, at: [0.5, 0.5], tags: ['x'], p: (-1, True)}, \
         {x: 7, at: [1.0, 0.5], tags: [None], p: (3, None)}]"
    );
    b.clear();
    assert_eq!(b.open().count(), 0);
    assert_eq!(
        b.finish().unwrap().array_type().to_string(),
        "0 * {x: int8, at: 2 * float32, tags: var * ?string, p: (int8, ?bool)}"
    );

    // Tuples may be lists, whose elements come in order.
    let mut b = declared("2 * int8");
    b.begin_tuple(2).unwrap();
    assert!(b.index(1).is_err());
    b.index(0).unwrap();
    b.integer(1).unwrap();
    assert!(b.end_tuple().is_err());
    b.index(1).unwrap();
    b.integer(2).unwrap();
    b.end_tuple().unwrap();
    assert_eq!(shown(&b), "1 * 2 * int8 = [[1, 2]]");
    assert!(b.begin_tuple(3).is_err());

    let mut b = declared("?Muon[pt: float64]");
    assert!(b.begin_record_called("Jet").is_err());
    b.begin_record_called("Muon").unwrap();
    b.field("pt").unwrap();
    b.scalar(Scalar::UInt8(7)).unwrap();
    b.end_record().unwrap();
    b.null().unwrap();
    assert_eq!(shown(&b), "2 * ?Muon[pt: float64] = [{pt: 7.0}, None]");
    assert_eq!(
        b.snapshot().unwrap().form().type_(),
        "?Muon[pt: float64]".parse().unwrap()
    );
}

#[test]
fn scalars_of_every_dtype_are_added_as_they_are() {
    for dtype in [
        DType::Bool,
        DType::Int8,
        DType::UInt64,
        DType::Float16,
        DType::Float128,
        DType::Complex64,
        DType::Complex256,
        DType::DateTime64(Unit::Week.into()),
    ] {
        let one = Scalar::from_bytes(dtype, &vec![0; dtype.itemsize()]).unwrap();
        let mut builder = ArrayBuilder::new();
        builder.scalar(one).unwrap();
        let Array::Numpy(numbers) = builder.finish().unwrap() else {
            panic!("{dtype:?}")
        };
        assert_eq!((numbers.dtype(), numbers.element(0)), (dtype, Some(one)));
    }
}

#[derive(Clone, Debug)]
enum Call {
    Null,
    Integer(i64),
    Text(String),
    BeginList,
    EndList,
    BeginTuple(usize),
    Index(usize),
    EndTuple,
    BeginRecord,
    Field(String),
    EndRecord,
    GiveUp,
}

fn calls() -> impl Strategy<Value = Call> {
    prop_oneof![
        Just(Call::Null),
        any::<i64>().prop_map(Call::Integer),
        "[a-c]{0,2}".prop_map(Call::Text),
        Just(Call::BeginList),
        Just(Call::EndList),
        (0_usize..3).prop_map(Call::BeginTuple),
        (0_usize..3).prop_map(Call::Index),
        Just(Call::EndTuple),
        Just(Call::BeginRecord),
        "[a-c]".prop_map(Call::Field),
        Just(Call::EndRecord),
        Just(Call::GiveUp),
    ]
}

fn make(builder: &mut ArrayBuilder, call: &Call) -> Done {
    match call {
        Call::Null => builder.null(),
        Call::Integer(value) => builder.integer(*value),
        Call::Text(text) => builder.string(text),
        Call::BeginList => builder.begin_list(),
        Call::EndList => builder.end_list(),
        Call::BeginTuple(size) => builder.begin_tuple(*size),
        Call::Index(index) => builder.index(*index),
        Call::EndTuple => builder.end_tuple(),
        Call::BeginRecord => builder.begin_record(),
        Call::Field(name) => builder.field(name),
        Call::EndRecord => builder.end_record(),
        Call::GiveUp => {
            builder.give_up();
            Ok(())
        }
    }
}

proptest! {
    #![proptest_config(cases(500))]

    /// A builder that was called wrongly in between is in the state of one that was not.
    #[test]
    fn calls_that_fail_change_nothing(
        of in proptest::option::of(proptest::sample::select(vec![
            "var * ?int64", "2 * union[int64, string, var * string]", "{a: int8, b: ?(int8, string)}", "?(var * int64, ?{a: int64})",
        ])),
        calls in vec(calls(), 0..40),
    ) {
        let begin = || of.map_or_else(ArrayBuilder::new, declared);
        let mut builder = begin();
        let taken: Vec<&Call> = calls.iter().filter(|call| make(&mut builder, call).is_ok()).collect();
        let mut again = begin();
        for call in taken {
            make(&mut again, call).unwrap();
        }
        prop_assert_eq!(builder.len(), again.len());
        prop_assert!(builder.open().eq(again.open()));
        let array = again.snapshot().unwrap();
        prop_assert_eq!(builder.snapshot().unwrap(), array.clone());
        let mut taken_over = begin();
        taken_over.extend(&array).unwrap();
        let values = taken_over.finish().unwrap();
        prop_assert!(values.equal_values(&array, true).unwrap() || array.form().has_unknown());
    }

    /// The values of any array, added one by one to a builder of its type, are the array again.
    #[test]
    fn any_array_can_be_built_again(array in arrays()) {
        let of = array.form().type_();
        if is_small(&array) && let Ok(mut builder) = ArrayBuilder::of_type(&of) && builder.extend(&array).is_ok() {
            let again = builder.finish().unwrap();
            prop_assert_eq!(again.value().unwrap().to_string(), array.value().unwrap().to_string());
            // Whatever the layout, rows are read as the same.
            if let Ok(rows) = array.to_rows::<serde_json::Value>() {
                prop_assert_eq!(again.to_rows::<serde_json::Value>().unwrap(), rows);
            }
        }
    }
}

#[test]
fn a_tuple_of_too_many_slots_is_refused_before_they_are_made() {
    let mut builder = ArrayBuilder::new();
    builder.integer(1).unwrap();
    for size in [usize::MAX, 1_000_000_000] {
        let error = builder.begin_tuple(size).unwrap_err();
        assert_eq!(
            error.to_string(),
            "row 1: a tuple has more than 65536 slots: make it a list"
        );
    }
    builder.integer(2).unwrap();
    assert_eq!(
        builder.snapshot().unwrap().to_string(),
        "<Array [1, 2] type='2 * int64'>"
    );
}
