//! [`Connection`]: HTTP/1.1 messages on a stream, whole ones in and any bytes out.
//!
//! A server made of a library would refuse to misbehave, and this one has to. What it reads comes from tests, so
//! that limits are wide and bodies lie in memory.

use std::io;

use bytes::{Buf, Bytes, BytesMut};
use http::header::{CONNECTION, CONTENT_LENGTH, EXPECT, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const MAX_HEAD: usize = 64 * 1024;
const MAX_HEADERS: usize = 128;
const READ_AHEAD: usize = 256 * 1024;
const MAX_BODY: u64 = 4 << 30;

/// One end of a connection.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    /// What was read and not yet used.
    unread: BytesMut,
}

/// How the end of a body is known.
enum Framing {
    Length(u64),
    Chunked,
    UntilClosed,
}

impl Connection {
    pub(super) fn new(stream: TcpStream) -> Self {
        // Answers are written in two pieces, of which the second must not wait.
        let _ = stream.set_nodelay(true);
        Self {
            stream,
            unread: BytesMut::new(),
        }
    }

    /// The next request; `None` when the client has closed the connection.
    pub(super) async fn request(&mut self) -> io::Result<Option<Request<Bytes>>> {
        let Some(head) = self.head().await? else {
            return Ok(None);
        };
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut parsed = httparse::Request::new(&mut headers);
        parsed.parse(&head).map_err(malformed)?;
        let mut request = Request::new(Bytes::new());
        *request.method_mut() =
            Method::from_bytes(parsed.method.unwrap_or_default().as_bytes()).map_err(malformed)?;
        *request.uri_mut() = Uri::try_from(parsed.path.unwrap_or_default()).map_err(malformed)?;
        *request.headers_mut() = header_map(parsed.headers)?;
        if request.headers_mut().remove(EXPECT).is_some() {
            self.write(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        let framing = framing(request.headers(), Framing::Length(0))?;
        *request.body_mut() = self.body(framing).await?;
        Ok(Some(request))
    }

    /// The answer to a request of this method, and whether the connection is good for another; `None` when the
    /// server has closed it before the first byte.
    pub(super) async fn response(
        &mut self,
        method: &Method,
    ) -> io::Result<Option<(Response<Bytes>, bool)>> {
        loop {
            let Some(head) = self.head().await? else {
                return Ok(None);
            };
            let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
            let mut parsed = httparse::Response::new(&mut headers);
            parsed.parse(&head).map_err(malformed)?;
            let status = StatusCode::from_u16(parsed.code.unwrap_or(0)).map_err(malformed)?;
            if status.is_informational() {
                continue;
            }
            let mut response = Response::new(Bytes::new());
            *response.status_mut() = status;
            *response.headers_mut() = header_map(parsed.headers)?;
            let framing = match method {
                &Method::HEAD => Framing::Length(0),
                _ if matches!(status.as_u16(), 204 | 304) => Framing::Length(0),
                _ => framing(response.headers(), Framing::UntilClosed)?,
            };
            let reusable = parsed.version == Some(1)
                && !matches!(framing, Framing::UntilClosed)
                && !closes(response.headers());
            *response.body_mut() = self.body(framing).await?;
            response.headers_mut().remove(TRANSFER_ENCODING);
            return Ok(Some((response, reusable)));
        }
    }

    pub(super) async fn write_request(&mut self, request: &Request<Bytes>) -> io::Result<()> {
        let target = request
            .uri()
            .path_and_query()
            .map_or("/", |target| target.as_str());
        let mut head = format!("{} {target} HTTP/1.1\r\n", request.method()).into_bytes();
        let mut headers = request.headers().clone();
        headers.remove(TRANSFER_ENCODING);
        if !request.body().is_empty() || headers.contains_key(CONTENT_LENGTH) {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(request.body().len()));
        }
        write_headers(&mut head, &headers);
        self.write(&head).await?;
        self.write(request.body()).await
    }

    /// Writes an answer, properly framed. That to a `HEAD` request keeps the length that it was given.
    pub(super) async fn write_response(
        &mut self,
        method: &Method,
        response: &Response<Bytes>,
    ) -> io::Result<()> {
        self.write(&response_head(method, response)).await?;
        if *method != Method::HEAD {
            self.write(response.body()).await?;
        }
        Ok(())
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await
    }

    /// Closes in order: what was written arrives.
    pub(super) async fn close(mut self) {
        let _ = self.stream.shutdown().await;
        // An end that closes with bytes unread resets the connection, and what it wrote may be lost with it.
        let mut rest = BytesMut::new();
        while matches!(self.stream.read_buf(&mut rest).await, Ok(1..)) {
            rest.clear();
        }
    }

    /// Resets the connection: the peer gets an error, and perhaps not even what was written before.
    pub(super) fn reset(self) -> io::Result<()> {
        self.stream.set_zero_linger()
    }

    /// Waits until the peer has gone away.
    pub(super) async fn wait_for_end(&mut self) {
        while matches!(self.stream.read_buf(&mut self.unread).await, Ok(1..)) {
            self.unread.clear();
        }
    }

    async fn head(&mut self) -> io::Result<Option<Bytes>> {
        let mut searched = 0;
        loop {
            let unread = self.unread.get(searched..).unwrap_or_default();
            if let Some(at) = unread.windows(4).position(|four| four == b"\r\n\r\n") {
                return Ok(Some(self.unread.split_to(searched + at + 4).freeze()));
            }
            searched = self.unread.len().saturating_sub(3);
            if self.unread.len() > MAX_HEAD {
                return Err(malformed("headers without end"));
            }
            if self.stream.read_buf(&mut self.unread).await? == 0 {
                return match self.unread.is_empty() {
                    true => Ok(None),
                    false => Err(io::ErrorKind::UnexpectedEof.into()),
                };
            }
        }
    }

    async fn body(&mut self, framing: Framing) -> io::Result<Bytes> {
        match framing {
            Framing::Length(length) => self.exactly(length).await,
            Framing::UntilClosed => {
                while self.stream.read_buf(&mut self.unread).await? > 0 {}
                Ok(self.unread.split().freeze())
            }
            Framing::Chunked => {
                let mut body = BytesMut::new();
                loop {
                    let line = self.line().await?;
                    let digits = line.split(|byte| *byte == b';').next().unwrap_or_default();
                    let digits = std::str::from_utf8(digits).map_err(malformed)?;
                    let length = u64::from_str_radix(digits.trim(), 16).map_err(malformed)?;
                    if length == 0 {
                        while !self.line().await?.is_empty() {}
                        return Ok(body.freeze());
                    }
                    body.extend_from_slice(&self.exactly(length).await?);
                    self.line().await?;
                }
            }
        }
    }

    async fn exactly(&mut self, length: u64) -> io::Result<Bytes> {
        let length = usize::try_from(length)
            .ok()
            .filter(|_| length <= MAX_BODY)
            .ok_or_else(|| malformed("body too large"))?;
        while self.unread.len() < length {
            // Room for what is coming, but not for all that was announced.
            self.unread
                .reserve((length - self.unread.len()).min(READ_AHEAD));
            if self.stream.read_buf(&mut self.unread).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(self.unread.split_to(length).freeze())
    }

    async fn line(&mut self) -> io::Result<Bytes> {
        loop {
            if let Some(at) = self.unread.windows(2).position(|two| two == b"\r\n") {
                let line = self.unread.split_to(at).freeze();
                self.unread.advance(2);
                return Ok(line);
            }
            if self.unread.len() > MAX_HEAD {
                return Err(malformed("line without end"));
            }
            if self.stream.read_buf(&mut self.unread).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

/// The status line and the headers of an answer, with the length of its body.
pub(super) fn response_head(method: &Method, response: &Response<Bytes>) -> Vec<u8> {
    let mut headers = response.headers().clone();
    let keeps_length = *method == Method::HEAD && headers.contains_key(CONTENT_LENGTH);
    let has_no_length = matches!(response.status().as_u16(), 204 | 304);
    if !keeps_length && !has_no_length {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(response.body().len()));
    }
    unframed_head(response.status(), &headers)
}

/// The status line and these headers, whatever they say of the body.
pub(super) fn unframed_head(status: StatusCode, headers: &HeaderMap) -> Vec<u8> {
    let reason = status.canonical_reason().unwrap_or("Unknown");
    let mut head = format!("HTTP/1.1 {} {reason}\r\n", status.as_u16()).into_bytes();
    write_headers(&mut head, headers);
    head
}

/// Whether the other end wants no more on this connection.
pub(super) fn closes(headers: &HeaderMap) -> bool {
    headers
        .get_all(CONNECTION)
        .iter()
        .any(|value| value.as_bytes().eq_ignore_ascii_case(b"close"))
}

fn write_headers(head: &mut Vec<u8>, headers: &HeaderMap) {
    for (name, value) in headers {
        head.extend_from_slice(name.as_str().as_bytes());
        head.extend_from_slice(b": ");
        head.extend_from_slice(value.as_bytes());
        head.extend_from_slice(b"\r\n");
    }
    head.extend_from_slice(b"\r\n");
}

fn header_map(headers: &[httparse::Header<'_>]) -> io::Result<HeaderMap> {
    headers
        .iter()
        .map(|header| {
            let name = HeaderName::try_from(header.name).map_err(malformed)?;
            let value = HeaderValue::from_bytes(header.value).map_err(malformed)?;
            Ok((name, value))
        })
        .collect::<io::Result<Vec<_>>>()
        .map(|headers| {
            let mut map = HeaderMap::new();
            for (name, value) in headers {
                map.append(name, value);
            }
            map
        })
}

fn framing(headers: &HeaderMap, otherwise: Framing) -> io::Result<Framing> {
    if headers.contains_key(TRANSFER_ENCODING) {
        return Ok(Framing::Chunked);
    }
    match headers.get(CONTENT_LENGTH) {
        None => Ok(otherwise),
        Some(length) => {
            let length = length.to_str().map_err(malformed)?;
            Ok(Framing::Length(length.parse().map_err(malformed)?))
        }
    }
}

fn malformed(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
