//! Writing a file under a name of its own, until it is all there.

use std::ffi::OsStr;
use std::fs::{File, FileTimes};
use std::io::{self, BufWriter, Write};
use std::path::Path;
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
