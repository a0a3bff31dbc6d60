//! [`Intake`]: the arrays of a file.

use std::cell::{Cell, RefCell};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::rc::Rc;

use gawky::form::Type;
use gawky::json::{Batches, FromJson, JsonError};
use gawky::{Array, DType, Form};
use indicatif::ProgressBar;

use super::rejects::Rejects;
use super::{FileKind, json};
use crate::arguments::{Import, OnError};
use crate::fault::Fault;

/// With how many bytes of buffers a batch of JSON is full.
const BATCH: usize = 16 << 20;
/// Text of so few bytes is read at once, and need not be read twice to learn what it is.
const SMALL: u64 = 16 << 20;

/// The arrays of a file, one after the other.
pub(crate) struct Intake<'i> {
    /// The form that all are to have, where it is known.
    pub(crate) form: Option<Form>,
    pub(crate) arrays: Box<dyn Iterator<Item = Result<Array, Fault>> + 'i>,
    /// Tells how many rows were left out.
    rejected: Rc<Rejected>,
}

/// Rows that are left out.
#[derive(Debug, Default)]
struct Rejected {
    count: Cell<u64>,
    file: RefCell<Option<Rejects>>,
}

impl<'i> Intake<'i> {
    /// Opens a file; `progress` goes on as it is read.
    pub(crate) fn open(import: &'i Import, progress: &'i ProgressBar) -> Result<Self, Fault> {
        let path = import.file.as_path();
        let kind = FileKind::of(path)?;
        check(import, kind)?;
        let opened = match kind {
            FileKind::Json | FileKind::JsonLines => Self::json(import, kind, progress),
            #[cfg(feature = "arrow")]
            FileKind::Parquet => Self::parquet(import, progress),
            #[cfg(feature = "arrow")]
            FileKind::Arrow | FileKind::ArrowStream => Self::ipc(import, kind, progress),
            #[cfg(not(feature = "arrow"))]
            _ => Err(super::without_arrow(path)),
        };
        opened.map_err(|fault| fault.of(&path.display().to_string()))
    }

    /// How many rows were left out, once all is read.
    pub(crate) fn finish(self) -> Result<u64, Fault> {
        drop(self.arrays);
        if let Some(file) = self.rejected.file.take() {
            file.finish()?;
        }
        Ok(self.rejected.count.get())
    }

    fn of(
        path: &'i Path,
        form: Option<Form>,
        arrays: impl Iterator<Item = Result<Array, Fault>> + 'i,
    ) -> Self {
        let arrays =
            arrays.map(|array| array.map_err(|fault| fault.of(&path.display().to_string())));
        Self {
            form,
            arrays: Box::new(arrays),
            rejected: Rc::default(),
        }
    }

    fn json(import: &'i Import, kind: FileKind, progress: &'i ProgressBar) -> Result<Self, Fault> {
        let path = import.file.as_path();
        let is_piped = path.as_os_str() == "-";
        let size = match is_piped {
            true => None,
            false => Some(file(path)?.metadata()?.len()),
        };
        let mut from = FromJson::new()
            .line_delimited(kind == FileKind::JsonLines)
            .batch_bytes(BATCH);
        let mut declared = import.schema.clone();
        if import.non_finite || declared.is_some() {
            from = from
                .nan_string(json::NAN)
                .posinf_string(json::INFINITY)
                .neginf_string(json::MINUS_INFINITY);
        }
        let is_skipping = import.on_error == OnError::Skip;
        match size {
            // What the rows are is known once all are read: the type of them all is that of the last batch.
            Some(size) if declared.is_none() && size > SMALL => {
                progress.set_length(size.saturating_mul(2));
                let reader = progress.wrap_read(file(path)?);
                declared = learned(from.batches(reader), is_skipping)?;
            }
            Some(size) => {
                progress.set_length(size);
                if declared.is_none() {
                    from = from.batch_bytes(usize::MAX);
                }
            }
            None => {}
        }
        if let Some(of) = &declared {
            if has_complex(of) {
                let [real, imaginary] = json::COMPLEX;
                from = from.complex_record_fields(real, imaginary);
            }
            from = from.schema(of)?.skip_unknown(import.skip_unknown);
        }
        let reader: Box<dyn Read> = match is_piped {
            true => Box::new(io::stdin().lock()),
            false => Box::new(file(path)?),
        };
        let rejected = Rc::new(Rejected::default());
        let mut batches = from.batches(progress.wrap_read(reader));
        if is_skipping {
            if let Some(path) = &import.rejects {
                rejected.file.replace(Some(Rejects::create(path)?));
            }
            let rejected = Rc::clone(&rejected);
            batches = batches.skip_bad(move |row| {
                rejected.count.set(rejected.count.get() + 1);
                match rejected.file.borrow_mut().as_mut() {
                    Some(file) => file.add(&row),
                    None => Ok(()),
                }
            });
        }
        let form = declared.map(|of| Form::from_type(&of)).transpose()?;
        let arrays = batches.map(|array| array.map_err(Fault::from));
        Ok(Self {
            rejected,
            ..Self::of(path, form, arrays)
        })
    }

    #[cfg(feature = "arrow")]
    fn parquet(import: &'i Import, progress: &'i ProgressBar) -> Result<Self, Fault> {
        use gawky::arrow::parquet::Reader;

        let path = import.file.as_path();
        let mut reader = Reader::new(file(path)?)?;
        if !import.select.select.is_empty() {
            reader = reader.columns(&import.select.select)?;
        }
        progress.set_length(reader.count_rows());
        let form = reader.form()?;
        let arrays = reader
            .arrays()
            .map(move |array| counted(array.map_err(Fault::from), progress));
        Ok(Self::of(path, Some(form), arrays))
    }

    #[cfg(feature = "arrow")]
    fn ipc(import: &'i Import, kind: FileKind, progress: &'i ProgressBar) -> Result<Self, Fault> {
        use gawky::arrow::FromArrow;
        use gawky::arrow::ipc::{FileReader, StreamReader};

        let path = import.file.as_path();
        let file = file(path)?;
        progress.set_length(file.metadata()?.len());
        let input = std::io::BufReader::new(progress.wrap_read(file));
        let options = FromArrow::new();
        Ok(match kind {
            FileKind::ArrowStream => {
                let reader = StreamReader::new(input, &options)?;
                Self::of(
                    path,
                    Some(reader.form()?),
                    reader.map(|array| array.map_err(Fault::from)),
                )
            }
            _ => {
                let reader = FileReader::new(input, &options)?;
                Self::of(
                    path,
                    Some(reader.form()?),
                    reader.map(|array| array.map_err(Fault::from)),
                )
            }
        })
    }
}

/// The rows of an array are read.
#[cfg(feature = "arrow")]
fn counted(array: Result<Array, Fault>, progress: &ProgressBar) -> Result<Array, Fault> {
    if let Ok(array) = &array {
        progress.inc(array.len() as u64);
    }
    array
}

fn file(path: &Path) -> Result<File, Fault> {
    File::open(path).map_err(|error| {
        let why = match error.kind() {
            io::ErrorKind::NotFound => "there is no such file: check the path".to_owned(),
            _ => format!("{error}: give a file that can be read"),
        };
        Fault::at(&path.display().to_string(), why)
    })
}

/// What all rows are.
fn learned<R: Read>(batches: Batches<'_, R>, is_skipping: bool) -> Result<Option<Type>, JsonError> {
    let batches = match is_skipping {
        true => batches.skip_bad(|_| Ok(())),
        false => batches,
    };
    let mut last = None;
    for batch in batches {
        last = Some(batch?.type_());
    }
    Ok(last)
}

fn has_complex(of: &Type) -> bool {
    let is_complex = |dtype| {
        matches!(
            dtype,
            DType::Complex64 | DType::Complex128 | DType::Complex256
        )
    };
    match of {
        Type::Numpy(numpy) => is_complex(numpy.dtype),
        of => of.contents().iter().any(has_complex),
    }
}

/// Fails for what makes no sense with such a file.
fn check(import: &Import, kind: FileKind) -> Result<(), Fault> {
    let is_json = matches!(kind, FileKind::Json | FileKind::JsonLines);
    let of_json = [
        ("--schema", import.schema.is_some()),
        ("--non-finite", import.non_finite),
        ("--skip-unknown", import.skip_unknown),
        ("--on-error skip", import.on_error == OnError::Skip),
    ];
    let wrong = of_json.iter().find(|(_, is_said)| *is_said && !is_json);
    let (option, what) = match wrong {
        Some((option, _)) => (*option, "JSON"),
        None if !import.select.select.is_empty() && kind != FileKind::Parquet => {
            ("--select", "Parquet")
        }
        None => return Ok(()),
    };
    Err(Fault::usage(format!(
        "{option} is for {what}, which {} is not: leave it out",
        import.file.display()
    )))
}
