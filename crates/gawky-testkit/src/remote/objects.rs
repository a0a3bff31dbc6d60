//! [`Objects`]: what an object store answers, without a network.
//!
//! The dialects are those of [S3](https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html)
//! and of the [XML API of Google Cloud Storage](https://cloud.google.com/storage/docs/xml-api/overview), which differ in
//! how conditions are put: by ETag there, by generation here. What is not here is answered with 501.

use std::collections::BTreeMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::Hasher;
use std::ops::Range;

use bytes::Bytes;
use http::header::{
    CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH, LAST_MODIFIED,
    RANGE,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use percent_encoding::percent_decode_str;

use super::reply::content_range;
use super::uploads::Uploads;

/// Google's condition of a put: at which generation the object must be, 0 for not there.
pub(super) const GENERATION_MATCH: &str = "x-goog-if-generation-match";
const GENERATION: &str = "x-goog-generation";
const MAX_KEYS: usize = 1000;

/// All buckets there can be.
#[derive(Debug, Default)]
pub(super) struct Objects {
    /// By bucket and key with a slash between them, as the path of a URL has them.
    objects: BTreeMap<String, Object>,
    puts: u64,
    uploads: Uploads,
}

#[derive(Clone, Debug)]
struct Object {
    bytes: Bytes,
    /// As with S3, the same for the same bytes.
    etag: String,
    generation: u64,
}

impl Object {
    fn new(bytes: Bytes, generation: u64) -> Self {
        let mut hasher = DefaultHasher::new();
        hasher.write(&bytes);
        Self {
            etag: format!("\"{:016x}-{}\"", hasher.finish(), bytes.len()),
            bytes,
            generation,
        }
    }

    fn describe(&self, headers: &mut HeaderMap) {
        if let Ok(etag) = HeaderValue::try_from(self.etag.as_str()) {
            headers.insert(ETAG, etag);
        }
        headers.insert(
            HeaderName::from_static(GENERATION),
            HeaderValue::from(self.generation),
        );
        headers.insert(
            LAST_MODIFIED,
            HeaderValue::from_static("Thu, 01 Jan 2026 00:00:00 GMT"),
        );
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/octet-stream"),
        );
    }
}

impl Objects {
    pub(super) fn insert(&mut self, path: &str, bytes: Bytes) {
        self.puts += 1;
        let object = Object::new(bytes, self.puts);
        self.objects.insert(path.to_owned(), object);
    }

    pub(super) fn get(&self, path: &str) -> Option<Bytes> {
        Some(self.objects.get(path)?.bytes.clone())
    }

    pub(super) fn remove(&mut self, path: &str) -> bool {
        self.objects.remove(path).is_some()
    }

    pub(super) fn paths(&self) -> Vec<String> {
        self.objects.keys().cloned().collect()
    }

    pub(super) fn answer(&mut self, request: &Request<Bytes>) -> Response<Bytes> {
        let path = request.uri().path().trim_start_matches('/');
        let path = percent_decode_str(path).decode_utf8_lossy().into_owned();
        let query = Query::of(request);
        let is_bucket = !path.trim_end_matches('/').contains('/');
        let bucket = path.trim_end_matches('/');
        match *request.method() {
            Method::GET if is_bucket && query.get("list-type").is_some() => {
                self.list(bucket, &query)
            }
            Method::POST if is_bucket && query.get("delete").is_some() => {
                self.delete_many(bucket, request.body())
            }
            _ if is_bucket => error(StatusCode::NOT_IMPLEMENTED, "NotImplemented"),
            Method::POST => self.upload(&path, request, &query),
            Method::PUT if query.get("uploadId").is_some() => self.put_part(&path, request, &query),
            Method::DELETE if query.get("uploadId").is_some() => {
                self.uploads.give_up(query.number("uploadId"));
                with_status(StatusCode::NO_CONTENT)
            }
            _ if !query.is_empty() => error(StatusCode::NOT_IMPLEMENTED, "NotImplemented"),
            Method::GET | Method::HEAD => self.read(&path, request),
            Method::PUT => self.put(path, request),
            Method::DELETE => {
                self.remove(&path);
                with_status(StatusCode::NO_CONTENT)
            }
            _ => error(StatusCode::NOT_IMPLEMENTED, "NotImplemented"),
        }
    }

    fn read(&self, path: &str, request: &Request<Bytes>) -> Response<Bytes> {
        let Some(object) = self.objects.get(path) else {
            return no_such_key(path);
        };
        if let Some(refused) = refusal(request, Some(object)) {
            return refused;
        }
        let mut response = match request.headers().get(RANGE) {
            None => Response::new(object.bytes.clone()),
            Some(range) => part(&object.bytes, range.to_str().unwrap_or_default()),
        };
        if !response.status().is_success() {
            return response;
        }
        object.describe(response.headers_mut());
        if request.method() == Method::HEAD {
            let length = HeaderValue::from(response.body().len());
            response.headers_mut().insert(CONTENT_LENGTH, length);
            response = response.map(|_| Bytes::new());
        }
        response
    }

    fn put(&mut self, path: String, request: &Request<Bytes>) -> Response<Bytes> {
        let there = self.objects.get(&path);
        if there.is_none() && request.headers().contains_key(IF_MATCH) {
            return error(StatusCode::NOT_FOUND, "NoSuchKey");
        }
        if let Some(refused) = refusal(request, there) {
            return refused;
        }
        self.insert(&path, request.body().clone());
        let mut response = with_status(StatusCode::OK);
        if let Some(object) = self.objects.get(&path) {
            object.describe(response.headers_mut());
        }
        response
    }

    /// The beginning and the end of an upload in parts.
    fn upload(&mut self, path: &str, request: &Request<Bytes>, query: &Query) -> Response<Bytes> {
        if query.get("uploads").is_some() {
            let upload = self.uploads.begin(path);
            let root = "InitiateMultipartUploadResult";
            let xml = format!("<{root}><UploadId>{upload}</UploadId></{root}>");
            return with_xml(StatusCode::OK, xml);
        }
        let Some(bytes) = self.uploads.joined(path, query.number("uploadId")) else {
            return error(StatusCode::NOT_FOUND, "NoSuchUpload");
        };
        let there = self.objects.get(path);
        if there.is_none_or(|object| object.bytes != bytes) {
            if let Some(refused) = refusal(request, there) {
                return refused;
            }
            self.insert(path, bytes);
        }
        let etag = self.objects.get(path).map_or("", |object| &object.etag);
        let root = "CompleteMultipartUploadResult";
        let xml = format!("<{root}><ETag>{}</ETag></{root}>", escaped(etag));
        with_xml(StatusCode::OK, xml)
    }

    fn put_part(&mut self, path: &str, request: &Request<Bytes>, query: &Query) -> Response<Bytes> {
        let (upload, part) = (query.number("uploadId"), query.number("partNumber"));
        if !self.uploads.put(path, upload, part, request.body().clone()) {
            return error(StatusCode::NOT_FOUND, "NoSuchUpload");
        }
        let mut response = with_status(StatusCode::OK);
        if let Ok(etag) = HeaderValue::try_from(format!("\"{upload}-{part}\"")) {
            response.headers_mut().insert(ETAG, etag);
        }
        response
    }

    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>
    fn list(&self, bucket: &str, query: &Query) -> Response<Bytes> {
        let prefix = query.get("prefix").unwrap_or_default();
        let delimiter = query
            .get("delimiter")
            .filter(|delimiter| !delimiter.is_empty());
        let after = query.get("continuation-token").or(query.get("start-after"));
        let most = query.get("max-keys").and_then(|keys| keys.parse().ok());
        let most = most.unwrap_or(MAX_KEYS).min(MAX_KEYS);

        let mut listed: Vec<(String, Option<&Object>)> = Vec::new();
        let mut is_truncated = false;
        for (path, object) in &self.objects {
            let Some(key) = path
                .strip_prefix(bucket)
                .and_then(|rest| rest.strip_prefix('/'))
            else {
                continue;
            };
            let Some(rest) = key.strip_prefix(&prefix) else {
                continue;
            };
            let folder = delimiter.as_ref().and_then(|delimiter| {
                let (folder, _) = rest.split_once(delimiter.as_str())?;
                Some(format!("{prefix}{folder}{delimiter}"))
            });
            let (name, object) = match folder {
                Some(folder) => (folder, None),
                None => (key.to_owned(), Some(object)),
            };
            let is_new = listed.last().is_none_or(|(last, _)| *last != name);
            if !is_new || after.as_ref().is_some_and(|after| name <= *after) {
                continue;
            }
            if listed.len() == most {
                is_truncated = true;
                break;
            }
            listed.push((name, object));
        }

        let mut xml = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><ListBucketResult><Name>{}</Name>\
             <KeyCount>{}</KeyCount><IsTruncated>{is_truncated}</IsTruncated>",
            escaped(bucket),
            listed.len(),
        );
        for (name, object) in &listed {
            let name = escaped(name);
            xml += &match object {
                None => format!("<CommonPrefixes><Prefix>{name}</Prefix></CommonPrefixes>"),
                Some(object) => format!(
                    "<Contents><Key>{name}</Key><Size>{}</Size><ETag>{}</ETag>\
                     <LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>",
                    object.bytes.len(),
                    escaped(&object.etag),
                ),
            };
        }
        if let (true, Some((last, _))) = (is_truncated, listed.last()) {
            let token = escaped(last);
            xml += &format!("<NextContinuationToken>{token}</NextContinuationToken>");
        }
        xml += "</ListBucketResult>";
        with_xml(StatusCode::OK, xml)
    }

    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html>
    fn delete_many(&mut self, bucket: &str, body: &Bytes) -> Response<Bytes> {
        let body = String::from_utf8_lossy(body);
        let mut xml = "<DeleteResult>".to_owned();
        for part in body.split("<Key>").skip(1) {
            let key = part.split("</Key>").next().unwrap_or_default();
            self.remove(&format!("{bucket}/{}", unescaped(key)));
            xml += &format!("<Deleted><Key>{key}</Key></Deleted>");
        }
        xml += "</DeleteResult>";
        with_xml(StatusCode::OK, xml)
    }
}

/// The refusal, where the object is not in the state that the headers want.
fn refusal(request: &Request<Bytes>, object: Option<&Object>) -> Option<Response<Bytes>> {
    let (method, headers) = (request.method(), request.headers());
    let wanted = |name: HeaderName| Some(headers.get(name)?.to_str().unwrap_or_default());
    let etag = object.map(|object| object.etag.as_str());
    let is = |wanted: &str| etag.is_some_and(|etag| wanted == "*" || wanted == etag);
    let generation = object.map_or(0, |object| object.generation).to_string();
    let holds = wanted(IF_MATCH).is_none_or(is)
        && wanted(HeaderName::from_static(GENERATION_MATCH))
            .is_none_or(|wanted| wanted == generation);
    if !holds {
        return Some(error(StatusCode::PRECONDITION_FAILED, "PreconditionFailed"));
    }
    wanted(IF_NONE_MATCH)
        .is_some_and(is)
        .then(|| match *method {
            Method::GET | Method::HEAD => with_status(StatusCode::NOT_MODIFIED),
            _ => error(StatusCode::PRECONDITION_FAILED, "PreconditionFailed"),
        })
}

/// The answer to a request for a range.
fn part(bytes: &Bytes, range: &str) -> Response<Bytes> {
    let size = bytes.len();
    let (mut response, claim) = match within(range, size) {
        None => (
            error(StatusCode::RANGE_NOT_SATISFIABLE, "InvalidRange"),
            format!("bytes */{size}"),
        ),
        Some(range) => {
            let claim = content_range(&(range.start as u64..range.end as u64), size as u64);
            let part = with_status(StatusCode::PARTIAL_CONTENT);
            (part.map(|_| bytes.slice(range)), claim)
        }
    };
    if let Ok(claim) = HeaderValue::try_from(claim) {
        response.headers_mut().insert(CONTENT_RANGE, claim);
    }
    response
}

/// The bytes that a header `Range` means; `None` when there are none.
fn within(range: &str, size: usize) -> Option<Range<usize>> {
    let (start, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let range = match (start, last) {
        ("", last) => size.saturating_sub(last.parse().ok()?)..size,
        (start, "") => start.parse().ok()?..size,
        (start, last) => {
            let last: usize = last.parse().ok()?;
            start.parse().ok()?..last.saturating_add(1).min(size)
        }
    };
    (range.start < range.end).then_some(range)
}

/// What follows the question mark, decoded.
struct Query(Vec<(String, String)>);

impl Query {
    fn of(request: &Request<Bytes>) -> Self {
        let decoded = |text: &str| {
            let spaced = text.replace('+', " ");
            percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
        };
        let query = request.uri().query().unwrap_or_default();
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        Self(
            pairs
                .map(|pair| {
                    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                    (decoded(name), decoded(value))
                })
                .collect(),
        )
    }

    fn get(&self, name: &str) -> Option<String> {
        let found = self.0.iter().find(|(this, _)| this == name);
        found.map(|(_, value)| value.clone())
    }

    /// 0 where there is no such number.
    fn number(&self, name: &str) -> u64 {
        let number = self.get(name).and_then(|value| value.parse().ok());
        number.unwrap_or(0)
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn error(status: StatusCode, code: &str) -> Response<Bytes> {
    with_xml(status, format!("<Error><Code>{code}</Code></Error>"))
}

/// With the key in it, as S3 has it.
fn no_such_key(path: &str) -> Response<Bytes> {
    let key = escaped(path.split_once('/').map_or(path, |(_, key)| key));
    let xml = format!("<Error><Code>NoSuchKey</Code><Key>{key}</Key></Error>");
    with_xml(StatusCode::NOT_FOUND, xml)
}

fn with_xml(status: StatusCode, xml: String) -> Response<Bytes> {
    let mut response = with_status(status).map(|_| Bytes::from(xml));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    response
}

fn with_status(status: StatusCode) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}

const ENTITIES: [(&str, &str); 5] = [
    ("&", "&amp;"),
    ("<", "&lt;"),
    (">", "&gt;"),
    ("\"", "&quot;"),
    ("'", "&apos;"),
];

fn escaped(text: &str) -> String {
    ENTITIES
        .iter()
        .fold(text.to_owned(), |text, (plain, entity)| {
            text.replace(plain, entity)
        })
}

fn unescaped(text: &str) -> String {
    // The ampersand last: what it brings forth is no entity.
    ENTITIES
        .iter()
        .rev()
        .fold(text.to_owned(), |text, (plain, entity)| {
            text.replace(entity, plain)
        })
}
