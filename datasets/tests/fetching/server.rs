//! Servers of every temper, on this machine.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::published;

/// What a server does with one connection: where the rest is to start, if the client asked for a
/// rest, and the connection to answer on.
pub(crate) type Answer = fn(Option<usize>, &mut TcpStream);

/// A server that gives the answers in turn, the last one for ever, and remembers what it was asked.
pub(crate) struct Server {
    pub(crate) url: String,
    pub(crate) asked: Arc<Mutex<Vec<Option<usize>>>>,
}

impl Server {
    pub(crate) fn new(answers: &[Answer]) -> Self {
        let answers = answers.to_vec();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let remembered = asked.clone();
        thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                let mut stream = stream.unwrap();
                let start = requested_start(&stream);
                remembered.lock().unwrap().push(start);
                answers[number.min(answers.len() - 1)](start, &mut stream);
            }
        });
        Self { url, asked }
    }

    pub(crate) fn asked(&self) -> Vec<Option<usize>> {
        self.asked.lock().unwrap().clone()
    }
}

fn requested_start(stream: &TcpStream) -> Option<usize> {
    let head = BufReader::new(stream).lines().map(Result::unwrap).take_while(|l| !l.is_empty());
    let mut start = None;
    for line in head {
        if let Some(range) = line.to_ascii_lowercase().strip_prefix("range: bytes=") {
            start = range.trim_end_matches('-').parse().ok();
        }
    }
    start
}

fn send(stream: &mut TcpStream, status: &str, headers: &str, body: &[u8]) {
    // The client may have gone by now, which is its right.
    let _ = write!(stream, "HTTP/1.1 {status}\r\nConnection: close\r\n{headers}\r\n");
    let _ = stream.write_all(body);
}

/// The file, or the rest of it where that is asked for.
pub(crate) fn honest(start: Option<usize>, stream: &mut TcpStream) {
    let file = published();
    let Some(start) = start else { return without_ranges(None, stream) };
    let headers = format!(
        "Content-Length: {}\r\nContent-Range: bytes {start}-{}/{}\r\n",
        file.len() - start,
        file.len() - 1,
        file.len()
    );
    send(stream, "206 Partial Content", &headers, &file[start..]);
}

/// The whole file, whatever was asked for.
pub(crate) fn without_ranges(_: Option<usize>, stream: &mut TcpStream) {
    let file = published();
    send(stream, "200 OK", &format!("Content-Length: {}\r\n", file.len()), &file);
}

/// A thousand bytes of the file or its rest, and then nothing.
pub(crate) fn cut(start: Option<usize>, stream: &mut TcpStream) {
    let file = published();
    let from = start.unwrap_or(0);
    let mut headers = format!("Content-Length: {}\r\n", file.len() - from);
    if start.is_some() {
        headers += &format!("Content-Range: bytes {from}-{}/{}\r\n", file.len() - 1, file.len());
    }
    let status = if start.is_some() { "206 Partial Content" } else { "200 OK" };
    send(stream, status, &headers, &file[from..from + 1000]);
}

pub(crate) fn silent(_: Option<usize>, _: &mut TcpStream) {}

/// Another part than the one asked for.
pub(crate) fn another_part(start: Option<usize>, stream: &mut TcpStream) {
    match start {
        Some(_) => send(stream, "206 Partial Content", "Content-Range: bytes 0-3/9\r\n", b"what"),
        None => honest(None, stream),
    }
}

pub(crate) fn no_such_part(start: Option<usize>, stream: &mut TcpStream) {
    match start {
        Some(_) => send(stream, "416 Range Not Satisfiable", "Content-Length: 0\r\n", b""),
        None => honest(None, stream),
    }
}

pub(crate) fn another_file(_: Option<usize>, stream: &mut TcpStream) {
    let file = vec![b'?'; published().len()];
    send(stream, "200 OK", &format!("Content-Length: {}\r\n", file.len()), &file);
}

pub(crate) fn endless(_: Option<usize>, stream: &mut TcpStream) {
    send(stream, "200 OK", "", b"");
    while stream.write_all(&[0; 4096]).is_ok() {}
}

pub(crate) fn missing(_: Option<usize>, stream: &mut TcpStream) {
    send(stream, "404 Not Found", "Content-Length: 0\r\n", b"");
}
