//! Writing a file under a name of its own, until it is all there.

use std::fs::{File, FileTimes};
use std::io::{self, Write};
use std::path::Path;
use std::time::SystemTime;

use tempfile::{Builder, NamedTempFile};

use crate::names::RESERVED_PREFIX;

/// A new file in `folder` that goes away unless it is given the name that it is meant for.
pub(crate) fn draft(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = Builder::new();
    let prefix = format!("{RESERVED_PREFIX}tmp-");
    builder.prefix(&prefix).rand_bytes(12);
    #[cfg(unix)]
    // As for any new file, and not the owner alone: other people read these.
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

/// Writes all of a draft, dated not before `not_before`.
pub(crate) fn fill(mut draft: &File, bytes: &[u8], not_before: SystemTime) -> io::Result<()> {
    draft.write_all(bytes)?;
    // A time of its own tells this file from any other that had the name: the kernel's clock ticks too
    // slowly for that. Where it cannot be set, the kernel's will have to do.
    let _ = draft.set_times(FileTimes::new().set_modified(SystemTime::now().max(not_before)));
    Ok(())
}
