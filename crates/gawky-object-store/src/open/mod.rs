//! [`open`]: a container by its URL or path.

mod address;
mod error;
mod place;
mod stores;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gawky_store::{
    ContainerId, Directory, Key, MemoryContainer, Profile, Store, StoreError, names,
};
#[cfg(any(feature = "aws", feature = "azure", feature = "gcp", feature = "http"))]
use object_store::RetryConfig;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;

use crate::{AsyncObjectContainer, Blocking, Retries};
use place::{Place, place};

pub use address::Address;
pub use error::OpenError;

/// Opens the container at a URL or path, as the environment says.
///
/// | what | is |
/// |---|---|
/// | `s3://bucket/prefix`, `s3a://…` | Amazon S3, and what speaks its language |
/// | `gs://bucket/prefix` | Google Cloud Storage |
/// | `az://container/prefix`, `abfs[s]://container[@account.dfs.core.windows.net]/prefix` | Azure Blob Storage |
/// | `http://host/prefix`, `https://…` | any web server that answers ranges; written and listed by WebDAV |
/// | a path, `file:///path` | a folder: a [`Directory`], with all that it promises |
/// | `memory:` | a new [`MemoryContainer`] |
///
/// URLs are percent-decoded. `https://` is plain HTTP wherever it leads, so what is public needs no credentials.
///
/// **Credentials and all other settings** of the stores come from the variables that the crate `object_store` reads
/// ([`AWS_…`](https://docs.rs/object_store/latest/object_store/aws/struct.AmazonS3Builder.html#method.from_env),
/// [`GOOGLE_…`](https://docs.rs/object_store/latest/object_store/gcp/struct.GoogleCloudStorageBuilder.html#method.from_env),
/// [`AZURE_…`](https://docs.rs/object_store/latest/object_store/azure/struct.MicrosoftAzureBuilder.html#method.from_env)),
/// and from [options](OpenOptions::option), which come before them. S3 without credentials takes the option
/// `skip_signature`.
///
/// Opening a store makes a client for it, which reads the certificates of the system: open once, and keep or clone what comes of
/// it. Another prefix of the same store is an [`AsyncObjectContainer::new`] of its [`store`](AsyncObjectContainer::store).
///
/// ```
/// use gawky_store::{Blob, Buffer, DType};
///
/// let store = gawky_object_store::open("memory:")?;
/// store.put(Blob::new("node0-offsets", DType::Int64, Buffer::from_vec(vec![0_i64, 2, 3])))?;
/// assert_eq!(store.list("")?, ["node0-offsets"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`OpenError`]. Whether a bucket is there, and may be read, shows when it is used; a folder must be there.
pub fn open(url: &str) -> Result<Arc<dyn Store>, OpenError> {
    OpenOptions::new().open(url)
}

/// Opens the container at a URL or path for programs with futures; see [`open`].
///
/// Folders are read and written through `object_store` here, by the same names and as atomically, so what a
/// [`Directory`] wrote reads the same; but nothing can be replaced on a condition. `memory:` is an
/// [`InMemory`] store.
///
/// # Errors
/// As [`open`].
pub fn open_async(url: &str) -> Result<AsyncObjectContainer, OpenError> {
    OpenOptions::new().open_async(url)
}

/// How to open a container.
///
/// ```
/// use gawky_object_store::OpenOptions;
///
/// let error = OpenOptions::new().option("regoin", "eu-central-1").open_async("s3://bucket/events").unwrap_err();
/// assert!(error.to_string().contains("no option \"regoin\""));
/// ```
#[derive(Clone)]
#[must_use = "nothing is opened before open()"]
pub struct OpenOptions {
    options: Vec<(String, String)>,
    environment: bool,
    create: bool,
    #[cfg(any(feature = "aws", feature = "azure", feature = "gcp", feature = "http"))]
    retry: Option<RetryConfig>,
    retries: Option<Retries>,
    profile: Option<Profile>,
    part_size: Option<u64>,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// Without the values of options, which may be secret.
impl fmt::Debug for OpenOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let options: Vec<&str> = self.options.iter().map(|(key, _)| key.as_str()).collect();
        f.debug_struct("OpenOptions")
            .field("options", &options)
            .field("environment", &self.environment)
            .field("create", &self.create)
            .field("retries", &self.retries)
            .field("profile", &self.profile)
            .field("part_size", &self.part_size)
            .finish()
    }
}

impl OpenOptions {
    /// As the environment says.
    pub fn new() -> Self {
        Self {
            options: Vec::new(),
            environment: true,
            create: false,
            #[cfg(any(feature = "aws", feature = "azure", feature = "gcp", feature = "http"))]
            retry: None,
            retries: None,
            profile: None,
            part_size: None,
        }
    }

    /// Sets an option of the store by the name that the crate `object_store` gives it, in any case:
    /// [`AmazonS3ConfigKey`](https://docs.rs/object_store/latest/object_store/aws/enum.AmazonS3ConfigKey.html),
    /// [`GoogleConfigKey`](https://docs.rs/object_store/latest/object_store/gcp/enum.GoogleConfigKey.html),
    /// [`AzureConfigKey`](https://docs.rs/object_store/latest/object_store/azure/enum.AzureConfigKey.html), and for all of them and for
    /// HTTP [`ClientConfigKey`](https://docs.rs/object_store/latest/object_store/enum.ClientConfigKey.html), where the
    /// timeouts are. Besides these, each store has `max_retries` and `retry_timeout` (such as `30s`) of
    /// [`RetryConfig`](object_store::RetryConfig). A name that the store does not have is an error when it is opened, and so is one
    /// of what the URL says, such as the bucket.
    pub fn option(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.options.push((name.into(), value.into()));
        self
    }

    /// Sets many options.
    pub fn options<N: Into<String>, V: Into<String>>(
        mut self,
        options: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let options = options
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()));
        self.options.extend(options);
        self
    }

    /// Whether the store's variables of the environment count; they do unless it is said otherwise. HTTP, folders and memory
    /// have none. A proxy that the environment names, the HTTP client uses in any case; the option `proxy_url` comes before it.
    pub fn environment(mut self, environment: bool) -> Self {
        self.environment = environment;
        self
    }

    /// Whether a folder is made that is not there. Anywhere else it changes nothing: buckets are never made (the first call says
    /// that one is missing), prefixes need not be, and memory is always new.
    pub fn create(mut self, create: bool) -> Self {
        self.create = create;
        self
    }

    /// How refused connections and answers such as 503 are retried; the options `max_retries` and `retry_timeout` come
    /// before it. Folders and memory have no such thing, and refuse it.
    #[cfg(any(feature = "aws", feature = "azure", feature = "gcp", feature = "http"))]
    pub fn retry(mut self, retry: RetryConfig) -> Self {
        self.retry = Some(retry);
        self
    }

    /// How transfers that break off are retried. A [`Directory`] and a [`MemoryContainer`] refuse it.
    pub fn retries(mut self, retries: Retries) -> Self {
        self.retries = Some(retries);
        self
    }

    /// How the store is asked; [`Profile::REMOTE`] unless set. A [`Directory`] and a [`MemoryContainer`] have their own, and
    /// refuse it.
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = Some(profile);
        self
    }

    /// Above how many bytes blobs are sent in parts of about as many; see
    /// [`AsyncObjectContainer::with_part_size`]. A [`Directory`] and a [`MemoryContainer`] refuse it.
    pub fn part_size(mut self, bytes: u64) -> Self {
        self.part_size = Some(bytes);
        self
    }

    /// Opens the container at a URL or path; see [`open`].
    ///
    /// # Errors
    /// As there.
    pub fn open(&self, url: &str) -> Result<Arc<dyn Store>, OpenError> {
        match place(url)? {
            Place::Remote(remote) => Ok(Arc::new(Blocking::new(self.remote(&remote)?)?)),
            Place::Folder(path) => {
                self.nothing_but_create(url)?;
                Ok(Arc::new(self.directory(path)?))
            }
            Place::Memory => {
                self.nothing_but_create(url)?;
                Ok(Arc::new(MemoryContainer::new()))
            }
        }
    }

    /// Opens the container that one file lies in, by the URL or path of the file; answers the file's key in it as well. A
    /// link that the path itself is, is followed. Whether the file is there shows when it is used.
    ///
    /// ```
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("events.npz");
    /// # std::fs::write(&path, [1, 2, 3])?;
    /// # let path = path.to_str().unwrap();
    /// let (folder, key) = gawky_object_store::OpenOptions::new().open_file(path)?;
    /// assert_eq!((&*key, folder.size(&key)?), ("events.npz", Some(3)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`open`]; [`OpenError::Url`] where it names no file.
    pub fn open_file(&self, url: &str) -> Result<(Arc<dyn Store>, Key), OpenError> {
        let (place, name) = place(url)?.file().ok_or_else(|| OpenError::Url {
            url: url.to_owned(),
            why: "it names no file: say its whole name".to_owned(),
        })?;
        let key = names::key_of(&name).ok_or_else(|| OpenError::Url {
            url: url.to_owned(),
            why: format!(
                "{name:?} is the name of no key, and cannot be read as one: rename the file"
            ),
        })?;
        let store: Arc<dyn Store> = match place {
            Place::Remote(remote) => Arc::new(Blocking::new(self.remote(&remote)?)?),
            Place::Folder(path) => {
                self.nothing_but_create(url)?;
                Arc::new(self.directory(path)?.follow_symlinks(true))
            }
            Place::Memory => Arc::new(MemoryContainer::new()),
        };
        Ok((store, key.into()))
    }

    fn directory(&self, path: PathBuf) -> Result<Directory, StoreError> {
        match self.create {
            true => Directory::create(path),
            false => Directory::open(path),
        }
    }

    /// Opens the container at a URL or path for programs with futures; see [`open_async`].
    ///
    /// # Errors
    /// As there.
    pub fn open_async(&self, url: &str) -> Result<AsyncObjectContainer, OpenError> {
        match place(url)? {
            Place::Remote(remote) => self.remote(&remote),
            Place::Folder(path) => {
                self.no_client(url)?;
                self.folder(&path)
            }
            Place::Memory => {
                self.no_client(url)?;
                let container = AsyncObjectContainer::new(Arc::new(InMemory::new()), "".into());
                Ok(self.tuned(container, Profile::MEMORY))
            }
        }
    }

    fn remote(&self, remote: &place::Remote) -> Result<AsyncObjectContainer, OpenError> {
        let (store, id) = stores::connect(remote, self)?;
        let container = AsyncObjectContainer::new(store, remote.prefix.clone());
        Ok(self.tuned(container.with_id(ContainerId::new(id)), Profile::REMOTE))
    }

    fn folder(&self, path: &Path) -> Result<AsyncObjectContainer, OpenError> {
        if self.create {
            fs::create_dir_all(path).map_err(|source| StoreError::Io {
                key: String::new(),
                path: path.to_owned(),
                source: Arc::new(source),
            })?;
        }
        // It says what is wrong with a folder better than the store does.
        let directory = Directory::open(path)?;
        let store = LocalFileSystem::new_with_prefix(directory.root()).map_err(|source| {
            OpenError::Configuration {
                url: path.display().to_string(),
                source,
            }
        })?;
        let store = Arc::new(store.with_automatic_cleanup(true));
        // Not that of the `Directory`: it tells other versions, so they must share no cache.
        let id = ContainerId::of_path(directory.root());
        let id = ContainerId::new(format!("object-store+{id}"));
        let container = AsyncObjectContainer::new(store, "".into()).with_id(id);
        Ok(self.tuned(container, Profile::FILE))
    }

    fn tuned(&self, container: AsyncObjectContainer, profile: Profile) -> AsyncObjectContainer {
        let container = container
            .with_retries(self.retries.unwrap_or_default())
            .with_profile(self.profile.unwrap_or(profile));
        match self.part_size {
            Some(bytes) => container.with_part_size(bytes),
            None => container,
        }
    }

    /// Folders and memory have no options, and no client with retries of its own.
    fn no_client(&self, url: &str) -> Result<(), OpenError> {
        if let Some((option, _)) = self.options.first() {
            return Err(OpenError::Option {
                url: url.to_owned(),
                option: option.clone(),
                known: vec!["none"],
            });
        }
        #[cfg(any(feature = "aws", feature = "azure", feature = "gcp", feature = "http"))]
        if self.retry.is_some() {
            return Err(OpenError::Setting {
                url: url.to_owned(),
                setting: "retry".to_owned(),
                why: "no server is asked here: leave it out",
            });
        }
        Ok(())
    }

    /// What is no object store here is not asked and written as one.
    fn nothing_but_create(&self, url: &str) -> Result<(), OpenError> {
        self.no_client(url)?;
        let set = [
            ("retries", self.retries.is_some()),
            ("profile", self.profile.is_some()),
            ("part_size", self.part_size.is_some()),
        ];
        match set.iter().find(|(_, is_set)| *is_set) {
            None => Ok(()),
            Some((setting, _)) => Err(OpenError::Setting {
                url: url.to_owned(),
                setting: (*setting).to_owned(),
                why: "folders and memory have it by open_async() only: leave it out, or open by that",
            }),
        }
    }
}
