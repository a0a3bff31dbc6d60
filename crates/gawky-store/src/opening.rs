//! [`Opening`]: what is read of an archive before anything can be read from it, without reading it.

use gawky_buffer::Fetch;

use crate::fetched::only;
use crate::{AsyncContainer, Container, FetchReport, Fetched, Layered, StoreError};

/// An archive that is being opened: one fetch after the other, until its layer can be made.
pub(crate) trait Opening {
    /// What the archive is read through.
    type Layer;

    /// What to fetch now.
    fn fetch(&self) -> Fetch;

    /// Takes the answer to [`fetch`](Self::fetch), and what opening has taken until now; answers the layer as soon as
    /// all is there.
    fn supply(
        &mut self,
        answer: Result<Option<Fetched>, StoreError>,
        report: FetchReport,
    ) -> Result<Option<Self::Layer>, StoreError>;
}

/// Opens an archive that lies in `container`.
pub(crate) fn open<O: Opening, C: Container>(
    mut opening: O,
    container: C,
) -> Result<Layered<O::Layer, C>, StoreError> {
    let mut report = FetchReport::default();
    loop {
        let answers = container.fetch_versioned(&[opening.fetch()], &mut report);
        if let Some(layer) = opening.supply(answers.map(only), report)? {
            return Ok(Layered::new(layer, container));
        }
    }
}

/// [`open`], by futures.
pub(crate) async fn open_async<O: Opening, C: AsyncContainer>(
    mut opening: O,
    container: C,
) -> Result<Layered<O::Layer, C>, StoreError> {
    let mut report = FetchReport::default();
    loop {
        let fetches = [opening.fetch()];
        let answers = container.fetch_versioned(&fetches, &mut report).await;
        if let Some(layer) = opening.supply(answers.map(only), report)? {
            return Ok(Layered::new(layer, container));
        }
    }
}
