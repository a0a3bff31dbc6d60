//! [`Intake`]: the arrays of a file.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use gawky::form::Type;
use gawky::json::{Batches, FromJson, JsonError, JsonFault};
use gawky::{Array, DType, Form};
use indicatif::ProgressBar;

use super::rejects::Rejects;
use super::{FileKind, json};
use crate::arguments::{Decimals, Import, Maps, OnError};
use crate::fault::Fault;

/// With how many bytes of buffers a batch of JSON is full.
const BATCH: usize = 16 << 20;
/// Text of so few bytes is read at once, and need not be read twice to learn what it is.
const SMALL: u64 = 16 << 20;

/// The arrays of a file, one after the other.
pub(crate) struct Intake<'i> {
    path: &'i Path,
    /// The form that all are to have, where it is known.
    pub(crate) form: Option<Form>,
    arrays: Arrays<'i>,
}

enum Arrays<'i> {
    Json {
        batches: Box<Batches<'i, Box<dyn Read + 'i>>>,
        /// How many rows have come, where these are all that is known of those behind them.
        learned_from: Option<u64>,
    },
    #[cfg(feature = "arrow")]
    Arrow(Box<dyn Iterator<Item = Result<Array, Fault>> + 'i>),
}

impl<'i> Intake<'i> {
    /// Opens a file, whose rows are of the type `declared` where one is, and none is said; `rejects` is told of those that are left out,
    /// and `progress` goes on as it is read.
    pub(crate) fn open(
        import: &'i Import,
        declared: Option<Type>,
        rejects: Option<&'i mut Rejects>,
        progress: &'i ProgressBar,
    ) -> Result<Self, Fault> {
        let path = import.file.as_path();
        let kind = FileKind::of(path)?;
        let opened = match kind {
            FileKind::Json | FileKind::JsonLines => {
                Self::json(import, kind, declared, rejects, progress)
            }
            #[cfg(feature = "arrow")]
            FileKind::Parquet => Self::parquet(import, progress),
            #[cfg(feature = "arrow")]
            FileKind::Arrow | FileKind::ArrowStream => Self::ipc(import, kind, progress),
            #[cfg(not(feature = "arrow"))]
            _ => Err(super::without_arrow(path)),
        };
        opened.map_err(|fault| fault.of(&shown(path)))
    }

    /// How many rows were left out so far.
    pub(crate) fn skipped(&self) -> u64 {
        match &self.arrays {
            Arrays::Json { batches, .. } => batches.skipped(),
            #[cfg(feature = "arrow")]
            Arrays::Arrow(_) => 0,
        }
    }

    fn json(
        import: &'i Import,
        kind: FileKind,
        declared: Option<Type>,
        rejects: Option<&'i mut Rejects>,
        progress: &'i ProgressBar,
    ) -> Result<Self, Fault> {
        let path = import.file.as_path();
        let is_piped = path.as_os_str() == "-";
        let size = match is_piped {
            true => None,
            false => Some(file(path)?.metadata()?.len()),
        };
        let mut from = FromJson::new()
            .line_delimited(kind == FileKind::JsonLines)
            .batch_bytes(BATCH)
            .first_batch_declares(true)
            .maps(match import.maps {
                Maps::Record => gawky::rows::Maps::Records,
                Maps::Pairs => gawky::rows::Maps::Pairs,
            });
        if let Some(bytes) = import.row_bytes {
            from = from.row_bytes(usize::try_from(bytes.get()).unwrap_or(usize::MAX));
        }
        let is_known =
            |of: &Type| -> Result<bool, Fault> { Ok(!Form::from_type(of)?.has_unknown()) };
        let mut declared = match declared {
            // What is there is not changed by what is said of the file.
            Some(of) if is_known(&of)? => Some(of),
            declared => import.schema.clone().or(declared),
        };
        if import.non_finite || declared.is_some() {
            from = from
                .nan_string(json::NAN)
                .posinf_string(json::INFINITY)
                .neginf_string(json::MINUS_INFINITY);
        }
        let declaring = |from: FromJson, of: &Type| -> Result<FromJson, Fault> {
            let from = from.schema(of)?.skip_unknown(import.skip_unknown);
            let [real, imaginary] = json::COMPLEX;
            Ok(match has_complex(of) {
                true => from.complex_record_fields(real, imaginary),
                false => from,
            })
        };
        if let Some(of) = &declared {
            from = declaring(from, of)?;
        }
        let is_skipping = import.on_error == OnError::Skip;
        let all_known = declared.as_ref().map_or(Ok(false), is_known)?;
        let small = size.is_none_or(|size| size <= SMALL);
        match size {
            // What a dataset does not know yet is learned, but no unions, for which it has no place.
            Some(_) if declared.is_some() && !all_known => {
                let read = |from: &FromJson| -> Result<_, Fault> {
                    learned(from.batches(file(path)?), is_skipping).map_err(Fault::from)
                };
                let learning = from.clone().first_batch_declares(false);
                let mut of = read(&learning)?;
                if of.as_ref().map(unions) > declared.as_ref().map(unions) {
                    of = read(&from.clone().batch_rows(1))?;
                }
                if let Some(of) = of {
                    from = declaring(from, &of)?;
                    declared = Some(of);
                }
                progress.set_length(size.unwrap_or(0));
            }
            // What the rows are is known once all are read: the type of them all is that of the last batch.
            Some(size) if !all_known && !small => {
                progress.set_length(size.saturating_mul(2));
                let reader = progress.wrap_read(file(path)?);
                let learning = from.clone().first_batch_declares(false);
                if let Some(of) = learned(learning.batches(reader), is_skipping)? {
                    from = declaring(from, &of)?;
                    declared = Some(of);
                }
            }
            Some(size) => {
                progress.set_length(size);
                if declared.is_none() {
                    from = from.batch_bytes(usize::MAX);
                }
            }
            None => {}
        }
        let reader: Box<dyn Read + 'i> = match is_piped {
            true => Box::new(progress.wrap_read(io::stdin().lock())),
            false => Box::new(progress.wrap_read(file(path)?)),
        };
        let mut batches = from.batches(reader);
        if is_skipping {
            batches = match rejects {
                Some(rejects) => batches.skip_bad(move |row| rejects.add(&row)),
                None => batches.skip_bad(|_| Ok(())),
            };
        }
        Ok(Self {
            path,
            arrays: Arrays::Json {
                batches: Box::new(batches),
                learned_from: declared.is_none().then_some(0),
            },
            form: declared.map(|of| Form::from_type(&of)).transpose()?,
        })
    }

    #[cfg(feature = "arrow")]
    fn parquet(import: &'i Import, progress: &'i ProgressBar) -> Result<Self, Fault> {
        use gawky::arrow::parquet::Reader;

        use super::parquet::row_groups;

        let path = import.file.as_path();
        let mut reader = Reader::new(file(path)?)?.options(&super::from_arrow(import));
        if !import.select.select.is_empty() {
            reader = reader.columns(&import.select.select)?;
        }
        progress.set_length(reader.count_rows());
        let form = reader.form()?;
        let arrays = row_groups(reader).map(move |array| counted(array, progress));
        Ok(Self {
            path,
            form: Some(form),
            arrays: Arrays::Arrow(Box::new(arrays)),
        })
    }

    #[cfg(feature = "arrow")]
    fn ipc(import: &'i Import, kind: FileKind, progress: &'i ProgressBar) -> Result<Self, Fault> {
        use gawky::arrow::ipc::{FileReader, StreamReader};

        let path = import.file.as_path();
        progress.set_length(file(path)?.metadata()?.len());
        let open =
            || -> Result<_, Fault> { Ok(io::BufReader::new(progress.wrap_read(file(path)?))) };
        let options = super::from_arrow(import);
        macro_rules! intake {
            ($reader:expr) => {{
                let reader = $reader;
                let form = reader.form()?;
                (
                    form,
                    Box::new(reader.enumerate().map(|(batch, array)| {
                        array.map_err(|error| {
                            let error = Fault::from_arrow(&error);
                            Fault::failure(format!("record batch {batch}: {error}"))
                        })
                    })),
                )
            }};
        }
        let (form, arrays): (Form, Box<dyn Iterator<Item = _> + 'i>) = match kind {
            FileKind::ArrowStream => intake!(StreamReader::new(open()?, &options)?),
            _ if import.select.select.is_empty() => intake!(FileReader::new(open()?, &options)?),
            _ => {
                let form = FileReader::new(open()?, &options)?.form()?;
                let names = super::whole_columns(&form, &import.select.select)?;
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                intake!(FileReader::of_columns(open()?, &names, &options)?)
            }
        };
        Ok(Self {
            path,
            form: Some(form),
            arrays: Arrays::Arrow(arrays),
        })
    }

    fn following(&mut self) -> Option<Result<Array, Fault>> {
        match &mut self.arrays {
            #[cfg(feature = "arrow")]
            Arrays::Arrow(arrays) => arrays.next(),
            Arrays::Json {
                batches,
                learned_from,
            } => Some(match (batches.next()?, learned_from) {
                (Ok(array), learned_from) => {
                    if let Some(rows) = learned_from {
                        *rows += array.len() as u64;
                    }
                    Ok(array)
                }
                (Err(error), Some(rows @ 1..)) if is_unfit(&error) => Err(Fault::failure(format!(
                    "{error}; it was learned from the first {rows} rows: say by --schema what all of them are, or leave out \
                         what does not fit by --on-error skip"
                ))),
                (Err(error), _) => Err(error.into()),
            }),
        }
    }
}

impl Iterator for Intake<'_> {
    type Item = Result<Array, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.following()?;
        Some(next.map_err(|fault| fault.of(&shown(self.path))))
    }
}

/// What a file is called.
fn shown(path: &Path) -> String {
    match path.to_str() {
        Some("-") => "standard input".to_owned(),
        _ => path.display().to_string(),
    }
}

/// Whether a row is JSON, but not of the type.
fn is_unfit(error: &JsonError) -> bool {
    matches!(
        error,
        JsonError::Refused {
            fault: JsonFault::Unfit(_),
            ..
        }
    )
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

/// How many unions there are in a type.
fn unions(of: &Type) -> usize {
    let own = usize::from(matches!(of, Type::Union(_)));
    own + of.contents().iter().map(unions).sum::<usize>()
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

/// Fails for what makes no sense with such a file, before anything is opened.
pub(crate) fn check(import: &Import) -> Result<(), Fault> {
    let kind = FileKind::of(&import.file)?;
    let is_json = matches!(kind, FileKind::Json | FileKind::JsonLines);
    let is_skipping = import.on_error == OnError::Skip;
    let of_json = [
        ("--schema", import.schema.is_some()),
        ("--non-finite", import.non_finite),
        ("--skip-unknown", import.skip_unknown),
        ("--on-error skip", is_skipping),
        ("--row-bytes", import.row_bytes.is_some()),
        ("--maps", import.maps != Maps::Record),
    ];
    let has_columns = matches!(kind, FileKind::Parquet | FileKind::Arrow);
    let of_arrow = [
        ("--select", !import.select.select.is_empty(), has_columns),
        ("--decimals", import.decimals != Decimals::Refuse, !is_json),
    ];
    let of_json = of_json.map(|(option, is_said)| (option, is_said, is_json, "JSON"));
    let of_arrow = of_arrow.map(|(option, is_said, fits)| {
        let what = match option {
            "--select" => "Parquet and Arrow files",
            _ => "Parquet and Arrow",
        };
        (option, is_said, fits, what)
    });
    let mut all = of_json.into_iter().chain(of_arrow);
    if let Some((option, _, _, what)) = all.find(|(_, is_said, fits, _)| *is_said && !fits) {
        return Err(Fault::usage(format!(
            "{option} is for {what}, which {} is not: leave it out",
            import.file.display()
        )));
    }
    match import.rejects.is_some() && !is_skipping {
        true => Err(Fault::usage(
            "--rejects is for rows that are left out: say --on-error skip, too",
        )),
        false => Ok(()),
    }
}
