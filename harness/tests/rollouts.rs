//! `ra3 rlvr` with answers that a server writes.

#![cfg(feature = "train")]
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[path = "scene/desk.rs"]
#[expect(dead_code, reason = "other tests read what a command prints")]
mod desk;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use desk::Desk;
use serde_json::Value;

fn desk() -> Option<Desk> {
    Desk::new("tiny.toml", |model| {
        format!(
            "[model]\npath = {model:?}\n[data]\nbenchmark = \"mini-train\"\nlimit = 6\n\
             [training]\nsteps = 3\nprompts = 2\nsamples = 3\nmax_tokens = 6\nsave_every = 1\n\
             learning_rate = 1e-3\n[objective]\npreset = \"grpo\"\nkl = \"k1\"\n\
             [evaluation]\nheld_out = 2\nevery = 8\n"
        )
    })
}

/// The same model, served.
struct Served(Child, String);

impl Served {
    fn start(desk: &Desk) -> Self {
        let text = std::fs::read_to_string(desk.path("tiny.toml")).unwrap();
        let place = text.split('"').nth(1).unwrap().to_owned();
        let mut child = Command::new(env!("CARGO_BIN_EXE_ra3"))
            .args(["serve", "--address", "127.0.0.1:0", "--quiet", "--model", &place])
            .env("OMP_NUM_THREADS", "1")
            .env_remove("RA3_API_KEY")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self(child, line.trim().split(" at ").nth(1).unwrap().to_owned())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[test]
fn answers_of_a_server_are_learnt_from_by_their_tokens_and_fall_behind() {
    let Some(desk) = desk() else { return };
    let served = Served::start(&desk);
    let server = format!("rollouts.server={:?}", served.1);
    let ran = desk.ra3(&["rlvr", "--config", "tiny.toml", "--out", "run", "--set", &server]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let samples = desk.lines("run/samples.jsonl");
    assert_eq!(samples.len(), 3 * 2 * 3);
    let count = |sample: &Value, key: &str| sample[key].as_array().unwrap().len();
    assert!(samples.iter().all(|it| count(it, "tokens") == count(it, "logprobs")));
    assert!(samples.iter().all(|it| it["verdict"].is_string()));
    let events = desk.lines("run/events.jsonl");
    let steps: Vec<&Value> = events.iter().filter(|it| it["event"] == "step").collect();
    // The server has the weights that the run began with.
    let gap = |step: usize| steps[step]["gap"].as_f64().unwrap();
    assert!(gap(0) < 1e-4, "{}", gap(0));
    assert!(gap(1) > 1e-2, "{}", gap(1));
}

#[test]
fn a_server_that_does_not_name_its_tokens_is_refused_before_anything_is_trained() {
    let Some(desk) = desk() else { return };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let _ = connection.read(&mut [0; 4096]).unwrap();
            let body = r#"{"choices": [{"text": "a", "finish_reason": "length"}]}"#;
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close";
            write!(connection, "{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        }
    });
    let rollouts = format!("rollouts={{server=\"http://{address}/v1\", model=\"m\"}}");
    let ran = desk.ra3(&["rlvr", "--config", "tiny.toml", "--out", "run", "--set", &rollouts]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.contains("does not name the tokens that it draws"), "{}", ran.stderr);
    assert!(!desk.path("run/samples.jsonl").exists());
}
