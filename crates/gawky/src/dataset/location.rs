//! Where datasets are: paths and URLs.

use std::sync::Arc;

use gawky_store::Store;

use crate::Error;

/// The container at a path or URL; a folder is made, where it is to be.
#[cfg(feature = "remote")]
pub(super) fn open(place: &str, create: bool) -> Result<Arc<dyn Store>, Error> {
    let options = gawky_object_store::OpenOptions::new().create(create);
    Ok(options.open(place)?)
}

/// The container at a path, or in memory; a folder is made, where it is to be.
#[cfg(not(feature = "remote"))]
pub(super) fn open(place: &str, create: bool) -> Result<Arc<dyn Store>, Error> {
    use gawky_store::{Directory, MemoryContainer};

    if place == "memory:" {
        return Ok(Arc::new(MemoryContainer::new()));
    }
    if place.contains("://") {
        return Err(super::DatasetFault::Options {
            problem: "this gawky was built without the features object-store, aws, azure, gcp and http, and knows paths and \"memory:\" only: \
                      build it with the one of that kind"
                .to_owned(),
        }
        .of(place));
    }
    Ok(Arc::new(if create {
        Directory::create(place)?
    } else {
        Directory::open(place)?
    }))
}
