//! Writing files of other programs.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use gawky::LazyArray;
use gawky::json::Layout;
use gawky::store::FileDraft;

use super::{FileKind, json_writer};
use crate::arguments::Export;
use crate::fault::Fault;
use crate::source::{AnyContainer, READ_AT_ONCE};

/// Writes an array into a file, which is there once all of it is; answers with its bytes.
pub(crate) fn write(
    array: &LazyArray<AnyContainer>,
    export: &Export,
    wrote: &dyn Fn(u64),
) -> Result<u64, Fault> {
    let path = export.file.as_path();
    let kind = FileKind::of(path)?;
    check(export, path)?;
    let unwritten = |error| Fault::at(&path.display().to_string(), error);
    let draft = FileDraft::begin(path).map_err(unwritten)?;
    match kind {
        FileKind::Json | FileKind::JsonLines => json(array, kind, draft.file(), wrote)?,
        #[cfg(feature = "arrow")]
        _ => arrow(array, kind, draft.file(), wrote)?,
        #[cfg(not(feature = "arrow"))]
        _ => return Err(super::without_arrow(path)),
    }
    let bytes = draft.file().metadata()?.len();
    match export.overwrite {
        true => draft.replace(),
        // Nor what has come to be there meanwhile.
        false => draft.keep(),
    }
    .map_err(unwritten)?;
    Ok(bytes)
}

/// Fails for what cannot be written, before anything is read.
fn check(export: &Export, path: &Path) -> Result<(), Fault> {
    let at = |why: &str| Err(Fault::at(&path.display().to_string(), why));
    match path {
        path if path.as_os_str() == "-" => {
            at("gawky cat writes JSON lines to standard output: say that, or a file")
        }
        path if path.is_dir() => at("it is a folder: give the name of a file in it"),
        path if path.exists() && !export.overwrite => {
            at("a file is there already: say --overwrite")
        }
        _ => Ok(()),
    }
}

fn json(
    array: &LazyArray<AnyContainer>,
    kind: FileKind,
    file: &File,
    wrote: &dyn Fn(u64),
) -> Result<(), Fault> {
    let layout = match kind {
        FileKind::Json => Layout::List,
        _ => Layout::Lines,
    };
    let file = BufWriter::with_capacity(1 << 20, file);
    let mut writer = json_writer(file, layout);
    for batch in array.batches_within(READ_AT_ONCE) {
        let batch = batch?;
        writer.write(&batch)?;
        wrote(batch.len() as u64);
    }
    Ok(writer.finish()?.flush()?)
}

#[cfg(feature = "arrow")]
fn arrow(
    array: &LazyArray<AnyContainer>,
    kind: FileKind,
    file: &File,
    wrote: &dyn Fn(u64),
) -> Result<(), Fault> {
    use gawky::arrow::ToArrow;
    use gawky::arrow::ipc::{Compression, FileWriter, StreamWriter};
    use gawky::arrow::parquet::Writer;

    let file = BufWriter::with_capacity(1 << 20, file);
    // All batches of a file would have to have the same categories.
    let options = ToArrow::new().categorical_as_dictionary(kind == FileKind::ArrowStream);
    macro_rules! all {
        ($writer:expr) => {{
            let mut writer = $writer;
            for batch in array.batches_within(READ_AT_ONCE) {
                let batch = batch?;
                writer.write(&batch)?;
                wrote(batch.len() as u64);
            }
            writer.finish()?.flush()?;
        }};
    }
    match kind {
        FileKind::Parquet => all!(Writer::new(file, array.form())?),
        FileKind::ArrowStream => all!(StreamWriter::new(
            file,
            array.form(),
            &options,
            Compression::Zstd
        )?),
        _ => all!(FileWriter::new(
            file,
            array.form(),
            &options,
            Compression::Zstd
        )?),
    }
    Ok(())
}
