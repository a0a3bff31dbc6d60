//! The object store in this process and the proxy before it, tested.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests say what is wrong by panicking"
)]

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use gawky_testkit::remote::{Asked, FaultPlan, FaultProxy, HttpFault, ObjectServer, Traffic};

/// A client that believes nothing: it reports what came over the wire.
struct Client(BufReader<TcpStream>);

#[derive(Debug, PartialEq)]
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    /// Whether the body was as long as promised.
    whole: bool,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(this, _)| this == name);
        found.map(|(_, value)| value.as_str())
    }
}

impl Client {
    fn new(url: &str) -> Self {
        let stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
        stream.set_nodelay(true).unwrap();
        Self(BufReader::new(stream))
    }

    fn ask(&mut self, method: &str, target: &str, headers: &[(&str, &str)]) -> io::Result<Answer> {
        self.send(method, target, headers, b"")
    }

    fn send(
        &mut self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> io::Result<Answer> {
        let mut head = format!("{method} {target} HTTP/1.1\r\nHost: here\r\n");
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        if method == "PUT" || method == "POST" {
            head += &format!("Content-Length: {}\r\n", body.len());
        }
        head += "\r\n";
        self.0.get_mut().write_all(head.as_bytes())?;
        self.0.get_mut().write_all(body)?;
        self.answer(method)
    }

    fn answer(&mut self, method: &str) -> io::Result<Answer> {
        let status = self.line()?;
        let status = status.split(' ').nth(1).unwrap().parse().unwrap();
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(": ") else {
                break;
            };
            headers.push((name.to_lowercase(), value.to_owned()));
        }
        let mut answer = Answer {
            status,
            headers,
            body: Vec::new(),
            whole: true,
        };
        let promised: Option<u64> = answer
            .header("content-length")
            .map(|length| length.parse().unwrap());
        match promised {
            _ if method == "HEAD" || status == 204 || status == 304 => {}
            Some(promised) => {
                let got = self
                    .0
                    .by_ref()
                    .take(promised)
                    .read_to_end(&mut answer.body)?;
                answer.whole = got as u64 == promised;
            }
            None => drop(self.0.read_to_end(&mut answer.body)?),
        }
        Ok(answer)
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        match self.0.read_line(&mut line)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(line.trim_end().to_owned()),
        }
    }
}

const BLOB: &[u8] = b"0123456789";

fn server() -> ObjectServer {
    let server = ObjectServer::start().unwrap();
    server.insert("bucket/blob", BLOB);
    server
}

fn proxied() -> (ObjectServer, FaultProxy) {
    let server = server();
    let proxy = FaultProxy::start(server.url()).unwrap();
    (server, proxy)
}

/// What a new client gets, of the whole blob or of a range.
fn once(proxy: &FaultProxy, fault: HttpFault, range: Option<&str>) -> io::Result<Answer> {
    proxy.set_plan(FaultPlan::script([fault]));
    let headers: Vec<_> = range.map(|range| ("Range", range)).into_iter().collect();
    Client::new(proxy.url()).ask("GET", "/bucket/blob", &headers)
}

#[test]
fn the_server_reads_whole_blobs_and_ranges() {
    let server = server();
    let mut client = Client::new(server.url());
    let whole = client.ask("GET", "/bucket/blob", &[]).unwrap();
    assert_eq!((whole.status, whole.body.as_slice()), (200, BLOB));
    let head = client.ask("HEAD", "/bucket/blob", &[]).unwrap();
    assert_eq!(head.header("content-length"), Some("10"));
    assert_eq!(head.header("etag"), whole.header("etag"));

    for (range, status, body, claim) in [
        ("bytes=2-4", 206, "234", "bytes 2-4/10"),
        ("bytes=8-99", 206, "89", "bytes 8-9/10"),
        ("bytes=7-", 206, "789", "bytes 7-9/10"),
        ("bytes=-2", 206, "89", "bytes 8-9/10"),
        ("bytes=10-11", 416, "<Error>", "bytes */10"),
    ] {
        let answer = client
            .ask("GET", "/bucket/blob", &[("Range", range)])
            .unwrap();
        assert_eq!(answer.status, status, "{range}");
        assert!(answer.body.starts_with(body.as_bytes()), "{range}");
        assert_eq!(answer.header("content-range"), Some(claim), "{range}");
    }
    assert_eq!(client.ask("GET", "/bucket/none", &[]).unwrap().status, 404);
    assert_eq!(
        client.ask("GET", "/bucket/blob?acl", &[]).unwrap().status,
        501
    );
}

#[test]
fn the_server_honours_conditions_of_both_dialects() {
    let server = ObjectServer::start().unwrap();
    let mut client = Client::new(server.url());
    let mut put = |headers: &[(&str, &str)], body: &[u8]| {
        client.send("PUT", "/b/k%20%C3%A4", headers, body).unwrap()
    };
    assert_eq!(put(&[("If-Match", "\"x\"")], b"0").status, 404);
    let first = put(&[("If-None-Match", "*")], b"1");
    assert_eq!(first.status, 200);
    assert_eq!(put(&[("If-None-Match", "*")], b"2").status, 412);
    let etag = first.header("etag").unwrap();
    let second = put(&[("If-Match", etag)], b"22");
    assert_eq!(second.status, 200);
    assert_eq!(put(&[("If-Match", etag)], b"3").status, 412);
    assert_eq!(
        put(&[("x-goog-if-generation-match", "0")], b"4").status,
        412
    );
    let generation = second.header("x-goog-generation").unwrap();
    assert_eq!(
        put(&[("x-goog-if-generation-match", generation)], b"5").status,
        200
    );
    assert_eq!(server.get("b/k ä").unwrap(), b"5".as_slice());

    let etag = client.ask("HEAD", "/b/k%20%C3%A4", &[]).unwrap();
    let etag = etag.header("etag").unwrap();
    let mut get = |condition| {
        client
            .ask("GET", "/b/k%20%C3%A4", &[condition])
            .unwrap()
            .status
    };
    assert_eq!(get(("If-Match", etag)), 200);
    assert_eq!(get(("If-Match", "\"x\"")), 412);
    assert_eq!(get(("If-None-Match", etag)), 304);
    assert_eq!(get(("If-None-Match", "\"x\"")), 200);
}

#[test]
fn the_server_lists_and_deletes() {
    let server = ObjectServer::start().unwrap();
    for path in ["b/a", "b/a&b", "b/d/x", "b/d/y", "b/e", "other/a"] {
        server.insert(path, BLOB);
    }
    let mut client = Client::new(server.url());
    let mut names = |target: &str| {
        let xml = client.ask("GET", target, &[]).unwrap().body;
        let xml = String::from_utf8(xml).unwrap();
        let between = |xml: &str, open: &str, close: &str| -> Vec<String> {
            let parts = xml.split(open).skip(1);
            parts
                .map(|part| part.split(close).next().unwrap().to_owned())
                .collect()
        };
        let mut names = between(&xml, "<Key>", "</Key>");
        names.extend(between(&xml, "<CommonPrefixes><Prefix>", "</Prefix>"));
        names.extend(between(
            &xml,
            "<NextContinuationToken>",
            "</NextContinuationToken>",
        ));
        names
    };
    assert_eq!(names("/b?list-type=2"), ["a", "a&amp;b", "d/x", "d/y", "e"]);
    assert_eq!(names("/b?list-type=2&prefix=d%2F"), ["d/x", "d/y"]);
    assert_eq!(
        names("/b?list-type=2&delimiter=%2F"),
        ["a", "a&amp;b", "e", "d/"]
    );
    assert_eq!(
        names("/b?list-type=2&delimiter=%2F&start-after=d%2F"),
        ["e"]
    );
    assert_eq!(
        names("/b?list-type=2&max-keys=2"),
        ["a", "a&amp;b", "a&amp;b"]
    );
    let next = names("/b?list-type=2&max-keys=2&continuation-token=a%26b");
    assert_eq!(next, ["d/x", "d/y", "d/y"]);

    assert_eq!(client.ask("DELETE", "/b/e", &[]).unwrap().status, 204);
    let many =
        b"<Delete><Object><Key>a&amp;b</Key></Object><Object><Key>d/x</Key></Object></Delete>";
    assert_eq!(
        client.send("POST", "/b?delete", &[], many).unwrap().status,
        200
    );
    assert_eq!(server.paths(), ["b/a", "b/d/y", "other/a"]);
}

#[test]
fn the_server_takes_objects_in_parts() {
    let server = server();
    let mut client = Client::new(server.url());
    let mut send = |method: &str, target: &str, body: &[u8]| {
        let answer = client.send(method, target, &[], body).unwrap();
        (answer.status, String::from_utf8(answer.body).unwrap())
    };
    let begun =
        "<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>";
    assert_eq!(send("POST", "/b/k?uploads=", b""), (200, begun.to_owned()));
    assert_eq!(send("PUT", "/b/k?partNumber=2&uploadId=1", b"45").0, 200);
    assert_eq!(send("PUT", "/b/k?partNumber=1&uploadId=1", b"123").0, 200);
    assert_eq!(send("PUT", "/b/other?partNumber=1&uploadId=1", b"x").0, 404);
    assert_eq!(server.get("b/k"), None);
    // Twice, for who asks again has perhaps not heard the first answer.
    for _ in 0..2 {
        assert_eq!(
            send("POST", "/b/k?uploadId=1", b"<CompleteMultipartUpload/>").0,
            200
        );
        assert_eq!(server.get("b/k").unwrap(), b"12345".as_slice());
    }
    assert_eq!(send("DELETE", "/b/k?uploadId=1", b"").0, 204);
    assert_eq!(send("POST", "/b/k?uploadId=1", b"").0, 404);
}

#[test]
fn what_passes_is_unchanged_counted_and_on_one_connection() {
    let (server, proxy) = proxied();
    let mut direct = Client::new(server.url());
    let mut client = Client::new(proxy.url());
    for (method, range) in [
        ("GET", "bytes=0-"),
        ("GET", "bytes=2-4"),
        ("HEAD", "bytes=0-"),
    ] {
        let headers = [("Range", range)];
        let expected = direct.ask(method, "/bucket/blob", &headers).unwrap();
        assert_eq!(
            client.ask(method, "/bucket/blob", &headers).unwrap(),
            expected
        );
    }
    client
        .send("PUT", "/bucket/new?x=1", &[], b"12345")
        .unwrap();
    assert_eq!(proxy.connections(), 1);
    assert_eq!(proxy.most_at_once(), 1);

    let traffic = |requests, sent| Traffic {
        requests,
        sent,
        ..Traffic::default()
    };
    assert_eq!(proxy.traffic_of("GET", "/bucket/blob"), traffic(2, 13));
    assert_eq!(proxy.traffic_of("HEAD", "/bucket/blob"), traffic(1, 0));
    let put = proxy.traffic_where(|asked| asked.method == "PUT");
    assert_eq!((put.requests, put.received), (1, 5));
    assert_eq!(proxy.exchanges()[1].asked.bytes(), Some(2..5));
    assert_eq!(proxy.exchanges()[3].asked.query, "x=1");
    assert_eq!(proxy.reset().len(), 4);
    assert_eq!(proxy.traffic(), Traffic::default());
}

#[test]
fn refusals_do_nothing_or_come_too_late() {
    let (server, proxy) = proxied();
    let mut client = Client::new(proxy.url());
    let mut put = |fault, body: &[u8]| {
        proxy.set_plan(FaultPlan::script([fault]));
        client
            .send("PUT", "/bucket/k", &[("If-None-Match", "*")], body)
            .unwrap()
    };
    assert_eq!(put(HttpFault::Status(409), b"1").status, 409);
    assert_eq!(server.get("bucket/k"), None);
    let busy = put(HttpFault::Busy(7), b"1");
    assert_eq!((busy.status, busy.header("retry-after")), (503, Some("7")));
    assert_eq!(server.get("bucket/k"), None);
    assert_eq!(put(HttpFault::StatusAfterwards(409), b"2").status, 409);
    assert_eq!(server.get("bucket/k").unwrap(), b"2".as_slice());
    assert_eq!(proxy.traffic().faults, 3);
    assert_eq!(proxy.connections(), 1);
}

#[test]
fn connections_are_reset_before_after_and_in_between() {
    let (server, proxy) = proxied();
    for (fault, landed) in [
        (HttpFault::Reset, false),
        (HttpFault::ResetAfterwards, true),
        (HttpFault::ResetInHead, true),
    ] {
        proxy.set_plan(FaultPlan::script([fault]));
        let mut client = Client::new(proxy.url());
        let error = client.send("PUT", "/bucket/k", &[], b"1").unwrap_err();
        assert_ne!(error.kind(), io::ErrorKind::UnexpectedEof, "{fault:?}");
        assert_eq!(server.remove("bucket/k"), landed, "{fault:?}");
    }
    match once(&proxy, HttpFault::ResetInBody, None) {
        Err(error) => assert_eq!(error.kind(), io::ErrorKind::ConnectionReset),
        Ok(answer) => panic!("{answer:?}"),
    }
}

#[test]
fn bodies_are_cut_short_and_long() {
    let (_server, proxy) = proxied();
    let cut = once(&proxy, HttpFault::CutBody, None).unwrap();
    assert_eq!(
        (cut.status, cut.whole, cut.body.as_slice()),
        (200, false, &BLOB[..5])
    );
    assert_eq!(cut.header("content-length"), Some("10"));

    let unframed = once(&proxy, HttpFault::CutUnframed, None).unwrap();
    assert_eq!(
        (unframed.header("content-length"), unframed.body.as_slice()),
        (None, &BLOB[..5])
    );

    let short = once(&proxy, HttpFault::ShortBody, Some("bytes=2-5")).unwrap();
    assert_eq!(
        (short.whole, short.body.as_slice()),
        (true, b"23".as_slice())
    );
    assert_eq!(short.header("content-range"), Some("bytes 2-5/10"));

    let long = once(&proxy, HttpFault::LongBody, None).unwrap();
    assert_eq!(
        (long.whole, long.body.as_slice()),
        (true, b"0123456789and more".as_slice())
    );

    let flipped = once(&proxy, HttpFault::FlippedBit, None).unwrap();
    assert_eq!(flipped.body, b"0123446789");

    proxy.set_plan(FaultPlan::script([HttpFault::TrailingBytes]));
    let mut client = Client::new(proxy.url());
    assert_eq!(client.ask("GET", "/bucket/blob", &[]).unwrap().body, BLOB);
    let mut behind = [0; 8];
    client.0.read_exact(&mut behind).unwrap();
    assert_eq!(&behind, b"and more");
    assert_eq!(proxy.exchanges().last().unwrap().sent, 18);
}

#[test]
fn ranges_are_ignored_and_misread() {
    let (_server, proxy) = proxied();
    let ignored = once(&proxy, HttpFault::RangeIgnored, Some("bytes=2-5")).unwrap();
    assert_eq!((ignored.status, ignored.body.as_slice()), (200, BLOB));
    assert_eq!(ignored.header("content-range"), None);

    for (range, body, truth) in [
        ("bytes=2-5", "3456", "bytes 3-6/10"),
        ("bytes=6-9", "5678", "bytes 5-8/10"),
        ("bytes=0-9", "01234", "bytes 0-4/10"),
    ] {
        let wrong = once(&proxy, HttpFault::WrongRange, Some(range)).unwrap();
        assert_eq!(
            (wrong.status, wrong.body.as_slice()),
            (206, body.as_bytes())
        );
        assert_eq!(wrong.header("content-range"), Some(truth));
        let lying = once(&proxy, HttpFault::LyingRange, Some(range)).unwrap();
        assert_eq!(lying.body, body.as_bytes());
        let lie = format!("bytes {}/10", &range["bytes=".len()..]);
        assert_eq!(lying.header("content-range"), Some(lie.as_str()));
    }
    let wrong = once(&proxy, HttpFault::WrongRange, None).unwrap();
    assert_eq!(
        (wrong.status, wrong.body.as_slice()),
        (206, b"01234".as_slice())
    );
    assert_eq!(wrong.header("content-range"), Some("bytes 0-4/10"));
}

#[test]
fn what_cannot_be_spoilt_passes_and_is_no_fault() {
    let (server, proxy) = proxied();
    server.insert("bucket/empty", b"".as_slice());
    server.insert("bucket/one", b"1".as_slice());
    let mut client = Client::new(proxy.url());
    let faults = [
        HttpFault::CutBody,
        HttpFault::FlippedBit,
        HttpFault::WrongRange,
    ];
    for fault in faults {
        proxy.set_plan(FaultPlan::by(move |_| Some(fault)));
        let range = [("Range", "bytes=0-0")];
        assert_eq!(
            client.ask("GET", "/bucket/none", &range).unwrap().status,
            404
        );
        assert_eq!(client.ask("GET", "/bucket/empty", &[]).unwrap().body, b"");
        assert_eq!(client.ask("HEAD", "/bucket/blob", &[]).unwrap().status, 200);
    }
    assert_eq!(
        client
            .ask("GET", "/bucket/one", &[("Range", "bytes=0-0")])
            .unwrap()
            .body,
        b"1"
    );
    assert_eq!((proxy.traffic().requests, proxy.traffic().faults), (10, 0));
}

#[test]
fn delays_add_up_and_silence_waits_for_the_client() {
    let (_server, proxy) = proxied();
    proxy.set_latency(Duration::from_millis(2));
    let asked = std::time::Instant::now();
    let late = once(&proxy, HttpFault::Delay(Duration::from_millis(3)), None).unwrap();
    assert!(asked.elapsed() >= Duration::from_millis(5));
    assert_eq!(late.body, BLOB);
    assert_eq!(proxy.traffic().faults, 1);

    proxy.set_latency(Duration::ZERO);
    proxy.set_plan(FaultPlan::script([HttpFault::Silence]));
    let mut client = Client::new(proxy.url());
    let timeout = Some(Duration::from_millis(5));
    client.0.get_ref().set_read_timeout(timeout).unwrap();
    let kind = client.ask("GET", "/bucket/blob", &[]).unwrap_err().kind();
    assert!(
        matches!(kind, io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut),
        "{kind}"
    );
}

#[test]
fn a_server_that_closes_each_connection_is_asked_anew() {
    let (server, proxy) = proxied();
    let mut client = Client::new(proxy.url());
    // The proxy keeps its connection to the server, which here goes away under it.
    assert_eq!(client.ask("GET", "/bucket/blob", &[]).unwrap().status, 200);
    drop(server);
    assert_eq!(client.ask("GET", "/bucket/blob", &[]).unwrap().status, 502);
}

#[test]
fn chunked_bodies_pass_both_ways() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = FaultProxy::start(format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let serving = std::thread::spawn(move || {
        // Two connections, for the server closes each.
        [(); 2].map(|()| {
            let mut stream = BufReader::new(listener.accept().unwrap().0);
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                stream.read_until(b'\n', &mut head).unwrap();
            }
            let mut body = [0; 5];
            stream.read_exact(&mut body).unwrap();
            let answer = b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
                3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: no\r\n\r\n";
            stream.get_mut().write_all(answer).unwrap();
            (String::from_utf8(head).unwrap().to_lowercase(), body)
        })
    });
    for _ in 0..2 {
        let mut client = Client::new(proxy.url());
        let head = b"PUT /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n";
        client.0.get_mut().write_all(head).unwrap();
        assert_eq!(client.line().unwrap(), "HTTP/1.1 100 Continue");
        assert_eq!(client.line().unwrap(), "");
        let chunks = b"2\r\n12\r\n3\r\n345\r\n0\r\n\r\n";
        client.0.get_mut().write_all(chunks).unwrap();
        let answer = client.answer("PUT").unwrap();
        assert_eq!(
            (answer.status, answer.body.as_slice()),
            (200, b"abc0123456789".as_slice())
        );
    }
    for (head, body) in serving.join().unwrap() {
        assert!(head.contains("content-length: 5\r\n"), "{head}");
        assert_eq!(&body, b"12345");
    }
}

/// What was asked since the last time, and what was done to it.
fn asked(proxy: &FaultProxy) -> Vec<(Asked, Option<HttpFault>)> {
    let exchanges = proxy.reset().into_iter();
    exchanges
        .map(|exchange| (exchange.asked, exchange.fault))
        .collect()
}

#[test]
fn random_faults_are_the_same_in_every_run_and_about_as_many_as_wanted() {
    let (server, proxy) = proxied();
    (0..400).for_each(|path| server.insert(&format!("bucket/{path}"), BLOB));
    let run = |seed, paths: &[u32]| {
        proxy.set_plan(FaultPlan::random(seed, 20));
        for path in paths {
            let target = format!("/bucket/{path}");
            let _ = Client::new(proxy.url()).ask("GET", &target, &[("Range", "bytes=0-0")]);
        }
        let mut asked = asked(&proxy);
        asked.sort_by(|a, b| a.0.path.cmp(&b.0.path));
        asked
    };
    let forth: Vec<_> = (0..400).collect();
    let back: Vec<_> = (0..400).rev().collect();
    let one = run(1, &forth);
    assert_eq!(run(1, &back), one);
    assert_ne!(run(2, &forth), one);
    let faults = one.iter().filter(|(_, fault)| fault.is_some()).count();
    assert!((50..110).contains(&faults), "{faults}");
}

#[test]
fn a_fault_that_comes_by_chance_could_happen_and_be_noticed() {
    let (server, proxy) = proxied();
    (0..300).for_each(|path| server.insert(&format!("bucket/{path}"), BLOB));
    proxy.set_plan(FaultPlan::random(3, 100));
    for n in 0..300 {
        let target = format!("/bucket/{n}");
        let headers: &[(&str, &str)] = match n % 3 {
            0 => &[("Range", "bytes=0-1")],
            1 => &[("If-None-Match", "*")],
            _ => &[],
        };
        let method = if n % 3 == 1 { "PUT" } else { "GET" };
        let _ = Client::new(proxy.url()).ask(method, &target, headers);
    }
    for exchange in proxy.exchanges() {
        if let Some(fault) = exchange.fault {
            assert!(fault.applies_to(&exchange.asked), "{exchange:?}");
            assert!(fault.is_noticeable(&exchange.asked), "{exchange:?}");
        }
    }
}

#[test]
fn an_upstream_that_is_no_url_is_refused() {
    for upstream in ["localhost:80", "https://localhost:80", "http://localhost"] {
        let error = FaultProxy::start(upstream).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{upstream}");
    }
}
