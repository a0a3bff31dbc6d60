//! [`Program`]: a source of kernels with the element types that it is compiled for.

use gawky_buffer::DType;

/// A source of kernels and what it is compiled for: one small module on the device, made when it is first needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Program {
    Fill,
    Numbers,
    Masks,
    Scan,
    Flagged,
    Lists,
    First,
    Ticks,
    /// Parts of 2, 4, 8 or 16 bytes.
    Swap(Unit),
    Strided(Unit),
    Gather(Unit),
    Cast(Conversion),
    Compare(Comparison),
}

/// What is moved in one go, of 1, 2, 4, 8 or 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Unit(u8);

impl Unit {
    const WIDEST: u64 = 16;

    /// The widest that all of `numbers` are multiples of, which 0 always is.
    pub(crate) fn dividing(numbers: impl IntoIterator<Item = u64>) -> Self {
        let all = numbers.into_iter().fold(Self::WIDEST, |all, n| all | n);
        Self(1 << all.trailing_zeros())
    }

    pub(crate) fn bytes(self) -> usize {
        usize::from(self.0)
    }
}

/// A conversion of elements that is the same for each, one of the table in `cast.cu`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Conversion {
    from: Real,
    to: Real,
    pair: Pair,
}

/// Which side of a conversion has a real and an imaginary part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Pair {
    Neither,
    From,
    To,
}

/// A dtype that kernels convert, or the part of one, by its name in `cast.cu`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Real {
    name: &'static str,
    bytes: usize,
}

impl Real {
    /// `None` for x86's extended floats, which no GPU knows.
    fn of(dtype: DType) -> Option<Self> {
        let (name, bytes) = match dtype {
            DType::Bool => ("BOOL", 1),
            DType::Int8 => ("I8", 1),
            DType::Int16 => ("I16", 2),
            DType::Int32 => ("I32", 4),
            DType::Int64 => ("I64", 8),
            DType::UInt8 => ("U8", 1),
            DType::UInt16 => ("U16", 2),
            DType::UInt32 => ("U32", 4),
            DType::UInt64 => ("U64", 8),
            DType::Float16 => ("F16", 2),
            DType::Float32 | DType::Complex64 => ("F32", 4),
            DType::Float64 | DType::Complex128 => ("F64", 8),
            DType::DateTime64(_) | DType::TimeDelta64(_) => ("TICKS", 8),
            DType::Float128 | DType::Complex256 => return None,
        };
        Some(Self { name, bytes })
    }
}

impl Conversion {
    /// The conversion between two dtypes of which the host has one, and the elements it sees for one of `from`; `None`
    /// where no kernel does it. Of complex numbers both parts are elements, where both sides are complex.
    pub(crate) fn between(from: DType, to: DType) -> Option<(Self, usize)> {
        let (pair, each) = match (is_complex(from), is_complex(to)) {
            (true, true) => (Pair::Neither, 2),
            (true, false) => (Pair::From, 1),
            (false, true) => (Pair::To, 1),
            (false, false) => (Pair::Neither, 1),
        };
        let (from, to) = (Real::of(from)?, Real::of(to)?);
        Some((Self { from, to, pair }, each))
    }

    fn bytes(self) -> (usize, usize) {
        match self.pair {
            Pair::Neither => (self.from.bytes, self.to.bytes),
            Pair::From => (self.from.bytes * 2, self.to.bytes),
            Pair::To => (self.from.bytes, self.to.bytes * 2),
        }
    }

    /// How many elements are converted in one go, and to which multiple of bytes they must be aligned for it.
    pub(crate) fn pack(self) -> (usize, usize) {
        let (from, to) = self.bytes();
        let pack = 16 / from.max(to);
        (pack, pack * from)
    }
}

/// What `compare.cu` compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Comparison {
    kind: &'static str,
    bytes: usize,
    parts: usize,
}

impl Comparison {
    pub(crate) fn of(dtype: DType) -> Self {
        let kind = match dtype {
            DType::Bool => "BOOL",
            DType::DateTime64(_) | DType::TimeDelta64(_) => "TICKS",
            DType::Float16 => "F16",
            DType::Float32 | DType::Complex64 => "F32",
            DType::Float64 | DType::Complex128 => "F64",
            DType::Float128 | DType::Complex256 => "F128",
            DType::Int8
            | DType::Int16
            | DType::Int32
            | DType::Int64
            | DType::UInt8
            | DType::UInt16
            | DType::UInt32
            | DType::UInt64 => return Self::BYTES,
        };
        Self {
            kind,
            bytes: dtype.itemsize(),
            parts: if is_complex(dtype) { 2 } else { 1 },
        }
    }

    /// Integers, which are equal where their bytes are.
    const BYTES: Self = Self {
        kind: "BYTES",
        bytes: 1,
        parts: 1,
    };

    /// Bytes per element that is compared.
    pub(crate) fn bytes(self) -> usize {
        self.bytes
    }

    /// How many elements are compared in one go, and to which multiple of bytes they must be aligned for it.
    pub(crate) fn pack(self) -> (usize, usize) {
        let pack = (16 / self.bytes).max(1);
        (pack, pack * self.bytes)
    }
}

fn is_complex(dtype: DType) -> bool {
    dtype.itemsize() != dtype.partsize()
}

/// A source by its name.
macro_rules! source {
    ($name:literal) => {
        include_str!(concat!("../../kernels/", $name))
    };
}

impl Program {
    /// The name of its source, which the compiler's messages tell.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Fill => "fill.cu",
            Self::Numbers => "numbers.cu",
            Self::Masks => "masks.cu",
            Self::Scan => "scan.cu",
            Self::Flagged => "flagged.cu",
            Self::Lists => "lists.cu",
            Self::First => "first.cu",
            Self::Ticks => "ticks.cu",
            Self::Swap(_) => "swap.cu",
            Self::Strided(_) => "strided.cu",
            Self::Gather(_) => "gather.cu",
            Self::Cast(_) => "cast.cu",
            Self::Compare(_) => "compare.cu",
        }
    }

    /// The source with all that stands in front of it.
    pub(crate) fn text(self) -> String {
        const DEVICE: &str = source!("device.h");
        const UNIT: &str = source!("unit.h");
        const BLOCK: &str = source!("block.h");
        match self {
            Self::Fill => [DEVICE, source!("fill.cu")].concat(),
            Self::Numbers => [DEVICE, source!("numbers.cu")].concat(),
            Self::Masks => [DEVICE, source!("masks.cu")].concat(),
            Self::Scan => [DEVICE, BLOCK, source!("scan.cu")].concat(),
            Self::Flagged => [DEVICE, BLOCK, source!("flagged.cu")].concat(),
            Self::Lists => [DEVICE, source!("lists.cu")].concat(),
            Self::First => [DEVICE, BLOCK, source!("first.cu")].concat(),
            Self::Ticks => [DEVICE, source!("ticks.cu")].concat(),
            Self::Swap(_) => [DEVICE, UNIT, source!("swap.cu")].concat(),
            Self::Strided(_) => [DEVICE, UNIT, source!("strided.cu")].concat(),
            Self::Gather(_) => [DEVICE, UNIT, source!("gather.cu")].concat(),
            Self::Cast(_) => [DEVICE, source!("floats.h"), source!("cast.cu")].concat(),
            Self::Compare(_) => [DEVICE, source!("compare.cu")].concat(),
        }
    }

    /// The macros that it is compiled with, as options of the compiler.
    pub(crate) fn macros(self) -> Vec<String> {
        match self {
            Self::Swap(unit) | Self::Strided(unit) | Self::Gather(unit) => {
                vec![format!("-DBYTES={}", unit.bytes())]
            }
            Self::Cast(conversion) => {
                let ((from, to), (pack, _)) = (conversion.bytes(), conversion.pack());
                let mut macros = vec![
                    format!("-DFROM={}", conversion.from.name),
                    format!("-DTO={}", conversion.to.name),
                    format!("-DPACK={pack}"),
                    format!("-DFROM_WORD={}", pack * from),
                    format!("-DTO_WORD={}", pack * to),
                ];
                match conversion.pair {
                    Pair::Neither => {}
                    Pair::From => macros.push("-DPAIR_FROM".to_owned()),
                    Pair::To => macros.push("-DPAIR_TO".to_owned()),
                }
                macros
            }
            Self::Compare(comparison) => vec![
                format!("-DKIND=KIND_{}", comparison.kind),
                format!("-DPARTS={}", comparison.parts),
                format!("-DPACK={}", comparison.pack().0),
            ],
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
impl Program {
    /// All that are ever compiled.
    pub(crate) fn all() -> Vec<Self> {
        let mut all = vec![
            Self::Fill,
            Self::Numbers,
            Self::Masks,
            Self::Scan,
            Self::Flagged,
            Self::Lists,
            Self::First,
            Self::Ticks,
        ];
        for unit in [1, 2, 4, 8, 16].map(Unit) {
            all.extend([Self::Strided(unit), Self::Gather(unit)]);
            if unit.bytes() > 1 {
                all.push(Self::Swap(unit));
            }
        }
        let tick = gawky_buffer::TimeUnit::from(gawky_buffer::Unit::Second);
        let mut dtypes = DType::TIMELESS.to_vec();
        dtypes.push(DType::DateTime64(tick));
        for &from in &dtypes {
            all.push(Self::Compare(Comparison::of(from)));
            for &to in &dtypes {
                if (from != to || from == DType::Bool) && super::casting::known(from, to).is_ok() {
                    all.extend(
                        Conversion::between(from, to).map(|(conversion, _)| Self::Cast(conversion)),
                    );
                }
            }
        }
        let mut seen = std::collections::HashSet::new();
        all.retain(|program| seen.insert(*program));
        all
    }
}
