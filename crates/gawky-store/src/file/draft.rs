//! Writing a file under a name of its own, until it is all there.

use std::ffi::OsStr;
use std::fs::{File, FileTimes};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use tempfile::{Builder, NamedTempFile};

use crate::names::RESERVED_PREFIX;

/// Pieces of fewer bytes are written together.
const SHARED_WRITE: usize = 64 << 10;

/// What the names of drafts begin with.
const PREFIX: &str = "tmp-";

/// Whether a file of this name is a draft.
pub(crate) fn is_draft(name: &OsStr) -> bool {
    let name = name
        .to_str()
        .and_then(|name| name.strip_prefix(RESERVED_PREFIX));
    name.is_some_and(|name| name.starts_with(PREFIX))
}

/// A new file in `folder` that goes away unless it is given the name that it is meant for.
pub(crate) fn draft(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = Builder::new();
    let prefix = format!("{RESERVED_PREFIX}{PREFIX}");
    builder.prefix(&prefix).rand_bytes(12);
    #[cfg(unix)]
    // As for any new file, and not the owner alone: other people read these.
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

/// A file of the local disk that is being written, and has its name once all of it is there; dropped before that, it goes away.
///
/// Until then it lies in the folder where it is to be, under a name of its own that begins with `.gawky-tmp-`.
///
/// ```
/// use std::io::Write;
/// use gawky_store::FileDraft;
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("rows.jsonl");
/// let draft = FileDraft::begin(&path)?;
/// draft.file().write_all(b"1\n")?;
/// assert!(!path.exists());
/// draft.keep()?;
/// assert_eq!(std::fs::read(&path)?, b"1\n");
/// // What is there is replaced only where that is said.
/// assert!(FileDraft::begin(&path)?.keep().is_err());
/// FileDraft::begin(&path)?.replace()?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "the file goes away unless it is kept"]
pub struct FileDraft {
    draft: NamedTempFile,
    path: PathBuf,
}

impl FileDraft {
    /// A new file, which is to be called so.
    ///
    /// # Errors
    /// Where none can be made in that folder, which must be there.
    pub fn begin(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        let folder = match path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        Ok(Self {
            draft: draft(folder)?,
            path: path.to_owned(),
        })
    }

    /// The file.
    #[must_use]
    pub fn file(&self) -> &File {
        self.draft.as_file()
    }

    /// Gives it its name.
    ///
    /// # Errors
    /// [`AlreadyExists`](io::ErrorKind::AlreadyExists) where something has the name, and whatever keeps it from being given.
    pub fn keep(self) -> io::Result<()> {
        let kept = self.draft.persist_noclobber(self.path);
        kept.map(drop).map_err(|error| error.error)
    }

    /// Gives it its name, which a file may have already: that is replaced at once.
    ///
    /// # Errors
    /// Whatever keeps it from being given its name.
    pub fn replace(self) -> io::Result<()> {
        let kept = self.draft.persist(self.path);
        kept.map(drop).map_err(|error| error.error)
    }
}

/// Writes all of a draft, these pieces one behind the other, dated not before `not_before`.
pub(crate) fn fill(draft: &File, pieces: &[&[u8]], not_before: SystemTime) -> io::Result<()> {
    // Small pieces share a write; large ones go past the buffer.
    let total = pieces.iter().map(|piece| piece.len());
    let total = total.fold(0, usize::saturating_add);
    let mut writer = BufWriter::with_capacity(total.min(SHARED_WRITE), draft);
    for piece in pieces {
        writer.write_all(piece)?;
    }
    writer.flush()?;
    drop(writer);
    // A time of its own tells this file from any other that had the name: the kernel's clock ticks too
    // slowly for that. Where it cannot be set, the kernel's will have to do.
    let _ = draft.set_times(FileTimes::new().set_modified(SystemTime::now().max(not_before)));
    Ok(())
}
