//! `ra3 serve`: a model behind an OpenAI-compatible address.
//!
//! # Theory of operation
//!
//! The model draws on a thread of its own ([`engine`]). A request becomes a job for each of its prompts; as
//! rows become free, jobs become rows beside those of other clients, and what is drawn goes back as
//! [`engine::News`], which is told at once or when all is said. A client that hangs up frees its rows.

mod ask;
mod engine;
mod reply;

use std::convert::Infallible;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use harness::client::Key;
use harness::commands::serve::ServeArgs;
use harness::commands::{explain, print};
use harness::interrupt::Interrupt;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_stream::Stream;
use tokio_stream::wrappers::UnboundedReceiverStream;
use trainer::LanguageModel;
use trainer::chat::{ChatTemplate, Message};
use trainer::tokenizer::Tokenizer;

use crate::load;
use ask::{Ask, Prompt};
use engine::{Engine, Full, Job, News};
use reply::{Details, Kind, Letterhead, Usage, Whole, error};

/// The largest request, in bytes.
const LARGEST_BODY: usize = 16 << 20;
/// What the public interface says if nobody says how long a completion may be.
const USUAL_COMPLETION: usize = 16;

/// What all requests need.
#[derive(Debug)]
struct Hall {
    name: String,
    key: Option<String>,
    tokenizer: Tokenizer,
    template: Option<ChatTemplate>,
    engine: Engine,
    context: usize,
    requests: AtomicU64,
    is_quiet: bool,
}

/// Load the model, and answer until Ctrl-C.
pub(crate) fn run(arguments: &ServeArgs) -> anyhow::Result<ExitCode> {
    let model = load::language_model(&arguments.model, load::frozen(arguments.bf16))?;
    let LanguageModel { decoder, tokenizer, template } = model;
    let context = arguments.context.get().min(decoder.config().context);
    let stem = || arguments.model.file_stem().map(|it| it.to_string_lossy().into_owned());
    let name = arguments.name.clone().or_else(stem).unwrap_or_else(|| "model".to_owned());
    let sizes = (arguments.rows, context, arguments.queue.get());
    let engine = Engine::start(decoder, tokenizer.clone(), sizes);
    let key = std::env::var(Key::VARIABLE).ok().filter(|key| !key.is_empty());
    let (requests, is_quiet) = (AtomicU64::new(0), arguments.quiet);
    let hall = Hall { name, key, tokenizer, template, engine, context, requests, is_quiet };
    let runtime = tokio::runtime::Runtime::new().context("failed to start the async runtime")?;
    runtime.block_on(listen(arguments, Arc::new(hall)))?;
    // The thread of the model is not waited for.
    trainer::exit_at_once(Interrupt::EXIT)
}

async fn listen(arguments: &ServeArgs, hall: Arc<Hall>) -> anyhow::Result<()> {
    let mut interrupt = Interrupt::listen()?;
    let address = arguments.address;
    let listener = tokio::net::TcpListener::bind(address)
        .await
        .with_context(|| format!("failed to listen at {address}"))?;
    let address = listener.local_addr().context("failed to learn the own address")?;
    // On stdout, so that a script that asked for any port learns which it was.
    print(&format!("{} at http://{address}/v1", hall.name))?;
    let routes = Router::new()
        .route("/health", get(|| async { "" }))
        .route("/v1/models", get(models))
        .route("/v1/completions", post(complete))
        .route("/v1/chat/completions", post(converse))
        .fallback(|| async { Refusal::new(StatusCode::NOT_FOUND, "there is no such address") })
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .with_state(hall);
    let ended = async move {
        interrupt.asked().await;
        explain("requests under way are answered; Ctrl-C once more ends them");
        tokio::spawn(async move {
            interrupt.asked().await;
            trainer::exit_at_once(Interrupt::EXIT);
        });
    };
    axum::serve(listener, routes).with_graceful_shutdown(ended).await.context("failed to serve")
}

/// A request that is not answered, and why.
struct Refusal {
    status: StatusCode,
    message: String,
}

impl Refusal {
    fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }

    fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let kind = match self.status {
            StatusCode::UNAUTHORIZED => "authentication_error",
            status if status.is_server_error() => "server_error",
            _ => "invalid_request_error",
        };
        (self.status, Json(error(&self.message, kind))).into_response()
    }
}

impl Hall {
    fn admit(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let Some(key) = &self.key else { return Ok(()) };
        let said = headers.get(header::AUTHORIZATION).and_then(|it| it.to_str().ok());
        let given = said.and_then(|it| it.strip_prefix("Bearer "));
        if given.is_some_and(|given| is_same(given.as_bytes(), key.as_bytes())) {
            return Ok(());
        }
        Err(Refusal::new(StatusCode::UNAUTHORIZED, "the key is missing or wrong"))
    }

    fn encode(&self, text: &str) -> Result<Vec<u32>, Refusal> {
        self.tokenizer.encode(text).map_err(|error| Refusal::bad(error.to_string()))
    }

    /// What the model is to continue, a list of tokens for each prompt.
    fn prompts(&self, ask: &mut Ask, kind: Kind) -> Result<Vec<Vec<u32>>, Refusal> {
        if kind == Kind::Chat {
            let turns = ask.messages.take().ok_or_else(|| Refusal::bad("`messages` is missing"))?;
            let messages: Vec<Message> = turns.into_iter().map(Message::from).collect();
            let template = self.template.as_ref();
            let template =
                template.ok_or_else(|| Refusal::bad("the model has no chat template"))?;
            let text = template.render(&messages, true);
            let text = text.map_err(|error| Refusal::bad(error.to_string()))?;
            return Ok(vec![self.encode(&text)?]);
        }
        match ask.prompt.take().ok_or_else(|| Refusal::bad("`prompt` is missing"))? {
            Prompt::Text(text) => Ok(vec![self.encode(&text)?]),
            Prompt::Ids(ids) => Ok(vec![ids]),
            Prompt::Texts(texts) => texts.iter().map(|text| self.encode(text)).collect(),
            Prompt::ManyIds(many) => Ok(many),
        }
    }
}

/// Whether two keys are the same, in a time that does not tell how much of them is.
fn is_same(left: &[u8], right: &[u8]) -> bool {
    let differing = left.iter().zip(right).fold(0, |all, (left, right)| all | (left ^ right));
    left.len() == right.len() && differing == 0
}

async fn models(State(hall): State<Arc<Hall>>, headers: HeaderMap) -> Result<Json<Value>, Refusal> {
    hall.admit(&headers)?;
    let model = json!({
        "id": hall.name, "object": "model", "created": 0, "owned_by": "ra3",
        "max_model_len": hall.context,
    });
    Ok(Json(json!({"object": "list", "data": [model]})))
}

async fn complete(
    State(hall): State<Arc<Hall>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    answer(hall, &headers, &body, Kind::Completion).await
}

async fn converse(
    State(hall): State<Arc<Hall>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    answer(hall, &headers, &body, Kind::Chat).await
}

async fn answer(
    hall: Arc<Hall>,
    headers: &HeaderMap,
    body: &[u8],
    kind: Kind,
) -> Result<Response, Refusal> {
    hall.admit(headers)?;
    let mut ask: Ask = serde_json::from_slice(body)
        .map_err(|error| Refusal::bad(format!("the request is not understood: {error}")))?;
    ask.check().map_err(Refusal::bad)?;
    if let Some(model) = ask.model.as_ref().filter(|model| **model != hall.name) {
        let message = format!("there is no model `{model}` here, only `{}`", hall.name);
        return Err(Refusal::new(StatusCode::NOT_FOUND, message));
    }
    let prompts = hall.prompts(&mut ask, kind)?;
    let number = hall.requests.fetch_add(1, Ordering::Relaxed);
    let details = Details {
        logprobs: ask.wants_logprobs(),
        ids: ask.wants_token_ids(),
        numbers_for_names: ask.wants_numbers_for_names(),
    };
    let head = Letterhead::new(kind, &hall.name, number, details);
    let mut whole = Whole::new(&prompts, ask.samples() as usize);
    let prompt_tokens = prompts.iter().map(Vec::len).sum();
    let answers = prompts.len() as u32 * ask.samples();
    if !hall.is_quiet {
        explain(&format!("{}: {prompt_tokens} tokens, {answers} answers", head.id));
    }
    let usual = if kind == Kind::Chat { hall.context } else { USUAL_COMPLETION };
    let max_tokens = ask.most_tokens().unwrap_or(usual);
    let (news, mut heard) = unbounded_channel();
    for (number, ids) in (0..).zip(prompts) {
        let job = Job {
            ids,
            samples: ask.samples(),
            manner: ask.manner(number, max_tokens),
            stops: ask.stops(),
            first: number * ask.samples(),
            news: news.clone(),
        };
        hall.engine.take(job).map_err(|full| match full {
            Full::Busy => {
                Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "too many requests are waiting")
            }
            Full::Gone => Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "the model has failed"),
        })?;
    }
    drop(news);
    if ask.stream {
        let parts = stream(hall, head, heard, answers, prompt_tokens, ask.wants_usage());
        return Ok(Sse::new(parts).into_response());
    }
    while let Some(news) = heard.recv().await {
        whole.add(news).map_err(Refusal::bad)?;
    }
    if !whole.is_finished() {
        return Err(Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "the model has failed"));
    }
    Ok(Json(whole.to_json(&head, &hall.tokenizer)).into_response())
}

/// The reply in parts, as they come.
fn stream(
    hall: Arc<Hall>,
    head: Letterhead,
    mut heard: UnboundedReceiver<News>,
    answers: u32,
    prompt: usize,
    wants_usage: bool,
) -> impl Stream<Item = Result<Event, Infallible>> {
    let (parts, told) = unbounded_channel();
    tokio::spawn(async move {
        // An error means that the client has hung up; what it did not hear is not drawn either.
        let tell = |value: Value| parts.send(Ok(Event::default().data(value.to_string())));
        if let Some(opening) = head.opening(answers)
            && tell(opening).is_err()
        {
            return;
        }
        let (mut left, mut completion) = (answers, 0);
        while let Some(news) = heard.recv().await {
            let part = head.part(&news, &hall.tokenizer);
            if part.is_some_and(|part| tell(part).is_err()) {
                return;
            }
            if let News::Finished { tokens, .. } = news {
                completion += tokens;
                left -= 1;
            }
        }
        if wants_usage && left == 0 {
            let _ = tell(head.usage(Usage { prompt, completion }));
        }
        if left == 0 {
            let _ = parts.send(Ok(Event::default().data("[DONE]")));
        }
    });
    UnboundedReceiverStream::new(told)
}
