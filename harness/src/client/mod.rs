//! Asks a model behind an OpenAI-compatible endpoint.
//!
//! # Theory of operation
//!
//! A [`Client`] turns an [`Ask`] into one request to `/completions` or `/chat/completions` and what
//! comes back into a [`Reply`]: whole, or piece by piece where the server streams. Streaming is the
//! usual way, because a server that still writes differs from one that is dead, and because an
//! answer may end here: the public interface takes four stop strings and HumanEval has five, so all
//! of them are looked for in what comes, and the connection is dropped at the first.
//!
//! Whatever goes wrong is a [`Failure`], and a failure knows whether it may pass. Those that may
//! are tried again after a pause that doubles and is never the same for two requests
//! ([`patience`]). Where the server says how long to wait, all requests wait, not only the one that
//! was told. A reply counts only when it is complete: half an answer would be judged as the model's.
//!
//! How many requests are under way is the business of whoever calls, as is what becomes of an answer.
//!
//! The key is read from the environment, goes into one header that is marked as secret, and is cut
//! out of whatever a server says. Redirections are not followed, since they would carry the prompts
//! to somebody else.

mod ask;
mod draft;
mod endpoint;
mod events;
mod failure;
mod patience;
mod reply;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Once;
use std::time::Duration;

use anyhow::Context;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::Value;
use tokio::time::timeout;

pub use self::ask::{Ask, Manners, Words};
use self::draft::Draft;
pub use self::endpoint::{Endpoint, Key};
use self::events::Events;
pub use self::failure::{Failure, Severity};
pub use self::patience::Patience;
pub use self::reply::{Choice, Drawn, Reply, Usage};
use crate::surrogates::{StandIn, mended};

/// A server that cannot be reached for so long is not there.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// The most bytes of one reply: no model's answer comes near, and memory has an end.
const LARGEST: usize = 64 << 20;

/// The most bytes of what a server says about a failure.
const LARGEST_COMPLAINT: usize = 1 << 16;

/// A client of one endpoint.
#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    endpoint: Endpoint,
    key: Option<Key>,
    manners: Manners,
    patience: Patience,
    silence: Duration,
}

impl Client {
    /// A client of `endpoint` that gives up on a server which says nothing for `silence`.
    ///
    /// # Errors
    ///
    /// The proxy that the environment names is none.
    pub fn new(
        endpoint: Endpoint,
        key: Option<Key>,
        manners: Manners,
        patience: Patience,
        silence: Duration,
    ) -> anyhow::Result<Self> {
        static CRYPTOGRAPHY: Once = Once::new();
        CRYPTOGRAPHY.call_once(|| {
            // Refused where the program has made its choice already, which is then as good.
            let _ = rustls::crypto::ring::default_provider().install_default();
        });
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(Policy::none())
            .user_agent(concat!("ra3/", env!("CARGO_PKG_VERSION")));
        // No proxy can reach a server that only this machine can.
        let http = if endpoint.is_on_this_machine() { http.no_proxy() } else { http };
        let http = http.build().context("failed to set up connections")?;
        Ok(Self { http, endpoint, key, manners, patience, silence })
    }

    /// The models that the endpoint has, by name.
    ///
    /// # Errors
    ///
    /// The last failure, when patience is at its end.
    pub async fn models(&self) -> Result<Vec<String>, Failure> {
        self.patience.keep_trying(0, || self.list_models()).await
    }

    async fn list_models(&self) -> Result<Vec<String>, Failure> {
        let request = self.request(Method::GET, ask::MODELS);
        let mut body = self.body_of(self.send(request).await?);
        let list: Value = body.json().await?;
        let models =
            list["data"].as_array().ok_or_else(|| Failure::garbage("no list of models"))?;
        Ok(models.iter().filter_map(|model| model["id"].as_str()).map(str::to_owned).collect())
    }

    /// Ask, and ask again while that may help.
    ///
    /// The reply may have fewer choices than were asked for, but has one.
    ///
    /// # Errors
    ///
    /// The last failure, when patience is at its end or nothing can be hoped for.
    pub async fn ask(&self, ask: &Ask) -> Result<Reply, Failure> {
        let body = self.manners.body(ask).to_string();
        let mut key = DefaultHasher::new();
        body.hash(&mut key);
        let asked = self.patience.keep_trying(key.finish(), || self.attempt(ask, &body)).await;
        asked.map_err(|failure| match failure {
            Failure::Reported { message } => {
                Failure::Reported { message: self.without_key(&message) }
            }
            other => other,
        })
    }

    async fn attempt(&self, ask: &Ask, body: &str) -> Result<Reply, Failure> {
        let request = self.request(Method::POST, ask.words.path());
        let request = request.header(CONTENT_TYPE, "application/json").body(body.to_owned());
        let response = self.send(request).await?;
        let mut body = self.body_of(response);
        let mut piece = body.next().await?;
        let reply = if Events::begin_with(piece.as_deref().unwrap_or_default(), &body.kind) {
            let mut draft = Draft::new(ask.answers, &self.manners.stops);
            let mut events = Events::default();
            while let Some(bytes) = piece {
                for event in events.add(&bytes)? {
                    draft.add(&event)?;
                }
                piece = if draft.is_complete() { None } else { body.next().await? };
            }
            draft.finish()?
        } else {
            body.bytes.extend(piece.into_iter().flatten());
            Reply::of_json(&body.json().await?, &self.manners.stops)?
        };
        if reply.choices.is_empty() { Err(Failure::Empty) } else { Ok(reply) }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, self.endpoint.at(path));
        match &self.key {
            Some(key) => request.header(AUTHORIZATION, key.header()),
            None => request,
        }
    }

    /// The response, if it is one of success.
    async fn send(&self, request: RequestBuilder) -> Result<Response, Failure> {
        let sent = timeout(self.silence, request.send()).await;
        let sent = sent.map_err(|_| Failure::Silent { seconds: self.silence.as_secs_f64() })?;
        let response =
            sent.map_err(|error| Failure::Unreachable { source: error.without_url() })?;
        if response.status() == StatusCode::OK {
            return Ok(response);
        }
        Err(self.refusal(response).await)
    }

    async fn refusal(&self, response: Response) -> Failure {
        let status = response.status();
        if let Some(address) = failure::elsewhere(&response) {
            return Failure::Moved { status, address: self.without_key(&address) };
        }
        let url = response.url().clone();
        let wait = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let wait = wait.and_then(patience::retry_after);
        let mut body = self.body_of(response);
        // What was said before the connection broke is said all the same.
        while body.bytes.len() < LARGEST_COMPLAINT
            && let Ok(Some(bytes)) = body.next().await
        {
            body.bytes.extend(bytes);
        }
        let message = failure::message(&body.bytes);
        let advice = failure::advice(status, &url, &message);
        let parts = [Some(message).filter(|it| !it.is_empty()), advice];
        let message = self.without_key(&parts.into_iter().flatten().collect::<Vec<_>>().join("; "));
        Failure::Refused { status, message, wait }
    }

    fn without_key(&self, text: &str) -> String {
        self.key.as_ref().map_or_else(|| text.to_owned(), |key| key.cut_out_of(text))
    }

    fn body_of(&self, response: Response) -> Body<'_> {
        let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let kind = kind.unwrap_or("text without a type").to_owned();
        Body { client: self, response, kind, received: 0, bytes: Vec::new() }
    }
}

/// What a response holds, as it comes.
struct Body<'a> {
    client: &'a Client,
    response: Response,
    kind: String,
    received: usize,
    bytes: Vec<u8>,
}

impl Body<'_> {
    /// The next piece; nothing at the end.
    async fn next(&mut self) -> Result<Option<Vec<u8>>, Failure> {
        let silence = self.client.silence;
        let chunk = timeout(silence, self.response.chunk()).await;
        let chunk = chunk.map_err(|_| Failure::Silent { seconds: silence.as_secs_f64() })?;
        let chunk = chunk.map_err(|error| Failure::Cut { source: Some(error.without_url()) })?;
        self.received += chunk.as_ref().map_or(0, |bytes| bytes.len());
        if self.received > LARGEST {
            return Err(Failure::TooLarge { most: LARGEST });
        }
        Ok(chunk.map(Vec::from))
    }

    /// The whole of it, which must be JSON.
    async fn json(&mut self) -> Result<Value, Failure> {
        while let Some(bytes) = self.next().await? {
            self.bytes.extend(bytes);
        }
        let text = str::from_utf8(&self.bytes).ok();
        text.and_then(|text| serde_json::from_str(&mended(text, StandIn::Unreadable).0).ok())
            .ok_or_else(|| {
                let beginning = self.client.without_key(&failure::beginning(&self.bytes));
                Failure::garbage(&format!("{}, which begins with `{beginning}`", self.kind))
            })
    }
}
