//! What can be said on the command line.

use std::num::NonZeroU64;
use std::ops::Bound;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use gawky::form::Type;

const PLACES: &str = "\
PLACE is a path or a URL: s3://bucket/events, gs://, az://, https://, file:///. What it is, its name and what lies there tell:
  events.safetensors   an array in a file, as ak.to_safetensors writes it
  events.npz           the buffers of an array in an archive of NumPy's; its form comes from form.json in it, or by --form,
                       and how many rows there are from length.json or lengths.json, or by --length
  events               a dataset, where dataset.json lies in it; else blobs, where form.json and length.json lie in it

Credentials, region and endpoint come from the environment (AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL, ...), or by --option.
Exit status: 0 when all went well, 1 when not, 2 when the command line makes no sense.";

/// Looks into nested, ragged, typed data, copies it, checks it, and keeps datasets of it.
#[derive(Debug, Parser)]
#[command(name = "gawky", version, after_help = PLACES, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Inspect(Inspect),
    Show(Show),
    Report(Report),
    Cat(Cat),
    Copy(Copy),
    Import(Import),
    Export(Export),
    Explain(Explain),
    Compact(Compact),
    Validate(Validate),
    Vacuum(Vacuum),
    Versions(Versions),
    Completions(Completions),
    Man(Man),
}

/// What is read.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// Where the data is: a path or a URL
    pub(crate) place: String,

    /// The version of a dataset; the newest unless given
    #[arg(long, value_name = "VERSION")]
    pub(crate) at: Option<u64>,

    /// The form of blobs that have none beside them: a file of JSON, as ak.to_buffers returns it
    #[arg(long, value_name = "FILE")]
    pub(crate) form: Option<PathBuf>,

    /// How many rows there are, for blobs that have no length.json beside them; of partitions those of each: 500,500,421
    #[arg(long, value_name = "ROWS", value_delimiter = ',')]
    pub(crate) length: Vec<u64>,

    /// The number of the first partition, where blobs are not counted from 0
    #[arg(long, value_name = "N")]
    pub(crate) partition_start: Option<u64>,

    /// What the blobs are called, where it is not {form_key}-{attribute}, of partitions part{partition}-{form_key}-{attribute}
    #[arg(long, value_name = "TEMPLATE")]
    pub(crate) key_format: Option<String>,

    #[command(flatten)]
    pub(crate) options: Options,
}

/// How a store is spoken to.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// An option of the object store, such as skip_signature=true or endpoint=http://127.0.0.1:9000
    #[arg(long = "option", value_name = "NAME=VALUE", value_parser = option)]
    pub(crate) options: Vec<(String, String)>,
}

/// Which fields.
#[derive(Debug, Args)]
pub(crate) struct Select {
    /// Only these fields: muon.pt, 'Jet_*', 'muon.{pt,eta}'; may be repeated; a letter of a name out of .*?[]{} is said by ?
    #[arg(long, value_name = "PATTERN")]
    pub(crate) select: Vec<String>,
}

/// Which rows.
#[derive(Debug, Args)]
pub(crate) struct Rows {
    /// Only these rows: 100..200, 100.., ..200
    #[arg(long, value_name = "A..B", value_parser = rows)]
    pub(crate) rows: Option<(Bound<u64>, Bound<u64>)>,
}

/// Tells what there is: type, rows, partitions, and the form as a tree with the bytes of each node.
///
/// Only sizes are asked, no data is read. Where there are very many blobs, the sizes of the first partitions are asked, and it is said
/// of how many.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gawky inspect events
  gawky inspect events --select 'muon.*' --exact
  gawky inspect events.safetensors --json
  gawky inspect buffers.npz --form form.json --length 3
  gawky inspect s3://bucket/events --option skip_signature=true")]
pub(crate) struct Inspect {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) select: Select,
    /// Show all fields of wide records, and ask the sizes of all blobs, however many
    #[arg(long)]
    pub(crate) all: bool,
    /// Show bytes to the byte
    #[arg(long)]
    pub(crate) exact: bool,
    /// Write JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Shows the first and the last rows, as many as fit.
///
/// Each row is a line, and what does not fit into it becomes "...", as ak.Array.show has it. Only the rows that are shown are read.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gawky show events
  gawky show events --select muon.pt --limit-rows 6
  gawky show events.safetensors --type --precision 8
  gawky show events --rows 3..6 --limit-cols 40")]
pub(crate) struct Show {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) select: Select,
    #[command(flatten)]
    pub(crate) rows: Rows,
    /// Show the type, too
    #[arg(long = "type")]
    pub(crate) with_type: bool,
    /// How many rows are shown at most
    #[arg(long, value_name = "N", default_value = "20", value_parser = not_zero)]
    pub(crate) limit_rows: NonZeroU64,
    /// How many characters a line has at most; as many as the terminal shows unless given, or 80
    #[arg(long, value_name = "N", value_parser = not_zero)]
    pub(crate) limit_cols: Option<NonZeroU64>,
    /// How many digits numbers that are no integers are shown with
    #[arg(long, value_name = "N", default_value = "3", value_parser = not_zero)]
    pub(crate) precision: NonZeroU64,
}

/// Makes a page of HTML: the bytes of each field as boxes, rows of partitions, and how lengths and values are spread.
///
/// The page is one file that needs nothing else, and is written when all is known; what is there already is replaced. All that is
/// wanted is read, in batches, so that memory stays bounded: of much data choose fields or rows.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gawky report events -o report.html
  gawky report events.safetensors --select 'muon.*' --rows ..8 -o muons.html --quiet")]
pub(crate) struct Report {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) select: Select,
    #[command(flatten)]
    pub(crate) rows: Rows,
    /// The file to write
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// No progress, and no word about what was written
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// Writes rows as JSON, one a line.
///
/// Rows are read in batches, so that memory stays bounded, and no more than is wanted. What JSON has no words for: NaN is "nan", the
/// infinities are "inf" and "-inf", a complex number is {"real": ..., "imag": ...}, and bytes are Base64.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gawky cat events --rows ..3
  gawky cat events --select run --select muon.pt --rows 3..6
  gawky cat events --format json > rows.json
  gawky cat events.safetensors | head -n 2")]
pub(crate) struct Cat {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) select: Select,
    #[command(flatten)]
    pub(crate) rows: Rows,
    /// How
    #[arg(long, value_enum, default_value_t = Format::Jsonl)]
    pub(crate) format: Format,
    /// Prove what is read of a dataset by its checksums; partitions are then read whole
    #[arg(long)]
    pub(crate) verify: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// One list
    Json,
    /// A row a line
    Jsonl,
}

/// Copies an array from any place to any other, in any packing.
///
/// DST is a safetensors file or an archive of NumPy's where its name ends so; else a dataset, or blobs with --to blobs. Datasets and
/// blobs are written partition by partition, so that memory stays bounded; a file holds one array, which is put together in memory.
/// What is read of a dataset is proved by its checksums, so that damage does not come to have new ones.
///
/// What is there already is not touched unless --append or --overwrite is given. A dataset that is overwritten keeps its versions;
/// new datasets and blobs go to a place that is empty or new.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gawky copy events events.safetensors
  gawky copy events small --select 'muon.{pt,eta}' --rows ..5
  gawky copy events.safetensors packed --packing safetensors --rows-per-partition 4
  gawky copy events folder --to blobs
  gawky copy day2.safetensors events --append
  gawky copy events s3://bucket/events --quiet")]
pub(crate) struct Copy {
    /// What is copied: a path or a URL
    #[command(flatten)]
    pub(crate) source: Place,
    /// Where to: a path or a URL
    #[arg(value_name = "DST")]
    pub(crate) target: String,
    #[command(flatten)]
    pub(crate) select: Select,
    #[command(flatten)]
    pub(crate) rows: Rows,
    /// What DST becomes; unless given, its name tells
    #[arg(long, value_enum)]
    pub(crate) to: Option<Kind>,
    #[command(flatten)]
    pub(crate) dataset: DatasetOptions,
    /// Do not prove what is read of a dataset by its checksums; large partitions are then read in pieces
    #[arg(long)]
    pub(crate) no_verify: bool,
    /// No progress, and no word about what was written
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// How a dataset is written.
#[derive(Debug, Args)]
pub(crate) struct DatasetOptions {
    /// In what the partitions of a dataset lie
    #[arg(long, value_enum)]
    pub(crate) packing: Option<Packing>,
    /// How many rows a partition has at most
    #[arg(long, value_name = "N", value_parser = not_zero)]
    pub(crate) rows_per_partition: Option<NonZeroU64>,
    /// How many bytes a partition has, about; unless given 128 MiB, and 32 MiB of an import
    #[arg(long, value_name = "N", value_parser = not_zero)]
    pub(crate) bytes_per_partition: Option<NonZeroU64>,
    /// Add to the dataset that is there
    #[arg(long, conflicts_with = "overwrite")]
    pub(crate) append: bool,
    /// Replace the dataset or the file that is there
    #[arg(long)]
    pub(crate) overwrite: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    Dataset,
    Blobs,
    Safetensors,
    Npz,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Packing {
    /// A blob for each buffer of each partition
    Blobs,
    /// A file for each partition
    Safetensors,
}

impl Packing {
    /// What the library calls it.
    pub(crate) fn of_dataset(self) -> gawky::dataset::Packing {
        match self {
            Self::Blobs => gawky::dataset::Packing::Blobs,
            Self::Safetensors => gawky::dataset::Packing::Safetensors,
        }
    }
}

/// Reads a file of another program into a dataset: Parquet, Arrow (Feather), JSON.
///
/// What the file is its name tells: .parquet, .arrow or .feather, .arrows (a stream), .json, .jsonl or .ndjson; - is JSON lines on standard
/// input. It is read piece by piece, so that memory stays bounded. What the rows of JSON are is learned from all of them, for which a file
/// of more than 16 MiB is read twice; --schema says it beforehand, as standard input needs it where later rows are other than the first.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gawky import events.parquet imported
  gawky import events.jsonl from-json --schema '{run: int64, muon: var * {pt: float32, charge: int8}}'
  gawky import events.jsonl skipping --on-error skip --rejects rejects.jsonl
  gawky import events.arrow events --overwrite --packing safetensors
  gawky cat events | gawky import - s3://bucket/piped --quiet")]
pub(crate) struct Import {
    /// The file, or - for JSON lines on standard input
    pub(crate) file: PathBuf,
    /// The dataset: a path or a URL
    #[arg(value_name = "DATASET")]
    pub(crate) target: String,
    #[command(flatten)]
    pub(crate) select: Select,
    /// The type of a row of JSON, in datashape: '{run: int64, muon: var * {pt: float32}}'
    #[arg(long, value_name = "TYPE")]
    pub(crate) schema: Option<Type>,
    /// Pass over fields that --schema does not name
    #[arg(long, requires = "schema")]
    pub(crate) skip_unknown: bool,
    /// Read "nan", "inf" and "-inf" of JSON as numbers, as export writes them; with --schema that is so where a number has to be
    #[arg(long)]
    pub(crate) non_finite: bool,
    /// What is done about a row of JSON that cannot be read, or is not of the type
    #[arg(long, value_enum, default_value_t = OnError::Stop)]
    pub(crate) on_error: OnError,
    /// Where rows that --on-error skip leaves out are written, with line, reason and text, as JSON lines: a new file
    #[arg(long, value_name = "FILE")]
    pub(crate) rejects: Option<PathBuf>,
    /// How many bytes of text of a row of JSON are kept, so that memory stays bounded; 64 MiB unless given. A longer row is refused, unless it
    /// was read whole by then
    #[arg(long, value_name = "N", value_parser = not_zero)]
    pub(crate) row_bytes: Option<NonZeroU64>,
    /// What objects of JSON become where no type says it
    #[arg(long, value_enum, default_value_t = Maps::Record)]
    pub(crate) maps: Maps,
    /// What becomes of decimals of Parquet and Arrow, which no array has
    #[arg(long, value_enum, default_value_t = Decimals::Refuse)]
    pub(crate) decimals: Decimals,
    #[command(flatten)]
    pub(crate) dataset: DatasetOptions,
    /// No progress, and no word about what was written
    #[arg(long, short)]
    pub(crate) quiet: bool,
    #[command(flatten)]
    pub(crate) options: Options,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnError {
    /// Nothing is imported
    Stop,
    /// The row is left out, and counted
    Skip,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Maps {
    /// A record, whose fields are the names in all rows
    Record,
    /// A list of pairs of name and value, for objects with ever other names
    Pairs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Decimals {
    /// They are an error
    Refuse,
    /// The nearest float64: digits beyond the sixteenth are lost
    Float64,
    /// Their bytes, as bytestrings of one size
    Bytes,
}

/// Writes a file for other programs: Parquet, Arrow (Feather), JSON.
///
/// What the file becomes its name tells, as for import. It is written piece by piece, so that memory stays bounded, and is there when all
/// of it is. Parameters and names of records are kept in Parquet and Arrow as ak.to_parquet and ak.to_feather keep them.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gawky export events out.parquet
  gawky export events muons.arrow --select 'muon.*' --rows ..8
  gawky export events.safetensors out.jsonl --quiet")]
pub(crate) struct Export {
    #[command(flatten)]
    pub(crate) place: Place,
    /// The file
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) select: Select,
    #[command(flatten)]
    pub(crate) rows: Rows,
    /// Replace the file that is there
    #[arg(long)]
    pub(crate) overwrite: bool,
    /// Prove what is read of a dataset by its checksums; partitions are then read whole
    #[arg(long)]
    pub(crate) verify: bool,
    /// No progress, and no word about what was written
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// Tells what reading some fields and rows would fetch: which bytes of which blobs, and in how many steps.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gawky explain events --select muon.pt --rows 3..6
  gawky explain events --json")]
pub(crate) struct Explain {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) select: Select,
    #[command(flatten)]
    pub(crate) rows: Rows,
    /// Write JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Checks everything that is stored: every blob of every partition, each fault on a line.
///
/// Blobs must be there and long enough, offsets and the like in order, and strings in UTF-8. Data is proved where there are
/// checksums. The exit status is 1 when anything is wrong.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gawky validate events
  gawky validate events.safetensors --quiet
  gawky validate events --select muon.pt --json")]
pub(crate) struct Validate {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) select: Select,
    /// Write JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// No progress, and no word where nothing is wrong
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// Puts small partitions of a dataset that stand one after the other together.
///
/// It makes a new version; those before stay as they are, until vacuum.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gawky compact events --rows-per-partition 1000000")]
pub(crate) struct Compact {
    /// The dataset: a path or a URL
    pub(crate) place: String,
    /// How many rows a partition has at most
    #[arg(long, value_name = "N", value_parser = not_zero)]
    pub(crate) rows_per_partition: NonZeroU64,
    #[command(flatten)]
    pub(crate) options: Options,
}

/// Removes old versions of a dataset, and what writers that died have left.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gawky vacuum events --keep 3
  gawky vacuum events --keep 1 --older-than 2h")]
pub(crate) struct Vacuum {
    /// The dataset: a path or a URL
    pub(crate) place: String,
    /// How many of the newest versions stay
    #[arg(long, value_name = "N", value_parser = not_zero)]
    pub(crate) keep: NonZeroU64,
    /// How old the claim of a writer is that counts as dead
    #[arg(long, value_name = "AGE", default_value = "1day", value_parser = humantime::parse_duration)]
    pub(crate) older_than: Duration,
    #[command(flatten)]
    pub(crate) options: Options,
}

/// Lists the versions of a dataset that can still be read, the newest last.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gawky versions events
  gawky versions events --json")]
pub(crate) struct Versions {
    /// The dataset: a path or a URL
    pub(crate) place: String,
    /// Write JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) options: Options,
}

/// Writes the completions for a shell.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gawky completions bash > gawky.bash
  gawky completions zsh > _gawky")]
pub(crate) struct Completions {
    /// For which shell
    pub(crate) shell: Shell,
}

/// Writes the manual: the page gawky(1), or all pages into a folder.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gawky man > gawky.1
  gawky man pages")]
pub(crate) struct Man {
    /// The folder, which is made
    pub(crate) folder: Option<PathBuf>,
}

fn option(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("say NAME=VALUE".to_owned()),
    }
}

fn not_zero(text: &str) -> Result<NonZeroU64, String> {
    text.parse()
        .map_err(|_| "say a whole number from 1 on".to_owned())
}

fn rows(text: &str) -> Result<(Bound<u64>, Bound<u64>), String> {
    let wanted = || "say A..B, A.. or ..B, with numbers of rows counted from 0".to_owned();
    let (start, end) = text.split_once("..").ok_or_else(wanted)?;
    let number = |text: &str| text.replace('_', "").parse::<u64>().map_err(|_| wanted());
    let start = match start.trim() {
        "" => Bound::Unbounded,
        start => Bound::Included(number(start)?),
    };
    let end = match end.trim() {
        "" => Bound::Unbounded,
        end => Bound::Excluded(number(end)?),
    };
    if let (Bound::Included(start), Bound::Excluded(end)) = (start, end)
        && end < start
    {
        return Err(format!("it ends before it begins: say {end}..{start}"));
    }
    Ok((start, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_contradicts_itself_nowhere() {
        use clap::CommandFactory;
        Arguments::command().debug_assert();
    }

    #[test]
    fn rows_are_ranges() {
        use Bound::{Excluded, Included, Unbounded};
        assert_eq!(rows("1..2"), Ok((Included(1), Excluded(2))));
        assert_eq!(rows("1_000.."), Ok((Included(1000), Unbounded)));
        assert_eq!(rows("..7"), Ok((Unbounded, Excluded(7))));
        assert_eq!(rows(".."), Ok((Unbounded, Unbounded)));
        for wrong in ["", "3", "a..b", "1..-2", "1...2", "-1..", "1..=2", "5..3"] {
            assert!(rows(wrong).is_err(), "{wrong}");
        }
    }
}
