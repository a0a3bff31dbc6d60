//! Files of Arrow's IPC format, read or mapped.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_buffer::Buffer;
use arrow_ipc::convert::try_fb_to_schema;
use arrow_ipc::reader::{FileDecoder, FileReader, read_footer_length};
use arrow_ipc::writer::FileWriter;
use arrow_ipc::{Block, MetadataVersion, root_as_footer, root_as_message};
use arrow_schema::SchemaRef;
use gawky_peers_contest::{
    Clock, Contender, Digest, Failure, Opened, Outcome, Place, Rows, Wanted, arrow,
};

use crate::{batches, json, together, wanted};

pub struct Ipc {
    pub mapped: bool,
}

const NAME: &str = "data.arrow";

/// What the end of a file says.
struct Footer {
    schema: SchemaRef,
    version: MetadataVersion,
    blocks: Vec<Block>,
}

impl Footer {
    /// Reads it from a file of `length` bytes, of which `bytes(offset, length)` are some.
    fn read<B: AsRef<[u8]>>(
        length: usize,
        bytes: impl Fn(usize, usize) -> Outcome<B>,
    ) -> Outcome<Self> {
        let too_short = || Failure::Failed("no Arrow file".to_owned());
        let trailer = length.checked_sub(10).ok_or_else(too_short)?;
        let mut end = [0; 10];
        end.copy_from_slice(bytes(trailer, 10)?.as_ref());
        let footer_length = read_footer_length(end)?;
        let footer = bytes(
            trailer.checked_sub(footer_length).ok_or_else(too_short)?,
            footer_length,
        )?;
        let footer =
            root_as_footer(footer.as_ref()).map_err(|error| Failure::Failed(error.to_string()))?;
        let schema = footer.schema().ok_or_else(too_short)?;
        Ok(Self {
            schema: Arc::new(try_fb_to_schema(schema)?),
            version: footer.version(),
            blocks: footer.recordBatches().iter().flatten().copied().collect(),
        })
    }

    /// How many rows each batch has, of which only the headers are read.
    fn lengths<B: AsRef<[u8]>>(
        &self,
        bytes: impl Fn(usize, usize) -> Outcome<B>,
    ) -> Outcome<Vec<usize>> {
        let length = |block: &Block| {
            let header = bytes(block.offset() as usize, block.metaDataLength() as usize)?;
            // Behind the mark of a message and its length.
            let message = root_as_message(&header.as_ref()[8..])
                .map_err(|error| Failure::Failed(error.to_string()))?;
            let batch = message
                .header_as_record_batch()
                .ok_or_else(|| Failure::Failed("no record batch".to_owned()))?;
            Ok(batch.length() as usize)
        };
        self.blocks.iter().map(length).collect()
    }

    fn projection(&self, wanted: &Wanted) -> Outcome<Option<Vec<usize>>> {
        let names = wanted.columns.iter().flatten();
        let positions: Vec<usize> = names
            .map(|name| self.schema.index_of(name))
            .collect::<Result<_, _>>()?;
        Ok(wanted.columns.is_some().then_some(positions))
    }
}

fn mapped(folder: &Path) -> Outcome<Buffer> {
    let file = File::open(folder.join(NAME))?;
    // SAFETY: nobody changes the files while a contender reads them.
    let map = Arc::new(unsafe { memmap2::Mmap::map(&file)? });
    let (address, length) = (map.as_ptr().cast_mut(), map.len());
    let address = std::ptr::NonNull::new(address)
        .ok_or_else(|| Failure::Failed("mapped to nowhere".to_owned()))?;
    // SAFETY: the map is that long and lives as long as the buffer.
    Ok(unsafe { Buffer::from_custom_allocation(address, length, map) })
}

impl Ipc {
    fn read_mapped(folder: &Path, request: &Wanted) -> Outcome<Vec<RecordBatch>> {
        let file = mapped(folder)?;
        let slice = |offset, length| Ok(file.slice_with_length(offset, length));
        let footer = Footer::read(file.len(), slice)?;
        let mut decoder = FileDecoder::new(Arc::clone(&footer.schema), footer.version);
        if let Some(projection) = footer.projection(request)? {
            decoder = decoder.with_projection(projection);
        }
        let lengths = match request.rows {
            Rows::All => vec![usize::MAX; footer.blocks.len()],
            _ => footer.lengths(slice)?,
        };
        let mut found = Vec::new();
        for (number, part) in wanted(&lengths, &request.rows) {
            let block = &footer.blocks[number];
            let bytes = slice(
                block.offset() as usize,
                block.metaDataLength() as usize + block.bodyLength() as usize,
            )?;
            let batch = decoder.read_record_batch(block, &bytes)?;
            let batch = batch.ok_or_else(|| Failure::Failed("no record batch".to_owned()))?;
            found.push(if request.rows == Rows::All {
                batch
            } else {
                part.of(&batch)?
            });
        }
        Ok(found)
    }

    fn read_file(folder: &Path, request: &Wanted) -> Outcome<Vec<RecordBatch>> {
        let path = folder.join(NAME);
        let file = File::open(&path)?;
        if request.rows == Rows::All && request.columns.is_none() {
            return Ok(FileReader::try_new(file, None)?.collect::<Result<_, _>>()?);
        }
        let at = positional(&file);
        let footer = Footer::read(file.metadata()?.len() as usize, &at)?;
        let projection = footer.projection(request)?;
        if request.rows == Rows::All {
            return Ok(
                FileReader::try_new(File::open(&path)?, projection)?.collect::<Result<_, _>>()?
            );
        }
        let mut reader = FileReader::try_new(File::open(&path)?, projection)?;
        let mut found = Vec::new();
        for (number, part) in wanted(&footer.lengths(&at)?, &request.rows) {
            reader.set_index(number)?;
            let batch = reader
                .next()
                .ok_or_else(|| Failure::Failed("no record batch".to_owned()))??;
            found.push(part.of(&batch)?);
        }
        Ok(found)
    }
}

fn positional(file: &File) -> impl Fn(usize, usize) -> Outcome<Vec<u8>> {
    |offset, length| {
        let mut bytes = vec![0; length];
        file.read_exact_at(&mut bytes, offset as u64)?;
        Ok(bytes)
    }
}

impl Contender for Ipc {
    type Array = RecordBatch;
    type Read = Vec<RecordBatch>;

    fn name(&self) -> String {
        format!(
            "arrow-ipc ({})",
            if self.mapped { "mapped" } else { "file" }
        )
    }

    fn version(&self) -> String {
        "60.1".to_owned()
    }

    fn threads(&self) -> usize {
        1
    }

    fn load(&self, neutral: &Path) -> Outcome<RecordBatch> {
        Ok(arrow::neutral(neutral)?)
    }

    fn write(&self, array: &RecordBatch, to: &Path) -> Outcome<()> {
        let mut writer =
            FileWriter::try_new_buffered(File::create(to.join(NAME))?, &array.schema())?;
        for batch in batches(array) {
            writer.write(&batch)?;
        }
        Ok(writer.finish()?)
    }

    fn open(&self, at: &Place) -> Outcome<Opened> {
        let folder = at.folder()?;
        let (schema, lengths) = if self.mapped {
            let file = mapped(folder)?;
            let slice = |offset, length| Ok(file.slice_with_length(offset, length));
            let footer = Footer::read(file.len(), slice)?;
            (Arc::clone(&footer.schema), footer.lengths(slice)?)
        } else {
            let file = File::open(folder.join(NAME))?;
            let footer = Footer::read(file.metadata()?.len() as usize, positional(&file))?;
            (
                Arc::clone(&footer.schema),
                footer.lengths(positional(&file))?,
            )
        };
        Ok(Opened {
            rows: lengths.iter().sum::<usize>() as u64,
            fields: schema.fields().len() as u64,
        })
    }

    fn read(&self, at: &Place, wanted: &Wanted) -> Outcome<Vec<RecordBatch>> {
        let read = if self.mapped {
            Self::read_mapped
        } else {
            Self::read_file
        };
        Ok(together(read(at.folder()?, wanted)?, &wanted.rows)?)
    }

    fn buffers(&self, read: &Vec<RecordBatch>, see: &mut dyn FnMut(&[u8])) {
        for column in read.iter().flat_map(RecordBatch::columns) {
            arrow::buffers(column, see);
        }
    }

    fn digest(&self, read: &Vec<RecordBatch>) -> Outcome<Digest> {
        Ok(arrow::digest(read)?)
    }

    fn json_in(&self, file: &Path, clock: &mut Clock) -> Outcome<Vec<RecordBatch>> {
        json::read(file, clock)
    }

    fn json_out(&self, array: &RecordBatch) -> Outcome<Vec<u8>> {
        json::write(array)
    }
}
