//! Record batches: the fields of records as columns, or the one column of what are no records.
//!
//! What the columns do not say of the record itself is in the schema's metadata, as `ak.to_arrow_table` has it. What are
//! no records with names are the one column of a batch, whose name is empty.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{Array as _, RecordBatch, RecordBatchOptions};
use arrow_buffer::{BooleanBuffer, NullBuffer};
use arrow_data::ArrayData;
use arrow_schema::{Fields, Schema, SchemaRef};
use gawky_array::{Array, ByteMaskedArray, RecordArray};
use gawky_form::{Form, Parameters};
use serde_json::{Map, Value, json};

use crate::extension::{parameters, to_json, unreadable};
use crate::from_arrow::FromArrow;
use crate::from_arrow::plan::FieldPlan;
use crate::guard::guarded;
use crate::layers::peel;
use crate::schema_metadata::{plain, planned};
use crate::to_arrow::plan::Planner;
use crate::to_arrow::{ToArrow, convert, record_column};
use crate::{ArrowError, ArrowProblem};

/// Where a schema says what its columns do not.
const PARAMETERS: &str = "ak:parameters";

impl ToArrow {
    /// The Arrow schema of arrays of `form`: the fields of records, or one field without a name.
    ///
    /// # Errors
    /// [`ArrowProblem::NoCounterpart`] where Arrow has no type for a node.
    pub fn schema(&self, form: &Form) -> Result<Schema, ArrowError> {
        let layers = peel(form, |content, may_miss| {
            self.keeps_categories(content, may_miss)
        });
        let record = match layers.node {
            Form::Record(record) if layers.mask.is_none() && layers.categories.is_none() => record,
            _ => return Ok(Schema::new(vec![self.field("", form)?])),
        };
        // One field without a name would be taken for the array itself.
        let Some(names) = record
            .fields()
            .filter(|names| !matches!(&***names, [name] if name.is_empty()))
        else {
            return Ok(Schema::new(vec![self.field("", form)?]));
        };
        let mut planner = Planner::new(self);
        let mut fields = Vec::with_capacity(names.len());
        let mut options: Vec<&str> = Vec::new();
        for (name, content) in names.iter().zip(record.contents().iter()) {
            let field = planner.field(name, content);
            fields.push(field.map_err(|error| error.in_field(name))?);
            if content.is_option() {
                options.push(name);
            }
        }
        let told = json!([
            {"optiontype_fields": options},
            {"record_is_scalar": false},
            {"RecordArray": to_json(&layers.parameters)},
        ]);
        let metadata = HashMap::from([(PARAMETERS.to_owned(), told.to_string())]);
        Ok(Schema::new_with_metadata(fields, metadata))
    }

    /// The array as a record batch: the fields of its records as columns, or one column without a name.
    ///
    /// # Errors
    /// As for [`array`](Self::array).
    pub fn record_batch(&self, array: &Array) -> Result<RecordBatch, ArrowError> {
        ToBatches::new(&array.form(), self)?.fill(array)
    }
}

/// Arrays of one form as record batches of one schema.
///
/// ```
/// use gawky_array::{Array, NumpyArray, RecordArray};
/// use gawky_arrow::{ToArrow, ToBatches};
///
/// let x = Array::from(NumpyArray::from_vec(vec![1_i64, 2, 3]));
/// let points = Array::from(RecordArray::from_fields([("x", x)]));
/// let batches = ToBatches::new(&points.form(), &ToArrow::new())?;
/// assert_eq!(batches.schema().field(0).name(), "x");
/// assert_eq!(batches.batch(&points.slice(0..2)?)?.num_rows(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ToBatches {
    form: Form,
    schema: SchemaRef,
}

impl ToBatches {
    /// Batches of arrays of `form`.
    ///
    /// # Errors
    /// [`ArrowProblem::NoCounterpart`] where Arrow has no type for a node.
    pub fn new(form: &Form, options: &ToArrow) -> Result<Self, ArrowError> {
        Ok(Self {
            form: form.clone(),
            schema: Arc::new(options.schema(form)?),
        })
    }

    /// The same, with Awkward's metadata in the schema and none in its fields, as `ak.to_parquet` writes it: for those who
    /// do not read extension types. [`FromBatches`] reads both.
    ///
    /// # Errors
    /// As for [`new`](Self::new).
    pub fn metadata_in_schema(form: &Form, options: &ToArrow) -> Result<Self, ArrowError> {
        let annotated = options.clone().extensionarray(true).schema(form)?;
        Ok(Self {
            form: form.clone(),
            schema: Arc::new(plain(&annotated)?),
        })
    }

    /// The schema of all batches.
    #[must_use]
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The form that arrays have, or are given.
    #[must_use]
    pub fn form(&self) -> &Form {
        &self.form
    }

    /// An array as a record batch; one of another form is laid out as the form, where that loses nothing.
    ///
    /// # Errors
    /// [`ArrowProblem::FormsDiffer`] where it would lose something; else as for [`ToArrow::array`].
    pub fn batch(&self, array: &Array) -> Result<RecordBatch, ArrowError> {
        if array.is_of_form(&self.form) {
            return self.fill(array);
        }
        let conformed = array.conform_to(&self.form);
        self.fill(&conformed.map_err(ArrowProblem::FormsDiffer)?)
    }

    /// The batch of an array that is of the form.
    fn fill(&self, array: &Array) -> Result<RecordBatch, ArrowError> {
        let fields = self.schema.fields();
        let columns = match self.schema.metadata().contains_key(PARAMETERS) {
            false => match fields.first() {
                Some(field) => vec![convert(array, field, None)?],
                None => Vec::new(),
            },
            true => {
                let record = records(array)?;
                let contents = record.contents().iter().zip(fields).enumerate();
                contents
                    .map(|(slot, (content, field))| record_column(&record, slot, content, field))
                    .collect::<Result<_, _>>()?
            }
        };
        let rows = RecordBatchOptions::new().with_row_count(Some(array.len()));
        let schema = Arc::clone(&self.schema);
        Ok(RecordBatch::try_new_with_options(schema, columns, &rows)?)
    }
}

/// The records of an array, those that an index picks picked.
fn records(array: &Array) -> Result<RecordArray, ArrowError> {
    match array {
        Array::Record(record) => Ok(record.clone()),
        Array::Indexed(own) => {
            let rows = own.index().to_i64()?.into_iter();
            let rows: Vec<usize> = rows
                .map(|row| usize::try_from(row).unwrap_or(usize::MAX))
                .collect();
            records(&own.content().take(&rows)?)
        }
        other => Err(ArrowProblem::NoCounterpart {
            what: format!("a {} as records", other.class()),
            hint: "this is a mistake of gawky's: please report it",
        }
        .into()),
    }
}

/// What a schema says about the records that its columns are the fields of.
#[derive(Clone, Debug, Default)]
struct Told {
    /// The record's parameters.
    record: Parameters,
    /// The parameters of the option around the record, where it is one; which of its fields are options themselves.
    option: Option<(Parameters, Vec<String>)>,
}

impl Told {
    fn of(schema: &Schema) -> Result<Self, ArrowError> {
        let Some(text) = schema.metadata().get(PARAMETERS) else {
            return Ok(Self::default());
        };
        let members: Vec<Map<String, Value>> = serde_json::from_str(text).map_err(unreadable)?;
        let mut told = Self::default();
        let (mut option, mut options) = (None, Vec::new());
        for (name, value) in members.into_iter().flatten() {
            match (name.as_str(), value) {
                ("optiontype_fields", Value::Array(names)) => {
                    let names = names.iter().filter_map(Value::as_str);
                    options = names.map(str::to_owned).collect();
                }
                ("RecordArray", Value::Object(own)) => {
                    told.record = parameters(Some(own)).unwrap_or_default();
                }
                (
                    "UnmaskedArray" | "BitMaskedArray" | "ByteMaskedArray" | "IndexedOptionArray",
                    own,
                ) => {
                    let own = match own {
                        Value::Object(own) => parameters(Some(own)),
                        _ => None,
                    };
                    option = Some(own.unwrap_or_default());
                }
                _ => {}
            }
        }
        told.option = option.map(|own| (own, options));
        Ok(told)
    }
}

impl FromArrow {
    /// A record batch as an array: of records, of which the columns are the fields; one column without a name is the
    /// array itself.
    ///
    /// # Errors
    /// As for [`column`](Self::column).
    pub fn record_batch(&self, batch: &RecordBatch) -> Result<Array, ArrowError> {
        FromBatches::planned(batch.schema_ref(), self.clone())?.array(batch)
    }

    /// Record batches of one schema as one array. Bitmasks are generated where there are several, so that all are of one
    /// form.
    ///
    /// # Errors
    /// As for [`column`](Self::column), and those of [`Array::concatenate`].
    pub fn record_batches<'a>(
        &self,
        schema: &Schema,
        batches: impl IntoIterator<Item = &'a RecordBatch>,
    ) -> Result<Array, ArrowError> {
        let reading = FromBatches::new(schema, self)?;
        let arrays = batches.into_iter().map(|batch| reading.array(batch));
        match arrays.collect::<Result<Vec<_>, _>>()?.as_slice() {
            [] => reading.empty(),
            arrays => Ok(Array::concatenate(arrays)?),
        }
    }
}

/// Record batches of one schema as arrays of one form: what may be missing has a bitmask, whatever the options say.
#[derive(Clone, Debug)]
pub struct FromBatches {
    fields: Fields,
    columns: Vec<FieldPlan>,
    names: Arc<[Arc<str>]>,
    /// The record's parameters.
    parameters: Parameters,
    option: Option<OptionAround>,
    options: FromArrow,
}

/// An option around the records of which the columns are the fields.
#[derive(Clone, Debug)]
struct OptionAround {
    parameters: Parameters,
    /// Whether all columns have nulls where a record is missing.
    is_seen: bool,
}

impl FromBatches {
    /// Arrays of batches of `schema`.
    ///
    /// # Errors
    /// [`ArrowProblem::Metadata`] where it has metadata of Awkward that cannot be read, and [`ArrowProblem::TooDeep`].
    pub fn new(schema: &Schema, options: &FromArrow) -> Result<Self, ArrowError> {
        Self::planned(schema, options.clone().generate_bitmasks(true))
    }

    fn planned(schema: &Schema, options: FromArrow) -> Result<Self, ArrowError> {
        let told = Told::of(schema)?;
        let mut columns = planned(schema)?;
        let option = told.option.map(|(parameters, optional)| {
            let is_seen = columns.iter().all(|column| column.is_option);
            // The nulls of the others are those of the record.
            for column in &mut columns {
                column.is_option &= optional.iter().any(|name| **name == *column.name);
            }
            OptionAround {
                parameters,
                is_seen: is_seen && !columns.is_empty(),
            }
        });
        Ok(Self {
            fields: schema.fields().clone(),
            names: columns
                .iter()
                .map(|column| Arc::clone(&column.name))
                .collect(),
            columns,
            parameters: told.record,
            option,
            options,
        })
    }

    /// The form of all arrays.
    ///
    /// # Errors
    /// As for [`FromArrow::column`].
    pub fn form(&self) -> Result<Form, ArrowError> {
        Ok(self.empty()?.form())
    }

    /// An array of no rows: what there is where there are no batches.
    ///
    /// # Errors
    /// As for [`FromArrow::column`].
    pub fn empty(&self) -> Result<Array, ArrowError> {
        guarded(|| {
            let schema = Schema::new(self.fields.clone());
            self.array(&RecordBatch::new_empty(Arc::new(schema)))
        })
    }

    /// A batch as an array.
    ///
    /// # Errors
    /// [`ArrowProblem::SchemasDiffer`] where the batch has other columns than the schema, [`ArrowProblem::TypesDiffer`]
    /// where one is of another type, and as for [`FromArrow::column`].
    pub fn array(&self, batch: &RecordBatch) -> Result<Array, ArrowError> {
        self.prove_columns(batch)?;
        let columns: Vec<ArrayData> = batch.columns().iter().map(|own| own.to_data()).collect();
        let records = if self.option.is_some() {
            batch.num_rows()
        } else {
            0
        };
        self.options.prove_room(&columns, records)?;
        let convert = |plan: &FieldPlan, column: &ArrayData, above: Option<&NullBuffer>| {
            self.options.planned(column, plan, above)
        };
        if let ([plan], [column]) = (&*self.columns, columns.as_slice())
            && plan.name.is_empty()
        {
            return convert(plan, column, None);
        }
        let option = self
            .option
            .as_ref()
            .map(|option| (option, there(option, batch)));
        let above = option.as_ref().map(|(_, there)| there);
        let mut contents = Vec::with_capacity(self.columns.len());
        for (plan, column) in self.columns.iter().zip(&columns) {
            let content = convert(plan, column, above);
            contents.push(content.map_err(|error| error.in_field(&plan.name))?);
        }
        let names = Some(Arc::clone(&self.names));
        let parameters = self.parameters.clone();
        let record = RecordArray::try_new(names, contents, batch.num_rows(), parameters)?;
        let Some((option, there)) = option else {
            return Ok(record.into());
        };
        let mask: Vec<u8> = there.iter().map(|is_there| u8::from(!is_there)).collect();
        let parameters = option.parameters.clone();
        Ok(ByteMaskedArray::try_new(mask.into(), record.into(), false, parameters)?.into())
    }

    /// Refuses a batch of other columns.
    fn prove_columns(&self, batch: &RecordBatch) -> Result<(), ArrowError> {
        let found = batch.schema_ref().fields();
        let names = || found.iter().map(|field| &**field.name());
        if std::ptr::eq(&raw const **found, &raw const *self.fields)
            || names().eq(self.names.iter().map(|name| &**name))
        {
            return Ok(());
        }
        Err(ArrowProblem::SchemasDiffer {
            expected: self
                .names
                .iter()
                .map(|name| name.as_ref().to_owned())
                .collect(),
            found: names().map(str::to_owned).collect(),
        }
        .into())
    }
}

/// Which records are there: those of which any field is.
fn there(option: &OptionAround, batch: &RecordBatch) -> NullBuffer {
    if !option.is_seen {
        return NullBuffer::new_valid(batch.num_rows());
    }
    let none = BooleanBuffer::new_unset(batch.num_rows());
    let there = batch
        .columns()
        .iter()
        .fold(none, |there, column| match column.nulls() {
            Some(nulls) => &there | nulls.inner(),
            None => BooleanBuffer::new_set(batch.num_rows()),
        });
    NullBuffer::new(there)
}
