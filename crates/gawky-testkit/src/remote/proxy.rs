//! [`FaultProxy`]: between a client and a server.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{CONNECTION, RANGE};
use http::{Request, Response};
use tokio::net::TcpStream;

use super::connection::{Connection, closes};
use super::listener::Listener;
use super::reply::{Ending, Reply, made_up, spoilt, unasked};
use super::{Asked, Exchange, FaultPlan, HttpFault, Traffic};

/// An HTTP/1.1 proxy that does to requests and answers what it is told to, and counts them.
///
/// It speaks to one server; a client is given [`url`](Self::url) in that server's place. Whole messages pass
/// through its memory. Connections are kept alive on both sides, as far as server and faults allow it.
#[derive(Debug)]
pub struct FaultProxy {
    listener: Listener,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    upstream: String,
    decisions: Mutex<Decisions>,
    exchanges: Mutex<Vec<Exchange>>,
    connections: AtomicUsize,
    under_way: AtomicUsize,
    most_at_once: AtomicUsize,
}

#[derive(Debug)]
struct Decisions {
    latency: Duration,
    plan: FaultPlan,
}

impl FaultProxy {
    /// Starts a proxy before a server, `http://HOST:PORT`; a path behind it is ignored. It does nothing to the
    /// requests yet.
    ///
    /// # Errors
    /// When the URL is no such thing, or the system has no port or thread left.
    pub fn start(upstream: impl AsRef<str>) -> io::Result<Self> {
        let upstream = upstream.as_ref();
        let authority = upstream
            .strip_prefix("http://")
            .and_then(|rest| rest.split('/').next())
            .filter(|authority| authority.contains(':'))
            .ok_or_else(|| {
                io::Error::new(
                    io::ErrorKind::InvalidInput,
                    format!("{upstream:?} is not of the form http://HOST:PORT"),
                )
            })?;
        let state = Arc::new(State {
            upstream: authority.to_owned(),
            decisions: Mutex::new(Decisions {
                latency: Duration::ZERO,
                plan: FaultPlan::none(),
            }),
            exchanges: Mutex::default(),
            connections: AtomicUsize::new(0),
            under_way: AtomicUsize::new(0),
            most_at_once: AtomicUsize::new(0),
        });
        let serving = Arc::clone(&state);
        let listener = Listener::start("fault-proxy", move |stream| {
            let state = Arc::clone(&serving);
            async move {
                state.connections.fetch_add(1, Ordering::Relaxed);
                // A client that breaks off is none of the proxy's business.
                let _ = serve(&state, Connection::new(stream)).await;
            }
        })?;
        Ok(Self { listener, state })
    }

    /// Where clients find it, as `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> &str {
        self.listener.url()
    }

    /// From now on, this decides what happens to requests.
    pub fn set_plan(&self, plan: FaultPlan) {
        locked(&self.state.decisions).plan = plan;
    }

    /// From now on, every request is this late, whatever else happens to it: the latency of a network. Requests on
    /// different connections are late at the same time. Making a connection costs nothing.
    pub fn set_latency(&self, latency: Duration) {
        locked(&self.state.decisions).latency = latency;
    }

    /// Everything that passed since the beginning, or the last [`reset`](Self::reset), in the order of the answers.
    #[must_use]
    pub fn exchanges(&self) -> Vec<Exchange> {
        locked(&self.state.exchanges).clone()
    }

    /// How much that was.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        self.traffic_where(|_| true)
    }

    /// How much of it went to one path by one method.
    #[must_use]
    pub fn traffic_of(&self, method: &str, path: &str) -> Traffic {
        self.traffic_where(|asked| asked.method == method && asked.path == path)
    }

    /// How much of it was of this kind.
    #[must_use]
    pub fn traffic_where(&self, of_this_kind: impl Fn(&Asked) -> bool) -> Traffic {
        let mut traffic = Traffic::default();
        for exchange in locked(&self.state.exchanges).iter() {
            if of_this_kind(&exchange.asked) {
                traffic += Traffic::from(exchange);
            }
        }
        traffic
    }

    /// How many connections clients have made.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.state.connections.load(Ordering::Relaxed)
    }

    /// How many requests were under way at once, at most.
    #[must_use]
    pub fn most_at_once(&self) -> usize {
        self.state.most_at_once.load(Ordering::Relaxed)
    }

    /// Counts from nothing again, connections included; answers what there was.
    pub fn reset(&self) -> Vec<Exchange> {
        self.state.connections.store(0, Ordering::Relaxed);
        self.state.most_at_once.store(0, Ordering::Relaxed);
        std::mem::take(&mut *locked(&self.state.exchanges))
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A request that is under way, for as long as this lives.
struct UnderWay<'a>(&'a State);

impl<'a> UnderWay<'a> {
    fn new(state: &'a State) -> Self {
        let now = state.under_way.fetch_add(1, Ordering::Relaxed) + 1;
        state.most_at_once.fetch_max(now, Ordering::Relaxed);
        Self(state)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn serve(state: &State, mut client: Connection) -> io::Result<()> {
    let mut server = None;
    while let Some(request) = client.request().await? {
        let asked = Asked::of(&request);
        let under_way = UnderWay::new(state);
        let (latency, wanted) = {
            let mut decisions = locked(&state.decisions);
            (decisions.latency, decisions.plan.decide(&asked))
        };
        let delay = match wanted {
            Some(HttpFault::Delay(delay)) => latency + delay,
            _ => latency,
        };
        wait(delay).await;
        let (reply, fault) = replied(state, &mut server, &request, &asked, wanted).await;
        // Counted before it is written: who has the answer finds it counted.
        locked(&state.exchanges).push(Exchange {
            asked,
            received: length(request.body()),
            fault,
            status: reply.status.map(|status| status.as_u16()),
            sent: length(&reply.body),
        });
        drop(under_way);
        client.write(&reply.head).await?;
        client.write(&reply.body).await?;
        match reply.ending {
            Ending::Kept if !closes(request.headers()) => {}
            Ending::Kept | Ending::Closed => {
                client.close().await;
                break;
            }
            Ending::Reset => return client.reset(),
            Ending::Silent => {
                client.wait_for_end().await;
                break;
            }
        }
    }
    Ok(())
}

/// Waits this long, more exactly than the runtime's clock, which goes by milliseconds.
async fn wait(delay: Duration) {
    const COARSE: Duration = Duration::from_millis(2);
    let until = Instant::now() + delay;
    if let Some(coarsely) = delay.checked_sub(COARSE) {
        tokio::time::sleep(coarsely).await;
    }
    while Instant::now() < until {
        tokio::task::yield_now().await;
    }
}

/// What to say, and which fault is in it: none where the answer is one that the wanted fault cannot spoil.
async fn replied(
    state: &State,
    server: &mut Option<Connection>,
    request: &Request<Bytes>,
    asked: &Asked,
    wanted: Option<HttpFault>,
) -> (Reply, Option<HttpFault>) {
    let method = request.method();
    let (spoiling, unspoilt) = match wanted {
        Some(HttpFault::Delay(_)) => (None, wanted),
        _ => (wanted, None),
    };
    if let Some(fault) = spoiling {
        if !fault.is_forwarded() {
            return (unasked(fault, method), wanted);
        }
        let answer = forwarded(state, server, request, fault.needs_whole()).await;
        if let Some(spoilt) = spoilt(fault, asked, method, &answer) {
            return (spoilt, wanted);
        }
        if !fault.needs_whole() {
            return (Reply::new(method, answer), None);
        }
    }
    let answer = forwarded(state, server, request, false).await;
    (Reply::new(method, answer), unspoilt)
}

/// The server's answer, over the connection that there is or a new one; 502 where there is none.
async fn forwarded(
    state: &State,
    server: &mut Option<Connection>,
    request: &Request<Bytes>,
    whole: bool,
) -> Response<Bytes> {
    let mut request = request.clone();
    request.headers_mut().remove(CONNECTION);
    if whole {
        request.headers_mut().remove(RANGE);
    }
    match exchanged(state, server, &request).await {
        Ok(answer) => answer,
        Err(error) => made_up(502).map(|_| format!("no answer of the server: {error}").into()),
    }
}

async fn exchanged(
    state: &State,
    server: &mut Option<Connection>,
    request: &Request<Bytes>,
) -> io::Result<Response<Bytes>> {
    // A server may close a connection between two requests: then another one is made.
    let kept = match server.take() {
        Some(kept) => answered(kept, request).await?,
        None => None,
    };
    let (mut answer, connection) = match kept {
        Some(answered) => answered,
        None => {
            let new = Connection::new(TcpStream::connect(&state.upstream).await?);
            let answered = answered(new, request).await?;
            answered.ok_or(io::ErrorKind::UnexpectedEof)?
        }
    };
    answer.headers_mut().remove(CONNECTION);
    *server = connection;
    Ok(answer)
}

/// The answer, and the connection if it is good for another; `None` when it was closed before the first byte.
async fn answered(
    mut server: Connection,
    request: &Request<Bytes>,
) -> io::Result<Option<(Response<Bytes>, Option<Connection>)>> {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};

    let answer = match server.write_request(request).await {
        Ok(()) => server.response(request.method()).await,
        Err(error) => Err(error),
    };
    match answer {
        Ok(Some((answer, reusable))) => Ok(Some((answer, reusable.then_some(server)))),
        Ok(None) => Ok(None),
        Err(error) => match error.kind() {
            BrokenPipe | ConnectionAborted | ConnectionReset => Ok(None),
            _ => Err(error),
        },
    }
}

fn length(body: &Bytes) -> u64 {
    u64::try_from(body.len()).unwrap_or(u64::MAX)
}
