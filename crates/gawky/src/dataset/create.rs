//! [`CreateDataset`]: making datasets.

use std::sync::Arc;

use gawky_buffer::ByteOrder;
use gawky_form::{Form, FormKeyFormat, KeyFormat};
use gawky_store::{
    Container, ContainerConditional, ContainerDelete, ContainerWrite, Store, StoreError,
};
use serde_json::{Map, Value};

use super::change::{Change, What};
use super::claims::{CLAIMS, Holder, PROBE};
use super::commit::{Patience, commit};
use super::fault::DatasetFault;
use super::history::History;
use super::layout::{Layout, Packing};
use super::location;
use super::manifest::{Attributes, MANIFEST, Manifest, json_blob};
use super::partitions::Partitions;
use super::stored::{Stored, load_to_replace, newest};
use super::{Dataset, checksums, token};
use crate::Error;

/// What to do where there is a dataset already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CreateMode {
    /// To fail.
    #[default]
    New,
    /// To begin anew. It is a version without partitions; those before can still be read.
    Overwrite,
    /// To open it, and make one only where there is none.
    Append,
}

/// How a dataset is made.
///
/// ```
/// use gawky::prelude::*;
/// use gawky::dataset::{CreateDataset, CreateMode, Packing};
///
/// let dataset = CreateDataset::new()
///     .mode(CreateMode::Append)
///     .packing(Packing::Safetensors)
///     .attribute("run", 7)
///     .create("memory:")?;
/// assert_eq!((dataset.version(), dataset.len()), (1, 0));
/// assert_eq!(dataset.attributes()["run"], 7);
/// # Ok::<(), gawky::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "nothing is made before create()"]
pub struct CreateDataset {
    mode: CreateMode,
    form: Option<Form>,
    key_format: Option<String>,
    packing: Option<Packing>,
    byteorder: Option<ByteOrder>,
    checksums: Option<bool>,
    attributes: Map<String, Value>,
}

impl CreateDataset {
    /// As [`Dataset::create`] does it.
    pub fn new() -> Self {
        Self::default()
    }

    /// What to do where there is a dataset already; to fail unless set.
    pub fn mode(mut self, mode: CreateMode) -> Self {
        self.mode = mode;
        self
    }

    /// The form of all partitions. Unless set it is that of the first partition; say it where that may be narrower than
    /// others, as one of which no row is missing is. Form keys are kept, where it has them.
    pub fn form(mut self, form: Form) -> Self {
        self.form = Some(form);
        self
    }

    /// What blobs are called: a template of `{partition}`, `{form_key}` and `{attribute}`. Unless set it is
    /// `part{partition}-{form_key}-{attribute}` for blobs, and `part{partition}.safetensors/{form_key}-{attribute}` for
    /// safetensors files.
    pub fn key_format(mut self, template: impl Into<String>) -> Self {
        self.key_format = Some(template.into());
        self
    }

    /// In what the buffers of a partition lie; in blobs unless set.
    pub fn packing(mut self, packing: Packing) -> Self {
        self.packing = Some(packing);
        self
    }

    /// The order of the bytes in blobs; little-endian unless set.
    pub fn byteorder(mut self, order: ByteOrder) -> Self {
        self.byteorder = Some(order);
        self
    }

    /// Whether each partition has a blob of the checksums of its buffers, `checksums/12.json`, put before it is committed. By them
    /// [`validate`](Dataset::validate) finds what is damaged where nothing else tells, and reading does where it is
    /// [`verified`](Dataset::verified). They are written unless set, where there is the feature `checksums`; without it what has
    /// them can be read, but neither proved nor written.
    pub fn checksums(mut self, checksums: bool) -> Self {
        self.checksums = Some(checksums);
        self
    }

    /// Something to be kept with the data.
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.attributes.insert(name.into(), value.into());
        self
    }

    /// All that is to be kept with the data.
    pub fn attributes(mut self, attributes: Map<String, Value>) -> Self {
        self.attributes = attributes;
        self
    }

    /// Makes a dataset at a path or URL; see [`Dataset::create`].
    ///
    /// # Errors
    /// As there.
    pub fn create(&self, place: &str) -> Result<Dataset<Arc<dyn Store>>, Error> {
        self.create_in(location::open(place, true)?)
    }

    /// Makes a dataset in a container, of which it is all that there is.
    ///
    /// # Errors
    /// [`DatasetFault::Exists`]; [`StoreError::Unsupported`] from a container that does not put on a condition; when the
    /// options go neither with one another nor with the dataset that is there.
    pub fn create_in<C>(&self, container: C) -> Result<Dataset<C>, Error>
    where
        C: Container + ContainerWrite + ContainerConditional + ContainerDelete,
    {
        let layout = Arc::new(self.layout()?);
        let stored = match load_to_replace(&container)? {
            Some(found) => self.upon(&container, found, &layout)?,
            None => {
                prove(&container)?;
                match self.begin(&container, &layout)? {
                    Some(stored) => stored,
                    // Somebody else was faster.
                    None => {
                        let found = newest(load_to_replace(&container)?)?;
                        self.upon(&container, found, &layout)?
                    }
                }
            }
        };
        let mut dataset = Dataset::of(Arc::new(container), stored);
        dataset.proved = true;
        Ok(dataset)
    }

    pub(super) fn kept_attributes(&self) -> Attributes {
        Attributes::new(self.attributes.clone())
    }

    pub(super) fn layout(&self) -> Result<Layout, Error> {
        let packing = self.packing.unwrap_or_default();
        let form = match &self.form {
            None => Layout::unknown_form()?,
            Some(form) if form.form_key().is_some() => form.clone(),
            Some(form) => form.with_form_keys(&FormKeyFormat::default(), 0)?,
        };
        let template = self.key_format.as_deref().unwrap_or(packing.template());
        let keys = KeyFormat::template(template)?;
        if !keys.has_partition() {
            return Err(Error::PartitionsShareKeys {
                template: template.to_owned(),
            });
        }
        let checksums = self.checksums.unwrap_or(checksums::CAN_PROVE);
        if checksums && !checksums::CAN_PROVE {
            return Err(checksums::cannot_prove());
        }
        Layout::try_new(form, keys, packing, self.byteorder.unwrap_or_default())
            .map(|layout| layout.with_checksums(checksums))
            .map_err(options)
    }

    /// What becomes of a dataset that is there.
    fn upon<C>(&self, container: &C, found: Stored, layout: &Arc<Layout>) -> Result<Stored, Error>
    where
        C: Container + ContainerWrite + ContainerConditional + ContainerDelete,
    {
        let manifest = &found.manifest;
        match self.mode {
            CreateMode::New => Err(DatasetFault::Exists {
                version: manifest.version,
            }
            .of(MANIFEST)),
            CreateMode::Append => {
                self.agrees_with(manifest, layout).map_err(options)?;
                prove(container)?;
                Ok(found)
            }
            CreateMode::Overwrite => {
                prove(container)?;
                let change = Change {
                    began: manifest.version,
                    what: What::Overwrite {
                        ids: Vec::new(),
                        lengths: Vec::new(),
                        layout: Arc::clone(layout),
                        attributes: Some(self.kept_attributes()),
                    },
                };
                commit(container, found, &change, None, &Patience::default())
            }
        }
    }

    /// Whether what was asked for is what is there.
    fn agrees_with(&self, manifest: &Manifest, layout: &Layout) -> Result<(), String> {
        let there = &manifest.layout;
        let differs = |what: &str, wanted: &str, found: &str| {
            Err(format!(
                "the {what} is to be {wanted}, and that of the dataset is {found}: leave it out to append, or overwrite"
            ))
        };
        if self.packing.is_some() && layout.packing != there.packing {
            return differs("packing", layout.packing.name(), there.packing.name());
        }
        if self.key_format.is_some() && layout.template() != there.template() {
            return differs("key format", layout.template(), there.template());
        }
        if self.byteorder.is_some() && layout.byteorder != there.byteorder {
            return differs(
                "byte order",
                &format!("{:?}", layout.byteorder),
                &format!("{:?}", there.byteorder),
            );
        }
        if self.checksums.is_some() && layout.checksums != there.checksums {
            let said = |checksums: bool| checksums.to_string();
            let (wanted, found) = (said(layout.checksums), said(there.checksums));
            return differs("option checksums", &wanted, &found);
        }
        if self.form.is_some() && !there.is_unknown() {
            let (wanted, found) = (
                layout.form.without_form_keys(),
                there.form.without_form_keys(),
            );
            if wanted != found {
                return differs("form", &wanted.to_string(), &found.to_string());
            }
        }
        for (name, value) in &self.attributes {
            if manifest.attributes.map().get(name) != Some(value) {
                return Err(format!(
                    "the attribute {name:?} is not as the dataset has it: leave it out, and use set_attributes"
                ));
            }
        }
        Ok(())
    }

    /// Puts the first version; `None` where somebody else has.
    fn begin<C>(&self, container: &C, layout: &Arc<Layout>) -> Result<Option<Stored>, Error>
    where
        C: Container + ContainerWrite + ContainerConditional + ContainerDelete,
    {
        let token = token::draw();
        let mut manifest = Manifest {
            version: 1,
            layout: Arc::clone(layout),
            partitions: Partitions::default(),
            attributes: self.kept_attributes(),
            history: History::beginning(1, 0),
            previous: None,
            oldest: 1,
            commits: vec![token.clone()],
            rest: Vec::new(),
        };
        let bytes = manifest.encode(&token)?.json;
        match container.put_if_absent(json_blob(MANIFEST, bytes.clone())) {
            Ok(version) => Ok(Some(Stored {
                manifest,
                bytes,
                version: Some(version),
            })),
            Err(error @ StoreError::Unsupported { .. }) => Err(error.into()),
            // It may have been put all the same: what is there tells.
            Err(error) => match load_to_replace(container)? {
                Some(found) if found.manifest.commits.contains(&token) => Ok(Some(found)),
                Some(_) => Ok(None),
                None => Err(error.into()),
            },
        }
    }
}

fn options(problem: String) -> Error {
    DatasetFault::Options { problem }.of(MANIFEST)
}

/// Makes sure that the container puts on conditions, as claims and commits do: now, not when there is something to lose.
fn prove<C>(container: &C) -> Result<(), Error>
where
    C: ContainerConditional + ContainerDelete + ?Sized,
{
    let token = token::draw();
    let key = format!("{CLAIMS}/{PROBE}{token}");
    let blob = || json_blob(key.as_str(), Holder::now(&token).to_buffer());
    let proved = container
        .put_if_absent(blob())
        .and_then(|version| container.put_if_match(blob(), &version));
    // It is litter at worst, which vacuum removes.
    let _ = container.delete(&key);
    match proved {
        Ok(_) => Ok(()),
        // A network that lost an answer is no container that cannot do it.
        Err(error) if error.is_conflict() => Ok(()),
        Err(error) => Err(error.into()),
    }
}
