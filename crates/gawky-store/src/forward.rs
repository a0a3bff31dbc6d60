//! References, `Arc` and `Box` are what they point to.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use gawky_buffer::{Blob, Buffer, Fetch, Key, Version};

use crate::{
    AsyncContainer, AsyncContainerConditional, AsyncContainerDelete, AsyncContainerList,
    AsyncContainerWrite, Container, ContainerConditional, ContainerDelete, ContainerId,
    ContainerList, ContainerWrite, FetchReport, Fetched, Profile, StoreError,
};

// Every method is forwarded, the defaulted ones too: a default here would undo what the target overrides.
macro_rules! forward {
    ($($pointer:ty),*) => {$(
        impl<C: Container + ?Sized> Container for $pointer {
            fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
                (**self).get(key)
            }
            fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Buffer>, StoreError> {
                (**self).get_range(key, range)
            }
            fn size(&self, key: &str) -> Result<Option<u64>, StoreError> {
                (**self).size(key)
            }
            fn sizes(&self, keys: &[Key]) -> Result<Vec<Option<u64>>, StoreError> {
                (**self).sizes(keys)
            }
            fn contains(&self, key: &str) -> Result<bool, StoreError> {
                (**self).contains(key)
            }
            fn fetch(&self, fetches: &[Fetch]) -> Result<Vec<Option<Buffer>>, StoreError> {
                (**self).fetch(fetches)
            }
            fn fetch_versioned(
                &self,
                fetches: &[Fetch],
                report: &mut FetchReport,
            ) -> Result<Vec<Option<Fetched>>, StoreError> {
                (**self).fetch_versioned(fetches, report)
            }
            fn known_size(&self, key: &str) -> Option<u64> {
                (**self).known_size(key)
            }
            fn profile(&self) -> Profile {
                (**self).profile()
            }
            fn id(&self) -> Option<ContainerId> {
                (**self).id()
            }
            fn version(&self, key: &str) -> Result<Option<Version>, StoreError> {
                (**self).version(key)
            }
            fn versions(&self, keys: &[Key]) -> Result<Vec<Option<Version>>, StoreError> {
                (**self).versions(keys)
            }
        }

        #[async_trait]
        impl<C: AsyncContainer + ?Sized> AsyncContainer for $pointer {
            async fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
                (**self).get(key).await
            }
            async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Buffer>, StoreError> {
                (**self).get_range(key, range).await
            }
            async fn size(&self, key: &str) -> Result<Option<u64>, StoreError> {
                (**self).size(key).await
            }
            async fn sizes(&self, keys: &[Key]) -> Result<Vec<Option<u64>>, StoreError> {
                (**self).sizes(keys).await
            }
            async fn contains(&self, key: &str) -> Result<bool, StoreError> {
                (**self).contains(key).await
            }
            async fn fetch(&self, fetches: &[Fetch]) -> Result<Vec<Option<Buffer>>, StoreError> {
                (**self).fetch(fetches).await
            }
            async fn fetch_versioned(
                &self,
                fetches: &[Fetch],
                report: &mut FetchReport,
            ) -> Result<Vec<Option<Fetched>>, StoreError> {
                (**self).fetch_versioned(fetches, report).await
            }
            fn known_size(&self, key: &str) -> Option<u64> {
                (**self).known_size(key)
            }
            fn profile(&self) -> Profile {
                (**self).profile()
            }
            fn id(&self) -> Option<ContainerId> {
                (**self).id()
            }
            async fn version(&self, key: &str) -> Result<Option<Version>, StoreError> {
                (**self).version(key).await
            }
            async fn versions(&self, keys: &[Key]) -> Result<Vec<Option<Version>>, StoreError> {
                (**self).versions(keys).await
            }
        }

        #[async_trait]
        impl<C: AsyncContainerWrite + ?Sized> AsyncContainerWrite for $pointer {
            async fn put(&self, blob: Blob) -> Result<(), StoreError> {
                (**self).put(blob).await
            }
            async fn put_pieces(&self, key: Key, pieces: &[Buffer]) -> Result<(), StoreError> {
                (**self).put_pieces(key, pieces).await
            }
            async fn put_many(&self, blobs: Vec<Blob>) -> Result<(), StoreError> {
                (**self).put_many(blobs).await
            }
        }

        #[async_trait]
        impl<C: AsyncContainerDelete + ?Sized> AsyncContainerDelete for $pointer {
            async fn delete(&self, key: &str) -> Result<(), StoreError> {
                (**self).delete(key).await
            }
            async fn delete_many(&self, keys: &[Key]) -> Result<(), StoreError> {
                (**self).delete_many(keys).await
            }
        }

        #[async_trait]
        impl<C: AsyncContainerList + ?Sized> AsyncContainerList for $pointer {
            async fn list(&self, prefix: &str) -> Result<Vec<Key>, StoreError> {
                (**self).list(prefix).await
            }
        }

        #[async_trait]
        impl<C: AsyncContainerConditional + ?Sized> AsyncContainerConditional for $pointer {
            async fn get_versioned(&self, key: &str) -> Result<Option<(Buffer, Version)>, StoreError> {
                (**self).get_versioned(key).await
            }
            async fn put_if_absent(&self, blob: Blob) -> Result<Version, StoreError> {
                (**self).put_if_absent(blob).await
            }
            async fn put_if_match(&self, blob: Blob, version: &Version) -> Result<Version, StoreError> {
                (**self).put_if_match(blob, version).await
            }
        }

        impl<C: ContainerWrite + ?Sized> ContainerWrite for $pointer {
            fn put(&self, blob: Blob) -> Result<(), StoreError> {
                (**self).put(blob)
            }
            fn put_pieces(&self, key: Key, pieces: &[Buffer]) -> Result<(), StoreError> {
                (**self).put_pieces(key, pieces)
            }
            fn put_many(&self, blobs: Vec<Blob>) -> Result<(), StoreError> {
                (**self).put_many(blobs)
            }
        }

        impl<C: ContainerDelete + ?Sized> ContainerDelete for $pointer {
            fn delete(&self, key: &str) -> Result<(), StoreError> {
                (**self).delete(key)
            }
            fn delete_many(&self, keys: &[Key]) -> Result<(), StoreError> {
                (**self).delete_many(keys)
            }
            fn delete_drafts(&self, older_than: Duration) -> Result<u64, StoreError> {
                (**self).delete_drafts(older_than)
            }
        }

        impl<C: ContainerList + ?Sized> ContainerList for $pointer {
            fn list(&self, prefix: &str) -> Result<Vec<Key>, StoreError> {
                (**self).list(prefix)
            }
        }

        impl<C: ContainerConditional + ?Sized> ContainerConditional for $pointer {
            fn get_versioned(&self, key: &str) -> Result<Option<(Buffer, Version)>, StoreError> {
                (**self).get_versioned(key)
            }
            fn put_if_absent(&self, blob: Blob) -> Result<Version, StoreError> {
                (**self).put_if_absent(blob)
            }
            fn put_if_match(&self, blob: Blob, version: &Version) -> Result<Version, StoreError> {
                (**self).put_if_match(blob, version)
            }
        }
    )*};
}

forward!(&C, Arc<C>, Box<C>);

#[cfg(test)]
mod tests {
    use super::*;

    /// It answers by `fetch`, `sizes` and `versions` alone, which have defaults as well.
    struct Fetching;

    impl Container for Fetching {
        fn get(&self, _: &str) -> Result<Option<Buffer>, StoreError> {
            Ok(None)
        }

        fn fetch(&self, fetches: &[Fetch]) -> Result<Vec<Option<Buffer>>, StoreError> {
            Ok(fetches.iter().map(|_| Some(Buffer::empty())).collect())
        }

        fn sizes(&self, keys: &[Key]) -> Result<Vec<Option<u64>>, StoreError> {
            Ok(keys.iter().map(|key| Some(key.len() as u64)).collect())
        }

        fn versions(&self, keys: &[Key]) -> Result<Vec<Option<Version>>, StoreError> {
            let versions = keys.iter().map(|key| Some(Version::new(key.as_str())));
            Ok(versions.collect())
        }
    }

    #[test]
    fn what_the_target_overrides_is_asked() {
        let fetches = [Fetch::raw("k", None)];
        let fetched = |container: &dyn Container| {
            let sizes = container.sizes(&["k".into()]).ok();
            let versions = container.versions(&["k".into()]).ok();
            (container.fetch(&fetches).ok(), sizes, versions)
        };
        let bytes = Some(vec![Some(Buffer::empty())]);
        let expected = (
            bytes,
            Some(vec![Some(1)]),
            Some(vec![Some(Version::new("k"))]),
        );
        assert_eq!(fetched(&&Fetching), expected);
        assert_eq!(fetched(&Arc::new(Fetching)), expected);
        assert_eq!(fetched(&Box::new(Fetching)), expected);
    }
}
