//! Views against the simplest model there is: a list of positions.

use proptest::prelude::*;

use super::super::*;

/// A view and, for each element in row-major order, the byte it should be. (`u16`, so that elements have a
/// size, and positions of bytes and of elements are told apart.)
#[derive(Clone, Debug)]
struct Modelled {
    view: NdBuffer,
    shape: Vec<usize>,
    values: Vec<u16>,
}

#[derive(Clone, Debug)]
enum Step {
    Slice(usize, Option<isize>, Option<isize>, isize),
    At(usize, usize),
    Transpose(Vec<usize>),
    Reshape(usize),
    Squeeze,
    Swap,
    Fortran,
}

fn start() -> impl Strategy<Value = Modelled> {
    prop::collection::vec(0..5_usize, 0..4).prop_map(|shape| {
        let size: usize = shape.iter().product();
        let values: Vec<u16> = (0..size).map(|i| u16::try_from(i * 7).unwrap()).collect();
        let view = NdBuffer::from_vec(values.clone(), &shape).unwrap();
        Modelled {
            view,
            shape,
            values,
        }
    })
}

fn step() -> impl Strategy<Value = Step> {
    let end = || prop::option::of(-7..7_isize);
    prop_oneof![
        (
            0..4_usize,
            end(),
            end(),
            prop_oneof![1..4_isize, -3..0_isize]
        )
            .prop_map(|(axis, start, stop, step)| Step::Slice(axis, start, stop, step)),
        (0..4_usize, 0..5_usize).prop_map(|(axis, at)| Step::At(axis, at)),
        Just((0..8).collect::<Vec<usize>>())
            .prop_shuffle()
            .prop_map(Step::Transpose),
        (0..8_usize).prop_map(Step::Reshape),
        Just(Step::Squeeze),
        Just(Step::Swap),
        Just(Step::Fortran),
    ]
}

/// Python's `range(*slice(start, stop, step).indices(len))`, one index after another.
fn indices(len: usize, start: Option<isize>, stop: Option<isize>, step: isize) -> Vec<usize> {
    let signed = len.cast_signed();
    let from_end = |i: isize| if i < 0 { i + signed } else { i };
    let first = match start {
        Some(start) if step > 0 => from_end(start).max(0),
        Some(start) => from_end(start).min(signed - 1),
        None if step > 0 => 0,
        None => signed - 1,
    };
    let mut at = first;
    let mut taken = Vec::new();
    loop {
        let before_stop = match stop {
            None => true,
            Some(stop) if step > 0 => at < from_end(stop),
            Some(stop) => at > from_end(stop),
        };
        if !(0..signed).contains(&at) || !before_stop {
            return taken;
        }
        taken.push(at.cast_unsigned());
        at += step;
    }
}

/// Every index of a shape, in row-major order.
fn all_indices(shape: &[usize]) -> Vec<Vec<usize>> {
    let mut all = vec![vec![]];
    for len in shape {
        all = all
            .into_iter()
            .flat_map(|index| (0..*len).map(move |i| [index.clone(), vec![i]].concat()))
            .collect();
    }
    all
}

impl Modelled {
    fn at(&self, index: &[usize]) -> u16 {
        let mut flat = 0;
        for (i, len) in index.iter().zip(&self.shape) {
            flat = flat * len + i;
        }
        self.values[flat]
    }

    /// Takes `keep` of one axis.
    fn keep(&self, axis: usize, keep: &[usize]) -> (Vec<usize>, Vec<u16>) {
        let mut shape = self.shape.clone();
        shape[axis] = keep.len();
        let values = all_indices(&shape)
            .into_iter()
            .map(|mut index| {
                index[axis] = keep[index[axis]];
                self.at(&index)
            })
            .collect();
        (shape, values)
    }

    fn after(self, step: Step) -> Self {
        let ndim = self.shape.len();
        let picks = |axis: usize, pick: Pick| {
            let mut picks = vec![Pick::from(..); axis];
            picks.push(pick);
            picks
        };
        match step {
            Step::Slice(axis, start, stop, step) if axis < ndim => {
                let keep = indices(self.shape[axis], start, stop, step);
                let (shape, values) = self.keep(axis, &keep);
                let picks = picks(axis, Slice::new(start, stop, step).into());
                Self {
                    view: self.view.slice(&picks).unwrap(),
                    shape,
                    values,
                }
            }
            Step::At(axis, at) if axis < ndim => {
                let pick = Pick::At(at.cast_signed());
                if at >= self.shape[axis] {
                    assert!(self.view.slice(&picks(axis, pick)).is_err());
                    return self;
                }
                let (mut shape, values) = self.keep(axis, &[at]);
                shape.remove(axis);
                Self {
                    view: self.view.slice(&picks(axis, pick)).unwrap(),
                    shape,
                    values,
                }
            }
            Step::Transpose(order) => {
                let axes: Vec<_> = order.into_iter().filter(|axis| *axis < ndim).collect();
                let shape: Vec<_> = axes.iter().map(|axis| self.shape[*axis]).collect();
                let values = all_indices(&shape)
                    .into_iter()
                    .map(|index| {
                        let mut old = vec![0; ndim];
                        for (i, axis) in index.iter().zip(&axes) {
                            old[*axis] = *i;
                        }
                        self.at(&old)
                    })
                    .collect();
                Self {
                    view: self.view.transpose(&axes).unwrap(),
                    shape,
                    values,
                }
            }
            Step::Reshape(way) => {
                let size = self.values.len();
                let mut shape = match way {
                    0 => vec![size],
                    way if size.is_multiple_of(way) => vec![1, way, size / way],
                    _ => return self,
                };
                if way % 2 == 0 {
                    shape.reverse();
                }
                let asked: Vec<_> = shape.iter().map(|len| len.cast_signed()).collect();
                Self {
                    view: self.view.reshape(&asked).unwrap(),
                    shape,
                    values: self.values,
                }
            }
            Step::Squeeze => Self {
                view: self.view.squeeze(),
                shape: self.shape.into_iter().filter(|len| *len != 1).collect(),
                values: self.values,
            },
            Step::Swap => {
                let other = match self.view.byteorder() {
                    ByteOrder::Little => ByteOrder::Big,
                    ByteOrder::Big => ByteOrder::Little,
                };
                Self {
                    view: self.view.to_byteorder(other).unwrap(),
                    ..self
                }
            }
            Step::Fortran => {
                let view = self.view.to_contiguous(MemoryOrder::F).unwrap();
                assert!(view.is_contiguous(MemoryOrder::F));
                Self { view, ..self }
            }
            Step::Slice(..) | Step::At(..) => self,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        // No files are read or written, so that Miri can run this; it is slow there.
        failure_persistence: None,
        cases: if cfg!(miri) { 8 } else { 512 },
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_chain_of_views_shows_what_the_model_does(
        start in start(),
        steps in prop::collection::vec(step(), 0..8),
    ) {
        let end = steps.into_iter().fold(start, Modelled::after);
        prop_assert_eq!(end.view.shape(), &*end.shape);
        prop_assert_eq!(&*end.view.typed::<u16>().unwrap(), &*end.values);
        let scalars: Vec<_> = end.view.scalars().unwrap().collect();
        let expected: Vec<_> = end.values.iter().map(|v| Scalar::UInt16(*v)).collect();
        prop_assert_eq!(scalars, expected);
        for index in all_indices(&end.shape) {
            prop_assert_eq!(end.view.get(&index).unwrap(), Scalar::UInt16(end.at(&index)));
        }
        // Whatever made it, its strides pass the check that strides from outside must pass.
        let again = NdBuffer::strided(
            end.view.buffer().clone(),
            end.view.dtype(),
            end.view.byteorder(),
            end.view.shape(),
            end.view.strides(),
            end.view.offset(),
        );
        prop_assert!(again.unwrap().all_equal(&end.view, false).unwrap());
        #[cfg(feature = "ndarray")]
        if end.view.byteorder().is_native() {
            let view = end.view.ndarray::<u16>().unwrap();
            prop_assert_eq!(view.shape(), &*end.shape);
            prop_assert!(view.iter().eq(&end.values));
            let owned = NdBuffer::from_ndarray(view.to_owned()).unwrap();
            prop_assert!(owned.all_equal(&end.view, false).unwrap());
            let copied = NdBuffer::copied_from_ndarray(&view).unwrap();
            prop_assert!(copied.all_equal(&end.view, false).unwrap());
        }
    }

    #[test]
    fn strides_from_outside_are_refused_or_readable(
        len in 0..40_usize,
        axes in prop::collection::vec((0..5_usize, -20..20_isize), 0..4),
        offset in 0..45_usize,
    ) {
        let (shape, strides): (Vec<_>, Vec<_>) = axes.into_iter().unzip();
        let buffer = Buffer::from_vec((0..len).map(|i| u8::try_from(i).unwrap()).collect::<Vec<_>>());
        let positions: Vec<isize> = all_indices(&shape)
            .iter()
            .map(|index| {
                let steps = index.iter().zip(&strides).map(|(i, s)| i.cast_signed() * s);
                offset.cast_signed() + steps.sum::<isize>()
            })
            .collect();
        let inside = |p: &isize| *p >= 0 && *p + 2 <= len.cast_signed();
        let fits = offset <= len && positions.iter().all(inside);
        let view = NdBuffer::strided(buffer, DType::UInt16, ByteOrder::Big, &shape, &strides, offset);
        prop_assert_eq!(view.is_ok(), fits);
        if let Ok(view) = view {
            let expected: Vec<_> = positions
                .iter()
                .map(|p| {
                    let p = u8::try_from(*p).unwrap();
                    Scalar::UInt16(u16::from_be_bytes([p, p + 1]))
                })
                .collect();
            prop_assert_eq!(view.scalars().unwrap().collect::<Vec<_>>(), expected.clone());
            let copied = view.copy().unwrap();
            prop_assert_eq!(copied.scalars().unwrap().collect::<Vec<_>>(), expected);
        }
    }
}
