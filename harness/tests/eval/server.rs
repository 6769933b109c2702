//! An OpenAI-compatible server that replays completions, with faults on demand.
//!
//! It speaks just enough HTTP: a thread for each connection, one request on each, and what it says
//! ends where the connection does. Nothing in it waits for a clock. A request that is held waits
//! until it is let go, and one that is answered by silence until the client has had enough.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use serde_json::{Value, json};

/// Longer than anything takes on a crowded machine.
const GENEROUS: Duration = Duration::from_secs(120);

/// What a server may do instead of answering.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// Say no, with these lines in the header and this body.
    Refuse(u16, &'static str, String),
    /// Say nothing at all.
    Silence,
    /// Hang up in the middle of an answer.
    Cut,
    /// The same, where the client was promised more.
    CutChunked,
    /// A page for people.
    Garbage,
    /// The right answer under a wrong name.
    WrongType,
    /// The right answer in pieces that are called plain text.
    PlainText,
    /// A reply without an answer.
    Empty,
    /// Begin to answer and then report an error.
    Report,
}

impl Fault {
    pub(crate) fn refuse(status: u16) -> Self {
        Self::Refuse(status, "", r#"{"error": {"message": "not now"}}"#.to_owned())
    }
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) path: String,
    pub(crate) key: Option<String>,
    pub(crate) body: Value,
}

impl Request {
    /// All that is said to the model.
    pub(crate) fn text(&self) -> String {
        let messages = self.body["messages"].as_array().into_iter().flatten();
        let words: Vec<&str> = messages.filter_map(|it| it["content"].as_str()).collect();
        self.body["prompt"].as_str().map_or_else(|| words.join("\n"), str::to_owned)
    }

    /// What makes it the same as another.
    pub(crate) fn identity(&self) -> (String, u64) {
        (self.text(), self.body["seed"].as_u64().unwrap())
    }

    fn answers(&self) -> u64 {
        self.body["n"].as_u64().unwrap_or(1)
    }
}

/// What is said to a question: the answer of that number.
type Mind = dyn Fn(&Request, u64) -> String + Send + Sync;

pub(crate) struct Server {
    pub(crate) url: String,
    shared: Arc<Shared>,
}

struct Shared {
    mind: Box<Mind>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    models: Vec<String>,
    /// What is done to the next requests, one each.
    faults: VecDeque<Fault>,
    /// What is done to every request with these words.
    against: Vec<(String, Fault)>,
    /// How many more requests are answered before one is held.
    free: Option<usize>,
    most_answers: Option<u64>,
    /// Why answers end, where that is not at a stop.
    finish: Option<String>,
    requests: Vec<Request>,
    under_way: usize,
    most_under_way: usize,
}

impl Server {
    /// A server whose model answers as `mind` says.
    pub(crate) fn with(mind: impl Fn(&Request, u64) -> String + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let state = State { models: vec!["tiny".to_owned()], ..State::default() };
        let (state, changed) = (Mutex::new(state), Condvar::new());
        let shared = Arc::new(Shared { mind: Box::new(mind), state, changed });
        let serving = Arc::clone(&shared);
        // The thread ends with the process of the test.
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let shared = Arc::clone(&serving);
                std::thread::spawn(move || shared.serve(connection));
            }
        });
        Self { url, shared }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap()
    }

    /// Every question that was asked.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.state().requests.clone()
    }

    /// Forget what was asked.
    pub(crate) fn forget(&self) {
        self.state().requests.clear();
    }

    pub(crate) fn most_under_way(&self) -> usize {
        self.state().most_under_way
    }

    pub(crate) fn models(&self, names: &[&str]) {
        self.state().models = names.iter().map(|&name| name.to_owned()).collect();
    }

    /// Do this to the next requests.
    pub(crate) fn next(&self, faults: impl IntoIterator<Item = Fault>) {
        self.state().faults.extend(faults);
    }

    /// Do this to every request with these words.
    pub(crate) fn against(&self, words: &str, fault: Fault) {
        self.state().against.push((words.to_owned(), fault));
    }

    /// Do nothing of the kind any more.
    pub(crate) fn heal(&self) {
        self.state().against.clear();
    }

    /// Give no more answers to a request than so many.
    pub(crate) fn at_most(&self, answers: u64) {
        self.state().most_answers = Some(answers);
    }

    /// Say of every answer that it ended for this reason.
    pub(crate) fn ends_with(&self, finish: &str) {
        self.state().finish = Some(finish.to_owned());
    }

    /// Answer so many more requests, and hold those that follow.
    pub(crate) fn hold_after(&self, requests: usize) {
        self.state().free = Some(requests);
    }

    /// Let go what is held.
    pub(crate) fn release(&self) {
        self.state().free = None;
        self.shared.changed.notify_all();
    }

    /// Wait until so many requests are under way.
    pub(crate) fn wait_for_requests(&self, count: usize) {
        let few = |state: &mut State| state.under_way < count;
        let state = self.state();
        let waited = self.shared.changed.wait_timeout_while(state, GENEROUS, few).unwrap().1;
        assert!(!waited.timed_out(), "fewer than {count} requests came");
    }
}

impl Shared {
    fn serve(&self, connection: TcpStream) {
        // A client that has gone away is no concern of the server's.
        let _ = self.try_serve(connection);
    }

    fn try_serve(&self, mut connection: TcpStream) -> std::io::Result<()> {
        let request = read(&connection)?;
        if request.path.ends_with("/models") {
            let models = self.state.lock().unwrap().models.clone();
            let list: Vec<Value> = models.iter().map(|name| json!({"id": name})).collect();
            return whole(&mut connection, 200, "", &json!({"data": list}).to_string());
        }
        match self.admit(&request) {
            Some(fault) => self.fail(&mut connection, &request, fault),
            None => self.answer(&mut connection, &request),
        }
    }

    /// Take a request in, and wait until it may be answered.
    fn admit(&self, request: &Request) -> Option<Fault> {
        let mut state = self.state.lock().unwrap();
        state.requests.push(request.clone());
        state.under_way += 1;
        state.most_under_way = state.most_under_way.max(state.under_way);
        self.changed.notify_all();
        let mut state = self.changed.wait_while(state, |state| state.free == Some(0)).unwrap();
        state.free = state.free.map(|free| free - 1);
        // A client may go on the moment it has its answer, so a request counts until that begins.
        state.under_way -= 1;
        let text = request.text();
        let against = state.against.iter().find(|(words, _)| text.contains(words));
        against.map(|(_, fault)| fault.clone()).or_else(|| state.faults.pop_front())
    }

    fn answer(&self, connection: &mut TcpStream, request: &Request) -> std::io::Result<()> {
        if request.body["stream"] == true {
            return stream(connection, "text/event-stream", &self.events(request));
        }
        let texts = self.texts(request);
        let choices: Vec<Value> = texts
            .iter()
            .enumerate()
            .map(|(at, text)| {
                let mut choice = json!({"index": at, "finish_reason": self.finish()});
                match request.is_chat() {
                    true => choice["message"] = json!({"role": "assistant", "content": text}),
                    false => choice["text"] = json!(text),
                }
                choice
            })
            .collect();
        let reply = json!({"choices": choices, "usage": usage(&texts)});
        whole(connection, 200, "", &reply.to_string())
    }

    fn finish(&self) -> String {
        self.state.lock().unwrap().finish.clone().unwrap_or_else(|| "stop".to_owned())
    }

    fn texts(&self, request: &Request) -> Vec<String> {
        let first = request.body["seed"].as_u64().unwrap_or(0);
        let most = self.state.lock().unwrap().most_answers.unwrap_or(u64::MAX);
        let answers = 0..request.answers().min(most);
        answers.map(|answer| (self.mind)(request, first + answer)).collect()
    }

    /// An answer in pieces of a few bytes, those of several answers in turns.
    fn events(&self, request: &Request) -> Vec<String> {
        let texts = self.texts(request);
        let mut events = Vec::new();
        for (at, text) in texts.iter().enumerate() {
            let letters: Vec<char> = text.chars().collect();
            for piece in letters.chunks(7) {
                events.push(request.piece(at, &piece.iter().collect::<String>(), None));
            }
            events.push(request.piece(at, "", Some(&self.finish())));
        }
        events.push(json!({"choices": [], "usage": usage(&texts)}).to_string());
        events.push("[DONE]".to_owned());
        events
    }

    fn fail(
        &self,
        connection: &mut TcpStream,
        request: &Request,
        fault: Fault,
    ) -> std::io::Result<()> {
        let events = self.events(request);
        let half = &events[..events.len() / 2];
        match fault {
            Fault::Refuse(status, header, body) => whole(connection, status, header, &body),
            Fault::Silence => {
                // Until the client hangs up.
                connection.set_read_timeout(Some(GENEROUS))?;
                connection.read(&mut [0]).map(drop)
            }
            Fault::Cut => stream(connection, "text/event-stream", half),
            Fault::CutChunked => {
                let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\
                            Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
                connection.write_all(head.as_bytes())?;
                for event in half {
                    let event = format!("data: {event}\n\n");
                    connection.write_all(format!("{:x}\r\n{event}\r\n", event.len()).as_bytes())?;
                }
                connection.shutdown(Shutdown::Both)
            }
            Fault::Garbage => whole(connection, 200, "", "<html>Please sign in</html>"),
            Fault::WrongType => stream(connection, "text/html", &events),
            Fault::PlainText => stream(connection, "text/plain; charset=utf-8", &events),
            Fault::Empty => whole(connection, 200, "", r#"{"choices": []}"#),
            Fault::Report => {
                let error = json!({"error": {"message": "out of memory"}}).to_string();
                stream(connection, "text/event-stream", &[half, &[error]].concat())
            }
        }
    }
}

impl Request {
    fn is_chat(&self) -> bool {
        self.path.ends_with("/chat/completions")
    }

    fn piece(&self, index: usize, text: &str, finish: Option<&str>) -> String {
        let mut choice = json!({"index": index, "finish_reason": finish});
        match self.is_chat() {
            true => choice["delta"] = json!({"content": text}),
            false => choice["text"] = json!(text),
        }
        json!({"choices": [choice]}).to_string()
    }
}

/// A token is a word, and a question has ten.
fn usage(texts: &[String]) -> Value {
    let words: usize = texts.iter().map(|text| text.split_whitespace().count()).sum();
    json!({"prompt_tokens": 10, "completion_tokens": words})
}

fn read(connection: &TcpStream) -> std::io::Result<Request> {
    let mut reader = BufReader::new(connection);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let path = line.split_whitespace().nth(1).unwrap_or_default().to_owned();
    let (mut length, mut key) = (0, None);
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim().split_once(": ") else { break };
        match name.to_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap(),
            "authorization" => key = Some(value.to_owned()),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Request { path, key, body: serde_json::from_slice(&body).unwrap_or_default() })
}

/// An answer that comes at once.
fn whole(connection: &mut TcpStream, status: u16, header: &str, body: &str) -> std::io::Result<()> {
    let length = body.len();
    let text = format!(
        "HTTP/1.1 {status} So\r\nContent-Type: application/json\r\n{header}\
         Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    connection.write_all(text.as_bytes())
}

/// An answer in pieces.
fn stream(connection: &mut TcpStream, kind: &str, events: &[String]) -> std::io::Result<()> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nConnection: close\r\n\r\n");
    connection.write_all(head.as_bytes())?;
    for event in events {
        connection.write_all(format!("data: {event}\n\n").as_bytes())?;
    }
    Ok(())
}
