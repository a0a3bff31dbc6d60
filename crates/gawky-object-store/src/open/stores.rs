//! The stores behind a network.

use std::sync::Arc;

use object_store::ObjectStore;

use super::place::{Kind, Remote};
use super::{OpenError, OpenOptions};

/// A store, and how its container is called.
type Connected = (Arc<dyn ObjectStore>, String);

/// The store at a place.
pub(super) fn connect(remote: &Remote, options: &OpenOptions) -> Result<Connected, OpenError> {
    match remote.kind {
        #[cfg(feature = "aws")]
        Kind::S3 => s3::connect(remote, options),
        #[cfg(feature = "gcp")]
        Kind::Gcs => gcs::connect(remote, options),
        #[cfg(feature = "azure")]
        Kind::Azure => azure::connect(remote, options),
        #[cfg(feature = "http")]
        Kind::Http => http::connect(remote, options),
        #[allow(unreachable_patterns, reason = "with all features there is no other")]
        kind => {
            let _ = options;
            Err(OpenError::NotBuilt {
                url: remote.url.clone(),
                scheme: remote.root.scheme().to_owned(),
                feature: match kind {
                    Kind::S3 => "aws",
                    Kind::Gcs => "gcp",
                    Kind::Azure => "azure",
                    Kind::Http => "http",
                },
            })
        }
    }
}

#[cfg(any(feature = "aws", feature = "azure", feature = "gcp", feature = "http"))]
mod shared {
    use object_store::RetryConfig;

    use super::{OpenError, OpenOptions, Remote};

    /// How every client retries: not an option of the stores, but set as one.
    const RETRY_OPTIONS: [&str; 2] = ["max_retries", "retry_timeout"];

    /// What every client has, whatever it is a client of.
    pub(super) const CLIENT_OPTIONS: [&str; 20] = [
        "allow_http",
        "allow_invalid_certificates",
        "connect_timeout",
        "default_content_type",
        "disable_system_certificates",
        "http1_only",
        "http2_keep_alive_interval",
        "http2_keep_alive_timeout",
        "http2_keep_alive_while_idle",
        "http2_max_frame_size",
        "http2_only",
        "pool_idle_timeout",
        "pool_max_idle_per_host",
        "proxy_ca_certificate",
        "proxy_excludes",
        "proxy_url",
        "randomize_addresses",
        "read_timeout",
        "timeout",
        "user_agent",
    ];

    /// A builder with the options of the caller, by their names.
    pub(super) fn configured<B, K: std::str::FromStr>(
        mut builder: B,
        remote: &Remote,
        options: &OpenOptions,
        own: &[&'static str],
        set: impl Fn(B, K, &str) -> B,
        is_in_the_url: impl Fn(&K) -> bool,
    ) -> Result<B, OpenError> {
        for (option, value) in &options.options {
            let name = option.to_ascii_lowercase();
            match name.parse() {
                Ok(key) if is_in_the_url(&key) => {
                    return Err(OpenError::Setting {
                        url: remote.url.clone(),
                        setting: format!("the option {option:?}"),
                        why: "the URL says it: change the URL, or leave the option out",
                    });
                }
                Ok(key) => builder = set(builder, key, value),
                Err(_) if RETRY_OPTIONS.contains(&name.as_str()) => {}
                Err(_) => {
                    let known = own.iter().chain(&CLIENT_OPTIONS).chain(&RETRY_OPTIONS);
                    return Err(OpenError::Option {
                        url: remote.url.clone(),
                        option: option.clone(),
                        known: known.copied().collect(),
                    });
                }
            }
        }
        Ok(builder)
    }

    /// How the client is to retry, if that was said.
    pub(super) fn retry(remote: &Remote, options: &OpenOptions) -> Result<RetryConfig, OpenError> {
        let mut retry = options.retry.clone().unwrap_or_default();
        for (option, value) in &options.options {
            let set = match option.to_ascii_lowercase().as_str() {
                "max_retries" => value
                    .parse()
                    .map(|retries| retry.max_retries = retries)
                    .map_err(|error| error.to_string()),
                "retry_timeout" => humantime::parse_duration(value)
                    .map(|timeout| retry.retry_timeout = timeout)
                    .map_err(|error| error.to_string()),
                _ => Ok(()),
            };
            set.map_err(|error| {
                configuration(remote)(object_store::Error::Generic {
                    store: "Config",
                    source: format!("the option {option:?} cannot be {value:?}: {error}").into(),
                })
            })?;
        }
        Ok(retry)
    }

    pub(super) fn configuration(remote: &Remote) -> impl FnOnce(object_store::Error) -> OpenError {
        let url = remote.url.clone();
        move |source| OpenError::Configuration { url, source }
    }

    /// Refuses an endpoint that does not encrypt, unless that is allowed.
    #[cfg(any(feature = "aws", feature = "azure"))]
    pub(super) fn check_endpoint(
        remote: &Remote,
        endpoint: Option<&str>,
        allow_http: Option<&str>,
    ) -> Result<(), OpenError> {
        match endpoint {
            Some(endpoint)
                if endpoint.starts_with("http://")
                    && matches!(allow_http, None | Some("false")) =>
            {
                Err(OpenError::AllowHttp {
                    url: remote.url.clone(),
                    endpoint: without_secrets(endpoint),
                })
            }
            _ => Ok(()),
        }
    }

    /// The name of the container at a place: it tells apart whatever is not the same, and no secret.
    pub(super) fn id(root: &str, remote: &Remote, endpoint: Option<&str>) -> String {
        let mut id = match remote.prefix.as_ref() {
            "" => root.to_owned(),
            prefix => format!("{root}/{prefix}"),
        };
        if let Some(endpoint) = endpoint {
            id = format!("{id}?endpoint={}", without_secrets(endpoint));
        }
        id
    }

    fn without_secrets(endpoint: &str) -> String {
        let Ok(mut url) = url::Url::parse(endpoint) else {
            return endpoint.to_owned();
        };
        let _ = url.set_username("");
        let _ = url.set_password(None);
        url.set_query(None);
        url.set_fragment(None);
        url.as_str().trim_end_matches('/').to_owned()
    }
}

#[cfg(feature = "aws")]
mod s3 {
    use std::sync::Arc;

    use object_store::ClientConfigKey;
    use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};

    use super::shared::{check_endpoint, configuration, configured, id, retry};
    use super::{Connected, OpenError, OpenOptions, Remote};
    use crate::Witness;

    pub(super) const OPTIONS: [&str; 30] = [
        "access_key_id",
        "aws_endpoint_url_s3",
        "checksum_algorithm",
        "conditional_put",
        "container_authorization_token_file",
        "container_credentials_full_uri",
        "container_credentials_relative_uri",
        "copy_if_not_exists",
        "default_region",
        "disable_bulk_delete",
        "disable_tagging",
        "endpoint",
        "endpoint_url_sts",
        "imdsv1_fallback",
        "metadata_endpoint",
        "region",
        "request_payer",
        "role_arn",
        "role_session_name",
        "s3_express",
        "secret_access_key",
        "server_side_encryption",
        "session_token",
        "skip_signature",
        "sse_bucket_key_enabled",
        "sse_customer_key_base64",
        "sse_kms_key_id",
        "unsigned_payload",
        "virtual_hosted_style_request",
        "web_identity_token_file",
    ];

    pub(super) fn connect(remote: &Remote, options: &OpenOptions) -> Result<Connected, OpenError> {
        let builder = if options.environment {
            AmazonS3Builder::from_env()
        } else {
            AmazonS3Builder::new()
        };
        let builder = configured(
            builder,
            remote,
            options,
            &OPTIONS,
            |builder, key, value| builder.with_config(key, value),
            |key| matches!(key, AmazonS3ConfigKey::Bucket),
        )?
        .with_bucket_name(&remote.host)
        .with_http_connector(Witness)
        .with_retry(retry(remote, options)?);
        let value = |key| builder.get_config_value(&key);
        let endpoint =
            value(AmazonS3ConfigKey::S3Endpoint).or_else(|| value(AmazonS3ConfigKey::Endpoint));
        let allow_http = value(AmazonS3ConfigKey::Client(ClientConfigKey::AllowHttp));
        check_endpoint(remote, endpoint.as_deref(), allow_http.as_deref())?;
        let id = id(
            &format!("s3://{}", remote.host),
            remote,
            endpoint.as_deref(),
        );
        let store = builder.build().map_err(configuration(remote))?;
        Ok((Arc::new(store), id))
    }
}

#[cfg(feature = "gcp")]
mod gcs {
    use std::sync::Arc;

    use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};

    use super::shared::{configuration, configured, id, retry};
    use super::{Connected, OpenError, OpenOptions, Remote};
    use crate::Witness;

    pub(super) const OPTIONS: [&str; 6] = [
        "application_credentials",
        "base_url",
        "bearer_token",
        "service_account",
        "service_account_key",
        "skip_signature",
    ];

    pub(super) fn connect(remote: &Remote, options: &OpenOptions) -> Result<Connected, OpenError> {
        let builder = if options.environment {
            GoogleCloudStorageBuilder::from_env()
        } else {
            GoogleCloudStorageBuilder::new()
        };
        let builder = configured(
            builder,
            remote,
            options,
            &OPTIONS,
            |builder, key, value| builder.with_config(key, value),
            |key| matches!(key, GoogleConfigKey::Bucket),
        )?
        .with_bucket_name(&remote.host)
        .with_http_connector(Witness)
        .with_retry(retry(remote, options)?);
        let endpoint = builder.get_config_value(&GoogleConfigKey::BaseUrl);
        let id = id(
            &format!("gs://{}", remote.host),
            remote,
            endpoint.as_deref(),
        );
        let store = builder.build().map_err(configuration(remote))?;
        Ok((Arc::new(store), id))
    }
}

#[cfg(feature = "azure")]
mod azure {
    use std::sync::Arc;

    use object_store::ClientConfigKey;
    use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};

    use super::shared::{check_endpoint, configuration, configured, id, retry};
    use super::{Connected, OpenError, OpenOptions, Remote};
    use crate::Witness;

    pub(super) const OPTIONS: [&str; 25] = [
        "account_key",
        "account_name",
        "authority_host",
        "bearer_token",
        "client_id",
        "client_secret",
        "credential_type",
        "disable_tagging",
        "encryption_key",
        "endpoint",
        "fabric_cluster_identifier",
        "fabric_session_token",
        "fabric_token_service_url",
        "fabric_workload_host",
        "federated_token_file",
        "msi_endpoint",
        "msi_resource_id",
        "object_id",
        "sas_token",
        "skip_signature",
        "tenant_id",
        "token",
        "use_azure_cli",
        "use_emulator",
        "use_fabric_endpoint",
    ];

    pub(super) fn connect(remote: &Remote, options: &OpenOptions) -> Result<Connected, OpenError> {
        let builder = if options.environment {
            MicrosoftAzureBuilder::from_env()
        } else {
            MicrosoftAzureBuilder::new()
        };
        let builder = configured(
            builder,
            remote,
            options,
            &OPTIONS,
            |builder, key, value| builder.with_config(key, value),
            |key| match key {
                AzureConfigKey::ContainerName => true,
                AzureConfigKey::AccountName => !remote.root.username().is_empty(),
                _ => false,
            },
        )?
        .with_url(remote.root.as_str())
        .with_http_connector(Witness)
        .with_retry(retry(remote, options)?);
        let value = |key| builder.get_config_value(&key);
        let endpoint = value(AzureConfigKey::Endpoint);
        let allow_http = value(AzureConfigKey::Client(ClientConfigKey::AllowHttp));
        check_endpoint(remote, endpoint.as_deref(), allow_http.as_deref())?;
        let (container, account) = match remote.root.username() {
            "" => (remote.host.as_str(), value(AzureConfigKey::AccountName)),
            container => (container, Some(remote.host.clone())),
        };
        let account = account.unwrap_or_default();
        let emulator = value(AzureConfigKey::UseEmulator).filter(|value| value != "false");
        let endpoint = endpoint.or_else(|| emulator.map(|_| "emulator".to_owned()));
        let id = id(
            &format!("az://{container}@{account}"),
            remote,
            endpoint.as_deref(),
        );
        let store = builder.build().map_err(configuration(remote))?;
        Ok((Arc::new(store), id))
    }
}

#[cfg(feature = "http")]
mod http {
    use std::sync::Arc;

    use object_store::ClientConfigKey;
    use object_store::http::HttpBuilder;

    use super::shared::{configuration, configured, id, retry};
    use super::{Connected, OpenError, OpenOptions, Remote};
    use crate::Witness;

    pub(super) fn connect(remote: &Remote, options: &OpenOptions) -> Result<Connected, OpenError> {
        let mut builder = HttpBuilder::new()
            .with_url(remote.root.as_str())
            .with_http_connector(Witness)
            .with_retry(retry(remote, options)?);
        if remote.root.scheme() == "http" {
            // The URL says so itself.
            builder = builder.with_config(ClientConfigKey::AllowHttp, "true");
        }
        let builder = configured(
            builder,
            remote,
            options,
            &[],
            |builder, key, value| builder.with_config(key, value),
            |_| false,
        )?;
        let store = builder.build().map_err(configuration(remote))?;
        let root = remote.root.as_str().trim_end_matches('/');
        Ok((Arc::new(store), id(root, remote, None)))
    }
}

#[cfg(all(
    test,
    feature = "aws",
    feature = "gcp",
    feature = "azure",
    feature = "http"
))]
mod tests {
    use super::*;

    #[test]
    fn the_options_that_errors_name_are_options() {
        let client = shared::CLIENT_OPTIONS.into_iter();
        for option in client.clone() {
            assert!(
                option.parse::<object_store::ClientConfigKey>().is_ok(),
                "{option}"
            );
        }
        for option in s3::OPTIONS.into_iter().chain(client.clone()) {
            assert!(
                option
                    .parse::<object_store::aws::AmazonS3ConfigKey>()
                    .is_ok(),
                "{option}"
            );
        }
        for option in gcs::OPTIONS.into_iter().chain(client.clone()) {
            assert!(
                option.parse::<object_store::gcp::GoogleConfigKey>().is_ok(),
                "{option}"
            );
        }
        for option in azure::OPTIONS.into_iter().chain(client) {
            assert!(
                option
                    .parse::<object_store::azure::AzureConfigKey>()
                    .is_ok(),
                "{option}"
            );
        }
    }
}
