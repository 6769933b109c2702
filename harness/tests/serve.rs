//! `ra3 serve` as its clients see it.

#![cfg(feature = "train")]
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[path = "scene/desk.rs"]
#[expect(dead_code, reason = "other tests train on verdicts")]
mod desk;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use desk::Desk;
use serde_json::{Value, json};

/// A model that is served until this is dropped.
struct Served {
    child: Child,
    address: String,
    runtime: tokio::runtime::Runtime,
}

impl Served {
    fn start(desk: &Desk, more: &[&str], key: Option<&str>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ra3"));
        command
            .args(["serve", "--address", "127.0.0.1:0", "--name", "tiny", "--quiet", "--model"])
            .arg(model(desk))
            .args(more)
            .env("OMP_NUM_THREADS", "1")
            .env_remove("RA3_API_KEY")
            .stdout(Stdio::piped());
        if let Some(key) = key {
            command.env("RA3_API_KEY", key);
        }
        // Somebody may have done so before; it is the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().split(" at ").nth(1).unwrap().to_owned();
        Self { child, address, runtime: tokio::runtime::Runtime::new().unwrap() }
    }

    async fn sent(&self, path: &str, body: &Value, key: Option<&str>) -> reqwest::Response {
        // One for each request: what hangs up is the connection.
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut request = client
            .post(format!("{}/{path}", self.address))
            .header("Content-Type", "application/json")
            .body(body.to_string());
        if let Some(key) = key {
            request = request.header("Authorization", format!("Bearer {key}"));
        }
        request.send().await.unwrap()
    }

    async fn said(&self, path: &str, body: &Value) -> (u16, String) {
        let response = self.sent(path, body, None).await;
        (response.status().as_u16(), response.text().await.unwrap())
    }

    fn ask(&self, path: &str, body: &Value) -> (u16, Value) {
        let (status, text) = self.runtime.block_on(self.said(path, body));
        (status, serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}")))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn desk() -> Option<Desk> {
    Desk::new("model.txt", |model| model.display().to_string())
}

fn model(desk: &Desk) -> String {
    std::fs::read_to_string(desk.path("model.txt")).unwrap()
}

#[test]
fn a_completion_is_what_the_command_line_draws_whoever_is_answered_beside_it() {
    let Some(desk) = desk() else { return };
    let served = Served::start(&desk, &["--rows", "3"], None);
    let place = model(&desk);
    let generate =
        ["generate", "--model", &place, "--prompt", "def f(x):", "--json", "--max-tokens", "9"];
    let greedy = desk.ra3(&generate);
    assert_eq!(greedy.code, Some(0), "{}", greedy.stderr);
    let greedy: Value = serde_json::from_str(&greedy.stdout).unwrap();

    let body = |temperature: f64, seed: u64| {
        json!({
            "model": "tiny", "prompt": "def f(x):", "max_tokens": 9, "temperature": temperature,
            "seed": seed, "n": 2, "logprobs": 1,
        })
    };
    let alone: Vec<Value> =
        [0.0, 0.7, 1.3].map(|it| served.ask("completions", &body(it, 5)).1).into();
    let first = &alone[0]["choices"][0];
    assert_eq!(first["text"], greedy["text"]);
    assert_eq!(first["logprobs"]["token_ids"], greedy["tokens"]);
    let apart = first["logprobs"]["token_logprobs"].as_array().unwrap().iter();
    for (served, drawn) in apart.zip(greedy["logprobs"].as_array().unwrap()) {
        assert!((served.as_f64().unwrap() - drawn.as_f64().unwrap()).abs() < 1e-5);
    }
    assert_eq!(alone[0]["usage"]["completion_tokens"], 18);
    assert_ne!(alone[1]["choices"], alone[2]["choices"]);

    // All at once, twice, with three rows for twelve answers.
    let together = served.runtime.block_on(async {
        let bodies = [0.0, 0.7, 1.3, 0.0, 0.7, 1.3].map(|it| body(it, 5));
        let mut replies = Vec::new();
        let mut asked = Vec::new();
        for body in &bodies {
            asked.push(Box::pin(served.said("completions", body)));
        }
        for it in futures(asked).await {
            let reply: Value = serde_json::from_str(&it.1).unwrap();
            replies.push(reply);
        }
        replies
    });
    let tokens = |reply: &Value| -> Vec<Value> {
        let choices = reply["choices"].as_array().unwrap();
        choices.iter().map(|it| it["logprobs"]["token_ids"].clone()).collect()
    };
    for (number, reply) in together.iter().enumerate() {
        assert_eq!(tokens(reply), tokens(&alone[number % 3]), "{number}");
    }
}

/// All of these, polled together.
async fn futures<F: Future + Unpin>(mut all: Vec<F>) -> Vec<F::Output> {
    let mut done: Vec<Option<F::Output>> = all.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, done) in all.iter_mut().zip(&mut done).filter(|(_, done)| done.is_none()) {
            if let std::task::Poll::Ready(it) = std::pin::Pin::new(future).poll(context) {
                *done = Some(it);
            }
        }
        match done.iter().all(Option::is_some) {
            true => std::task::Poll::Ready(()),
            false => std::task::Poll::Pending,
        }
    })
    .await;
    done.into_iter().flatten().collect()
}

#[test]
fn a_stream_says_in_parts_what_is_otherwise_said_at_once() {
    let Some(desk) = desk() else { return };
    let served = Served::start(&desk, &[], None);
    let mut body = json!({
        "prompt": ["def f(x):", "class A:"], "max_tokens": 12, "temperature": 1, "seed": 3, "n": 2,
        "stop": ["e"],
    });
    let (status, whole) = served.ask("completions", &body);
    assert_eq!(status, 200, "{whole}");
    body["stream"] = json!(true);
    body["stream_options"] = json!({"include_usage": true});
    let (_, text) = served.runtime.block_on(served.said("completions", &body));
    let events: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("data: ")).collect();
    assert_eq!(events.last(), Some(&"[DONE]"));
    let mut texts = vec![String::new(); 4];
    let mut finish = vec![Value::Null; 4];
    let mut usage = Value::Null;
    for event in &events[..events.len() - 1] {
        let event: Value = serde_json::from_str(event).unwrap();
        for choice in event["choices"].as_array().unwrap() {
            let index = choice["index"].as_u64().unwrap() as usize;
            texts[index] += choice["text"].as_str().unwrap();
            if !choice["finish_reason"].is_null() {
                finish[index] = choice["finish_reason"].clone();
            }
        }
        if !event["usage"].is_null() {
            usage = event["usage"].clone();
        }
    }
    assert_eq!(usage, whole["usage"]);
    for (index, choice) in whole["choices"].as_array().unwrap().iter().enumerate() {
        assert_eq!(choice["text"], texts[index]);
        assert_eq!(choice["finish_reason"], finish[index]);
        assert!(!texts[index].contains('e'));
    }
}

#[test]
fn a_model_behind_its_own_address_is_evaluated_as_it_is_here() {
    let Some(desk) = desk() else { return };
    let served = Served::start(&desk, &[], None);
    let place = model(&desk);
    for (model, out) in [(&place, "here"), (&served.address, "there")] {
        let ran = desk.ra3(&[
            "eval",
            "--model",
            model,
            "--benchmark",
            "humaneval",
            "--data",
            concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/humaneval/HumanEval.jsonl.gz"),
            "--limit",
            "6",
            "--max-tokens",
            "12",
            "--out",
            out,
            "--quiet",
        ]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    }
    let answers = |run: &str| {
        let mut rows: Vec<(String, Value)> = desk
            .lines(&format!("{run}/samples.jsonl"))
            .into_iter()
            .map(|row| (row["task_id"].to_string(), row["completion"].clone()))
            .collect();
        rows.sort_by(|left, right| left.0.cmp(&right.0));
        rows
    };
    assert_eq!(answers("here"), answers("there"));
}

#[test]
fn what_cannot_be_answered_is_refused_in_the_words_of_the_interface() {
    let Some(desk) = desk() else { return };
    let served = Served::start(&desk, &["--context", "32"], None);
    let long = "x ".repeat(100);
    for (path, body, status, named) in [
        ("completions", json!({"prompt": "a", "model": "gpt"}), 404, "`gpt`"),
        ("completions", json!({"prompt": "a", "echo": true}), 400, "`echo`"),
        ("completions", json!({"max_tokens": 3}), 400, "`prompt`"),
        ("completions", json!({"prompt": long}), 400, "there is room for 32"),
        ("completions", json!({"prompt": [1, 999_999]}), 400, "999999"),
        ("completions", json!({"prompt": ""}), 400, "no token"),
        ("completions", json!({"prompt": 5}), 400, "not understood"),
        ("embeddings", json!({"input": "a"}), 404, "no such address"),
    ] {
        let (got, reply) = served.ask(path, &body);
        assert_eq!(got, status, "{body}: {reply}");
        let message = reply["error"]["message"].as_str().unwrap();
        assert!(message.contains(named), "{body}: {message}");
    }
    // And it is still there.
    assert_eq!(served.ask("completions", &json!({"prompt": "a", "max_tokens": 2})).0, 200);
}

#[test]
fn without_the_key_nobody_is_answered() {
    let Some(desk) = desk() else { return };
    let served = Served::start(&desk, &[], Some("secret"));
    let body = json!({"prompt": "a", "max_tokens": 2});
    let status =
        |key| served.runtime.block_on(served.sent("completions", &body, key)).status().as_u16();
    assert_eq!([None, Some("wrong"), Some("secret")].map(status), [401, 401, 200]);
}

#[test]
fn a_client_that_hangs_up_makes_room_for_others() {
    let Some(desk) = desk() else { return };
    let served = Served::start(&desk, &["--rows", "1"], None);
    served.runtime.block_on(async {
        for _ in 0..20 {
            let endless = json!({
                "prompt": "a", "max_tokens": 1_000_000, "temperature": 2, "stream": true, "n": 500,
            });
            let mut response = served.sent("completions", &endless, None).await;
            assert!(response.chunk().await.unwrap().is_some());
        }
        let (status, _) =
            served.said("completions", &json!({"prompt": "b", "max_tokens": 3})).await;
        assert_eq!(status, 200);
    });
}
