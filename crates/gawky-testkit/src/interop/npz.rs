//! The same for blobs in archives of NumPy's.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use gawky::form::Dialect;
use gawky::store::LocalFile;
use gawky::store::npz::{Npz, NpzWriter};

use super::read::{read_blobs, read_each};
use super::write::{write_case, write_each};

/// The file that makes a folder one of an array whose blobs are in an archive.
const FILE: &str = "blobs.npz";

/// Reads every folder in `root` that has a `blobs.npz`, as [`read_all`](super::read_all) reads folders of blobs.
///
/// # Errors
/// As there.
pub fn read_npz(root: &Path, out: &mut dyn Write) -> io::Result<()> {
    let read_one = |folder: &Path| read_blobs(folder, &Npz::open_file(folder.join(FILE))?);
    read_each(root, FILE, read_one, out)
}

/// Does as [`write_all`](super::write_all), with the blobs of every case in an archive, every other one compressed.
///
/// # Errors
/// As there.
pub fn write_npz(
    golden: &Path,
    out: &Path,
    dialect: Dialect,
    complain: &mut dyn Write,
) -> io::Result<usize> {
    write_each(golden, complain, |number, case| {
        let folder = out.join(number.to_string());
        fs::create_dir_all(&folder)?;
        let writer = match number % 2 {
            0 => NpzWriter::compressed(),
            _ => NpzWriter::new(),
        };
        write_case(case, &writer, &folder, dialect)?;
        Ok(LocalFile::write(folder.join(FILE), &writer.finish()?)?)
    })
}
